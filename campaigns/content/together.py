"""Bought together, not yet bought: what goes with a person's own orders, from everybody's orders.

For products p and q, n(p) is how many people bought p, and n(p, q) how many had both in one order (a person counts
once, however often she repeats an order). The closeness of the two is n(p, q) / sqrt(n(p) · n(q)), from 0 to 1: it does
not simply name what everybody buys. A person is shown the products she has not bought, by the sum of their closeness to
those she has.

Counted rarely, from the newest orders only, and bounded: the most bought products, a few neighbours each.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from contacts.models import EventType
from contacts.models.exact import ExactDecoder
from crmseg.common import clock

from ..models.products import BoughtTogether

logger = logging.getLogger(__name__)

ORDER = "Order Completed"
COUNTED_BACK = timedelta(days=365)
OWN_BACK = timedelta(days=730)
MOST_ORDERS, MOST_IN_ORDER, MOST_PRODUCTS, NEIGHBOURS = 300_000, 30, 5_000, 12
FEWEST = 2
"""So many people at least: one person's order says nothing of others, and is nobody's business."""
SHOWN = 6
MAX_AGE = timedelta(days=1)
_SLOWEST = "5min"
_SHOWN_DETAILS = ("name", "price", "image_url", "url", "category", "brand", "currency")

_KEY = "left(COALESCE(item->>'product_id', item->>'sku', item->>'name'), 200)"
_ITEMS = "jsonb_array_elements(CASE jsonb_typeof({0}->'products') WHEN 'array' THEN {0}->'products' ELSE '[]' END)"

_COUNT = f"""
    WITH latest AS MATERIALIZED (
        SELECT id, contact_id, occurred_at, properties FROM contacts_event
         WHERE type_id = %(type)s AND occurred_at >= %(since)s AND occurred_at <= %(now)s
         ORDER BY occurred_at DESC
         LIMIT %(orders)s
    ),
    bought AS MATERIALIZED (
        SELECT id, contact_id, occurred_at, key, details
          FROM (
            SELECT latest.id, latest.contact_id, latest.occurred_at, {_KEY} AS key, item AS details,
                   row_number() OVER (PARTITION BY latest.id ORDER BY place) AS turn
              FROM latest
             CROSS JOIN LATERAL {_ITEMS.format("latest.properties")} WITH ORDINALITY AS listed(item, place)
             WHERE jsonb_typeof(item) = 'object'
          ) AS listed
         WHERE key <> '' AND turn <= %(in_order)s
    ),
    popular AS MATERIALIZED (
        SELECT key, count(DISTINCT contact_id) AS people FROM bought GROUP BY key
         ORDER BY people DESC, key LIMIT %(products)s
    ),
    pairs AS (
        SELECT one.key AS product, other.key AS other, count(DISTINCT one.contact_id) AS people
          FROM bought AS one
          JOIN bought AS other ON other.id = one.id AND other.contact_id = one.contact_id AND other.key <> one.key
         WHERE one.key IN (SELECT key FROM popular) AND other.key IN (SELECT key FROM popular)
         GROUP BY one.key, other.key
        HAVING count(DISTINCT one.contact_id) >= %(fewest)s
    ),
    ranked AS (
        SELECT pairs.*, pairs.people / sqrt(one.people::float8 * another.people) AS score,
               row_number() OVER (
                   PARTITION BY product
                   ORDER BY pairs.people / sqrt(one.people::float8 * another.people) DESC, pairs.people DESC, other
               ) AS turn
          FROM pairs
          JOIN popular AS one ON one.key = pairs.product
          JOIN popular AS another ON another.key = pairs.other
    ),
    told AS (SELECT DISTINCT ON (key) key, details FROM bought ORDER BY key, occurred_at DESC)
    INSERT INTO campaigns_boughttogether (product, other, people, score, details, counted_at)
    SELECT product, other, people, score,
           (SELECT COALESCE(jsonb_object_agg(name, value), '{{}}')
              FROM jsonb_each(told.details) AS part(name, value) WHERE name = ANY(%(shown)s)),
           %(now)s
      FROM ranked JOIN told ON told.key = ranked.other
     WHERE turn <= %(neighbours)s
"""

_OFFERED = f"""
    WITH mine AS MATERIALIZED (
        SELECT DISTINCT person.id AS contact_id, {_KEY} AS key
          FROM unnest(%(people)s::bigint[]) AS person(id)
         CROSS JOIN LATERAL (
             SELECT properties FROM contacts_event
              WHERE contact_id = person.id AND type_id = %(type)s AND occurred_at >= %(since)s
              ORDER BY occurred_at DESC LIMIT 100
         ) AS happened
         CROSS JOIN LATERAL {_ITEMS.format("happened.properties")} AS listed(item)
         WHERE jsonb_typeof(item) = 'object'
    ),
    offered AS (
        SELECT mine.contact_id, pair.other, sum(pair.score) AS score
          FROM mine JOIN campaigns_boughttogether AS pair ON pair.product = mine.key
         WHERE NOT EXISTS (
             SELECT FROM mine AS had WHERE had.contact_id = mine.contact_id AND had.key = pair.other
         )
         GROUP BY mine.contact_id, pair.other
    ),
    ranked AS (
        SELECT offered.*,
               row_number() OVER (PARTITION BY contact_id ORDER BY score DESC, other) AS turn
          FROM offered
    )
    SELECT contact_id, other, score,
           (SELECT details FROM campaigns_boughttogether AS told WHERE told.other = ranked.other LIMIT 1)
      FROM ranked WHERE turn <= %(shown)s ORDER BY contact_id, turn
"""


def not_yet_bought(contact_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """By contact, the products to offer, the closest first; nobody without orders."""
    order = EventType.objects.filter(name=ORDER).first()
    if order is None:
        return {}
    since = clock.now() - OWN_BACK
    given: dict[str, Any] = {"people": list(contact_ids), "type": order.pk, "since": since, "shown": SHOWN}
    found: dict[int, list[dict[str, Any]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_OFFERED, given)
        for contact_id, key, score, raw in cursor.fetchall():
            details = json.loads(raw, cls=ExactDecoder) if isinstance(raw, str) else raw
            product = {"name": key, **(details or {}), "id": key, "score": round(score, 4)}
            found.setdefault(contact_id, []).append(product)
    return found


@transaction.atomic
def count() -> int:
    """Count all pairs anew; return how many there are."""
    order = EventType.objects.filter(name=ORDER).first()
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('campaigns.together', 0))")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [_SLOWEST])
        BoughtTogether.objects.all().delete()
        if order is None:
            return 0
        given: dict[str, Any] = {"type": order.pk, "since": now - COUNTED_BACK, "now": now, "orders": MOST_ORDERS}
        given |= {"in_order": MOST_IN_ORDER, "products": MOST_PRODUCTS, "fewest": FEWEST}
        given |= {"neighbours": NEIGHBOURS, "shown": list(_SHOWN_DETAILS)}
        cursor.execute(_COUNT, given)
        return int(cursor.rowcount)


def is_fresh() -> bool:
    newest = BoughtTogether.objects.order_by("-counted_at").values_list("counted_at", flat=True).first()
    return newest is not None and newest > clock.now() - MAX_AGE
