"""`?filter=TOKEN` on the contacts table: everyone for whom a kept definition holds, exactly, as of this moment.

It is the plain statement that previews count with, so the table, the preview and a list saved from it agree.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.lookups import In

from contacts import filters, saved_views
from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.problems import InvalidInput

from . import catalogue, sentences
from .definition.load import load
from .definition.nodes import Performed, active, leaves
from .definition.sql import Params
from .engine import cutoffs, plain

_PARAMETER = re.compile(r"%\((\w+)\)s")


def connect() -> None:
    filters.register("filter", narrow, say=say, condition=condition)


def narrow(contacts: QuerySet[Contact], token: str) -> QuerySet[Contact]:
    return contacts.filter(condition(token).condition)


def condition(token: str) -> filters.Narrowing:
    """InvalidInput where the token is unknown, or the definition names what is no longer there."""
    known = catalogue.current()
    try:
        tree = active(load(saved_views.definition_of(token), known))
    except InvalidInput as error:
        raise InvalidInput([problem.under("/filter") for problem in error.problems]) from error
    assert tree is not None
    cutoffs.ensure(tree)
    params = Params(known.zone, known.currency, known.fiscal_start)
    sql, values = plain.matching(tree, params), params.at(clock.now())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(f"SELECT id FROM ({sql}) AS matching LIMIT {filters.FEW + 1}", values)
        few = [contact for (contact,) in cursor.fetchall()]
    found = In(F("pk"), _placed(sql, values))
    adds_up = any(isinstance(leaf, Performed) for leaf in leaves(tree))
    return filters.narrowing(few, Q(_Holds(found) if adds_up else found))


class _Holds(Func):
    """Whether a condition that adds up events holds, asked of each row that is come upon.

    It is met by many: whoever reads the newest soon has enough of them. The server adds up everybody's events for
    it, once; joined, it would also sort everyone found for the sake of one page.
    """

    template = "(%(expressions)s) IS TRUE"
    output_field = BooleanField()


def _placed(sql: str, values: dict[str, Any]) -> RawSQL:
    """Django knows parameters by their place only."""
    placed = [values[match[1]] for match in _PARAMETER.finditer(sql)]
    return RawSQL(_PARAMETER.sub("%s", sql), placed)


def say(token: str) -> str:
    """What the filter asks, as a sentence."""
    return sentences.sentence_of(saved_views.definition_of(token), catalogue.current())
