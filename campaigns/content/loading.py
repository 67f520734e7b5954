"""What templates show of people beyond their own fields, for a whole batch at once: lists, events, orders, products.

However many people, the number of queries is the same; and only what the message reads is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from contacts.models import EventType
from contacts.models.exact import ExactDecoder
from crmseg.common import clock
from segments.models import Membership, Segment

from . import together
from .reads import Needs

ORDER = "Order Completed"
MOST_EVENTS, MOST_ORDERS, MOST_PRODUCTS = 30, 10, 50
LOOKED_BACK = timedelta(days=400)

Values = Mapping[str, object]


class Lists(Collection[object]):
    """The lists somebody is in, asked for by name or by id."""

    __slots__ = ("_ids", "_names")

    def __init__(self, found: Mapping[int, str]) -> None:
        self._ids = frozenset(found)
        self._names = {name.casefold(): name for name in found.values()}

    def __contains__(self, asked: object) -> bool:
        return asked.casefold() in self._names if isinstance(asked, str) else asked in self._ids

    def __iter__(self) -> Iterator[object]:
        return iter(sorted(self._names.values()))

    def __len__(self) -> int:
        return len(self._names)

    def __str__(self) -> str:
        return ", ".join(sorted(self._names.values()))


NOTHING: Values = {"lists": Lists({}), "events": [], "orders": [], "bought_together": []}


def load(contact_ids: Sequence[int], needs: Needs) -> dict[int, Values]:
    """By contact, what `needs` asks for; everybody is there."""
    loaded: dict[int, dict[str, object]] = {pk: dict(NOTHING) for pk in contact_ids}
    if not loaded:
        return {}
    if needs.lists is None or needs.lists:
        for pk, found in _lists(contact_ids, needs.lists).items():
            loaded[pk]["lists"] = Lists(found)
    if needs.events:
        for pk, events in _events(contact_ids).items():
            loaded[pk]["events"] = events
    if needs.orders:
        for pk, orders in _orders(contact_ids).items():
            loaded[pk]["orders"] = orders
    if needs.together:
        for pk, products in together.not_yet_bought(contact_ids).items():
            loaded[pk]["bought_together"] = products
    return dict(loaded)


def _lists(contact_ids: Sequence[int], asked: frozenset[str | int] | None) -> dict[int, dict[int, str]]:
    known = dict(Segment.unarchived.values_list("pk", "name"))
    if asked is not None:
        wanted = {one.casefold() if isinstance(one, str) else one for one in asked}
        known = {pk: name for pk, name in known.items() if pk in wanted or name.casefold() in wanted}
    found: dict[int, dict[int, str]] = {}
    rows = Membership.objects.filter(contact_id__in=contact_ids, segment_id__in=list(known))
    for contact_id, segment_id in rows.values_list("contact_id", "segment_id"):
        found.setdefault(contact_id, {})[segment_id] = known[segment_id]
    return found


_LATEST = """
    SELECT person.id, happened.type_id, happened.occurred_at, happened.properties
      FROM unnest(%(people)s::bigint[]) AS person(id)
     CROSS JOIN LATERAL (
         SELECT type_id, occurred_at, properties FROM contacts_event
          WHERE contact_id = person.id AND occurred_at >= %(since)s AND occurred_at <= %(now)s {of_type}
          ORDER BY occurred_at DESC, id DESC
          LIMIT %(most)s
     ) AS happened
"""


def _events(contact_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    names = dict(EventType.objects.values_list("pk", "name"))
    found: dict[int, list[dict[str, Any]]] = {}
    for pk, type_id, at, properties in _latest(contact_ids, MOST_EVENTS):
        event = {**properties, "name": names.get(type_id, ""), "at": at, "properties": properties}
        found.setdefault(pk, []).append(event)
    return found


def _orders(contact_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    order = EventType.objects.filter(name=ORDER).first()
    found: dict[int, list[dict[str, Any]]] = {}
    for pk, _type, at, properties in _latest(contact_ids, MOST_ORDERS, order.pk) if order else ():
        products = properties.get("products")
        kept = [one for one in products if isinstance(one, dict)] if isinstance(products, list) else []
        total = next(
            (properties[key] for key in ("total", "revenue", "value") if properties.get(key) is not None), None
        )
        shown = {**properties, "at": at, "total": total, "products": kept[:MOST_PRODUCTS]}
        found.setdefault(pk, []).append(shown)
    return found


def _latest(
    contact_ids: Sequence[int], most: int, type_id: int | None = None
) -> Iterator[tuple[int, int, datetime, dict[str, Any]]]:
    now = clock.now()
    sql = _LATEST.format(of_type="AND type_id = %(type)s" if type_id else "")
    given: dict[str, Any] = {
        "people": list(contact_ids),
        "since": now - LOOKED_BACK,
        "now": now,
        "most": most,
        "type": type_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        rows = cursor.fetchall()
    for pk, kind, at, raw in rows:
        properties = json.loads(raw, cls=ExactDecoder) if isinstance(raw, str) else raw
        yield pk, kind, at, properties if isinstance(properties, dict) else {}
