"""Hold worth against the truth, worked out by another path than the one that wrote it: contact by contact, in Python,
from the events as they lie there.

Compared is what follows from events and from what everyone is compared with: sums, gaps, costs, digits, group, tenth,
activity. Not what a model expects of the future, and not while everyone is being compared anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import groupby, pairwise
from operator import itemgetter
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from ..models import Contact, EventType, Worth, WorthSettings
from . import bulk, groups, rules
from .facts import FACTS
from .rules import ENOUGH_GAPS, Rules

CHUNK = 5_000
_SAME_INSTANT = timedelta(seconds=1)
_EVENTS = """
    SELECT contact_id, type_id, occurred_at, amount, currency,
           CASE WHEN jsonb_typeof(properties -> %(of)s) = 'number' THEN (properties ->> %(of)s)::numeric END
      FROM contacts_event
     WHERE contact_id = ANY(%(ids)s) AND type_id = ANY(%(types)s) AND occurred_at <= %(now)s
     ORDER BY contact_id
"""
_ENTERED = """
    SELECT id, (attributes ->> %(key)s)::numeric FROM contacts_contact
     WHERE id = ANY(%(ids)s) AND jsonb_typeof(attributes -> %(key)s) = 'number'
"""


@dataclass
class Difference:
    """The contacts whose worth is something else than is kept."""

    contacts: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Did:
    name: str
    at: datetime
    amount: int
    """In minor units of the account's currency; what was paid in another one adds nothing."""
    number: Decimal


def is_waiting() -> bool:
    """Whether everyone is to be counted under other settings than before, or is being compared anew."""
    known = WorthSettings.objects.filter(pk=1, found_at__isnull=False).first()
    return known is not None and (known.version != known.counted_version or bool(known.found.get("untold")))


def settle() -> None:
    if is_waiting():
        bulk.renew()


def compare(now: datetime, waiting: Sequence[int]) -> list[Difference]:
    """Everybody's, but for the contacts that wait to be looked at; nobody's until everyone was counted once."""
    known, left_out, wrong = rules.current(), set(waiting), set()
    if known.found.at is None or is_waiting():
        return []
    types = dict(EventType.objects.filter(name__in=known.events).values_list("pk", "name"))
    for ids in _chunks(left_out):
        did, entered = _did(known, types, ids, now), _entered(known, ids)
        kept = _kept(ids)
        for pk in ids:
            if not _kept_so(known, kept.get(pk), did.get(pk, []), entered.get(pk), now):
                wrong.add(pk)
    gone = Worth.objects.exclude(contact_id__in=Contact.objects.values("pk")).values_list("contact_id", flat=True)
    wrong |= set(gone) - left_out
    return [Difference(sorted(wrong))] if wrong else []


