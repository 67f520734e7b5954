"""Time alone moves people through many lists at once, each at the very instant, and no due instant comes for ever.

One plan follows many random definitions of the whole language: see `due_instants`.
"""

from __future__ import annotations

import os
from datetime import timedelta
from random import Random

import pytest

from .agreement import agreement
from .definition_worlds import ZONES, attributes
from .due_instants import Kept, one_clock

pytestmark = pytest.mark.django_db
SEED = int(os.environ.get("CRMSEG_TEST_SEED", "20261122"))
TIMES = int(os.environ.get("CRMSEG_TEST_TIMES", "1"))
MOST_LOOKS = 400
"""How often one contact may be looked at in forty days, over all of the lists."""


@pytest.mark.parametrize("number", range(3 * TIMES))
def test_many_lists_stay_true_from_due_instant_to_due_instant(number):
    attributes()
    one_clock(Random(f"many {SEED}/{number}"), number)


@pytest.mark.parametrize("number", range(TIMES))
def test_no_due_instant_comes_for_ever(number):
    attributes()
    with agreement(Random(f"ever {SEED}/{number}"), ZONES[(number + 1) % len(ZONES)], 10) as held:
        held.ask_all(held.asker.timely() for _ in range(12))
        kept, end = Kept(held, held.followed), held.now + timedelta(days=40)
        while (coming := kept.coming()) and coming <= end:
            kept.pop(coming)
            assert max(kept.looks.values()) <= MOST_LOOKS, sorted(kept.looks.values())
        kept.agrees(end)
