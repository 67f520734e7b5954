"""Whatever definition we draw about whatever world, all evaluators pick the same contacts.

Each operator, measure, window and node has to be true for some and false for others, and how often is printed at the
end of the run. `python3 dev.py bench agreement` does many times as much by the same code.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from random import Random

import pytest
from django.db import connection

from segments.definition.sql import fold

from . import oracle
from .agreement import one_world
from .definition_worlds import attributes
from .definition_worlds.operators import EVERY
from .shares import CASES, COUNTS, table

pytestmark = pytest.mark.django_db
SEED = int(os.environ.get("CRMSEG_TEST_SEED", "20261122"))
PARTS, PEOPLE = 2, 24
NEEDED = (0.05, 0.95)


@pytest.mark.parametrize("part", range(PARTS))
def test_all_evaluators_pick_the_same_contacts(part, record_property):
    attributes()
    tally = one_world(Random(f"{SEED}/{part}"), part + 1, PEOPLE)
    record_property(CASES, tally.cases)
    record_property(COUNTS, tally.counts)
    shown = "\n".join(table(tally.counts))
    assert set(tally.counts) >= EVERY, shown
    for operator in EVERY:
        assert NEEDED[0] <= tally.shares()[operator] <= NEEDED[1], f"{operator}\n{shown}"


def test_the_database_and_the_oracle_fold_every_letter_alike():
    letters = [
        chr(code) for code in range(1, sys.maxunicode) if unicodedata.category(chr(code)) not in {"Cs", "Cn", "Co"}
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT one, {fold('one')} FROM unnest(%s::text[]) AS one", [letters])
        different = [
            (letter, folded, oracle.fold(letter)) for letter, folded in cursor if folded != oracle.fold(letter)
        ]
    assert different == []