def _kept(ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    return {row["contact_id"]: row for row in Worth.objects.filter(contact_id__in=ids).values()}


def facts_of(known: Rules, did: Collection[Did], entered: Decimal | None) -> dict[str, Any]:
    orders = [one for one in did if one.name == known.order_event]
    refunds = sum(abs(one.amount) for one in did if known.refund_event and one.name == known.refund_event)
    revenue = sum(one.amount for one in orders) - refunds
    zone = ZoneInfo(known.zone)
    by_day = sorted((one.at.astimezone(zone).date(), one.amount) for one in orders)
    days = sorted({day for day, _amount in by_day})
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    cost = _cost(known, did, len(orders), revenue, entered)
    counted = [one for one in did if one.name == known.rfm_name]
    digits = (revenue if orders else 0) if known.rfm_is_orders else sum(_counted(known, one) for one in counted)
    return {
        "orders": len(orders),
        "order_days": len(days),
        "revenue": revenue,
        "refunds": refunds,
        "repeat_revenue": sum(amount for day, amount in by_day if day != days[0]),
        "average_order": _rounded(Fraction(revenue, len(orders))) if orders else None,
        "first_order_at": min((one.at for one in orders), default=None),
        "last_order_at": max((one.at for one in orders), default=None),
        "gap_days": float(median(gaps)) if gaps else None,
        "cost_to_serve": cost,
        "net_value": revenue - (cost or 0),
        "rfm_count": len(counted),
        "rfm_amount": Decimal(digits).quantize(Decimal("0.0001"), ROUND_HALF_UP),
        "rfm_last_at": max((one.at for one in counted), default=None),
    }


def _kept_so(
    known: Rules, row: Mapping[str, Any] | None, did: list[Did], entered: Decimal | None, now: datetime
) -> bool:
    is_counted = bool(did) or entered is not None
    if row is None:
        return not is_counted
    truth = facts_of(known, did, entered)
    if not is_counted and not row["cost_to_serve"]:
        truth["cost_to_serve"] = row["cost_to_serve"]  # of whom nothing is left, and of whom all is still to come
    return all(row[fact] == truth[fact] for fact in FACTS) and _graded_so(known, row, now)


def _graded_so(known: Rules, row: Mapping[str, Any], now: datetime) -> bool:
    found = known.found
    r, f, m = (_digit(known, row, digit, now) for digit in "rfm")
    group = groups.of(known.groups, r, f, m) if r and f and m else None
    decile = _above(row["net_value"], found.deciles) if row["orders"] else None
    said = (r, f, m, group.key if group else None, decile)
    return said == tuple(row[key] for key in ("r", "f", "m", "rfm_group", "decile")) and _lapsed_so(known, row, now)


def _lapsed_so(known: Rules, row: Mapping[str, Any], now: datetime) -> bool:
    """Her own gap, drawn towards everyone's the fewer gaps she has, says when she is at risk and when lost."""
    own, gaps = row["gap_days"], max(row["order_days"] - 1, 0)
    if known.found.gap is not None and row["orders"]:
        own = (gaps * (own or 0) + known.shrink * known.found.gap) / (gaps + known.shrink)
    elif gaps < ENOUGH_GAPS:
        own = None
    if own is None or row["last_order_at"] is None:
        return row["activity"] is None
    risk, lost = (row["last_order_at"] + timedelta(days=own * times) for times in (known.at_risk_gaps, known.lost_gaps))
    if min(abs(now - risk), abs(now - lost)) < _SAME_INSTANT:
        return True
    return bool(row["activity"] == ("lost" if lost <= now else "at_risk" if risk <= now else "active"))


def _digit(known: Rules, row: Mapping[str, Any], digit: str, now: datetime) -> int | None:
    if not row["rfm_count"]:
        return None
    value, edges = row[{"r": "rfm_last_at", "f": "rfm_count", "m": "rfm_amount"}[digit]], known.edges.get(digit)
    if not edges:
        return _above(value, getattr(known.found, digit))
    if digit == "r":
        return 1 + len([edge for edge in edges if now - value <= timedelta(days=float(edge))])
    return 1 + len([edge for edge in edges if value >= known.edge(digit, edge)])


def _above(value: Any, cuts: Sequence[Any] | None) -> int | None:
    return None if cuts is None or value is None else 1 + len([cut for cut in cuts if value > cut])


def _counted(known: Rules, one: Did) -> Decimal:
    return one.number if known.rfm_of else Decimal(one.amount)


def _cost(known: Rules, did: Collection[Did], orders: int, revenue: int, entered: Decimal | None) -> int | None:
    cost = known.cost
    if cost.attribute and entered is not None:
        return _rounded(Fraction(entered * known.scale))
    if not cost.has_rule:
        return None
    said = cost.per_order * orders + sum((cost.per_event.get(one.name, Decimal(0)) for one in did), Decimal(0))
    return _rounded(Fraction(said * known.scale) + Fraction(cost.share) * max(revenue, 0))


def _rounded(exact: Fraction) -> int:
    """Half a minor unit goes away from zero, as the database rounds."""
    whole = abs(exact) + Fraction(1, 2)
    return (whole.numerator // whole.denominator) * (1 if exact >= 0 else -1)


def _did(known: Rules, types: Mapping[int, str], ids: Sequence[int], now: datetime) -> dict[int, list[Did]]:
    given: dict[str, Any] = {"of": known.rfm_of, "ids": list(ids), "types": list(types), "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, given)
        rows = cursor.fetchall()
    return {
        pk: [
            Did(types[type_id], at, amount or 0 if currency == known.currency else 0, number or Decimal(0))
            for _pk, type_id, at, amount, currency, number in own
        ]
        for pk, own in groupby(rows, key=itemgetter(0))
    }


def _entered(known: Rules, ids: Sequence[int]) -> dict[int, Decimal]:
    if not known.cost.attribute:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ENTERED, {"key": known.cost.attribute, "ids": list(ids)})
        return dict(cursor.fetchall())


def _chunks(left_out: Collection[int]) -> Iterator[list[int]]:
    last = 0
    while found := list(Contact.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        last = found[-1]
        yield [pk for pk in found if pk not in left_out]
