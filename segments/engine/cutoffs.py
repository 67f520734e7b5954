"""The stored values that `percentile_between` compares with, and how they are computed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db import connection

from crmseg.common import clock

from ..definition.nodes import Colleagues, Compare, Leaf, Node, leaves
from ..definition.operators import Takes
from ..definition.schema import Property
from ..definition.sql import Params, value
from ..models import Percentile

Cut = tuple[Property, Decimal]
_EXTREMES = (Decimal(0), Decimal(100))
_STORE = """
    INSERT INTO segments_percentile (property, percent, value, computed_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (property, percent) DO UPDATE SET value = excluded.value, computed_at = excluded.computed_at
"""


def ensure(tree: Node) -> None:
    """Compute at once what this definition compares with, where nothing is stored yet."""
    wanted = cuts(tree)
    if wanted:
        stored = set(Percentile.objects.values_list("property", "percent"))
        compute(cut for cut in wanted if (cut[0].key, cut[1]) not in stored)


def cuts(tree: Node) -> set[Cut]:
    """The properties and percentages that a definition compares with."""
    found: set[Cut] = set()
    for leaf in leaves(tree):
        found |= _cuts_of(leaf)
    return found


def _cuts_of(leaf: Leaf) -> set[Cut]:
    match leaf:
        case Compare(property, operator, tuple() as percents) if operator.takes is Takes.PERCENTS:
            return {(property, one) for one in percents if isinstance(one, Decimal) and one not in _EXTREMES}
        case Colleagues(_, child):
            return cuts(child)
        case _:
            return set()


def compute(wanted: Iterable[Cut]) -> None:
    """Store the values as they are now; of a company's property each company counts once."""
    by_property: dict[Property, list[Decimal]] = {}
    for asked, percent in wanted:
        by_property.setdefault(asked, []).append(percent)
    now = clock.now()
    with connection.cursor() as cursor:
        for asked, percents in by_property.items():
            known = value(asked, Params())
            table = "contacts_company AS co" if asked.source == "company" else "contacts_contact AS c"
            shares = [float(percent / 100) for percent in percents]
            cursor.execute(
                f"SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY {known}) FROM {table}", [shares]
            )
            found = cursor.fetchone()[0] or [None] * len(percents)
            for percent, one in zip(percents, found, strict=True):
                cursor.execute(_STORE, [asked.key, percent, one, now])
