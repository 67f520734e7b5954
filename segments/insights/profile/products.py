"""Which property of a purchase says what was bought: asked of the latest purchases, the usual names first."""

from __future__ import annotations

from typing import Any

from django.db import connection

from ..purchases import purchase_event
from .asked import Bought

_USUAL = (
    "category",
    "product_category",
    "department",
    "product",
    "product_name",
    "name",
    "sku",
    "plan",
    "brand",
    "item",
)
_ITEMS = ("products", "items", "lines", "line_items")
RECENT = 2_000
FEWEST, MOST = 2, 200
"""Fewer kinds tell nothing, and more are numbers of orders."""


def what_is_bought() -> Bought | None:
    """None where no purchase says it."""
    event = purchase_event()
    if event is None:
        return None
    sql = """
        WITH recent AS MATERIALIZED (
            SELECT properties FROM contacts_event WHERE type_id = %(type)s ORDER BY occurred_at DESC LIMIT %(recent)s),
        lines AS (
            SELECT '' AS items, properties FROM recent
             UNION ALL
            SELECT listed.key, item FROM recent, LATERAL unnest(%(items)s::text[]) AS listed (key),
                   LATERAL jsonb_array_elements(CASE jsonb_typeof(properties -> listed.key) WHEN 'array'
                       THEN properties -> listed.key ELSE '[]' END) AS item
             WHERE jsonb_typeof(item) = 'object')
        SELECT items, asked.key, count(DISTINCT properties ->> asked.key)
          FROM lines, LATERAL unnest(%(usual)s::text[]) AS asked (key)
         WHERE jsonb_typeof(properties -> asked.key) = 'string' GROUP BY 1, 2
    """
    given: dict[str, Any] = {"type": event.pk, "recent": RECENT, "items": list(_ITEMS), "usual": list(_USUAL)}
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        found = [(items, key) for items, key, kinds in cursor.fetchall() if FEWEST <= kinds <= MOST]
    # Lines of an order say more than the order itself; then the usual order of names.
    found.sort(key=lambda one: (not one[0], _USUAL.index(one[1])))
    return Bought(event.name, found[0][1], found[0][0]) if found else None
