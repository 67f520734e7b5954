"""What contacts are worth, worked out again in plain Python from their events: no SQL, no short cuts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from contacts.worth import groups
from contacts.worth.rules import Rules


@dataclass(frozen=True)
class Did:
    """An event, as it was."""

    contact: int
    name: str
    at: datetime
    amount: int | None = None
    currency: str | None = None
    points: Decimal | None = None


def worth_of(
    rules: Rules, events: Sequence[Did], entered: Mapping[int, Decimal], now: datetime
) -> dict[int, dict[str, Any]]:
    """Every contact that has anything to count, by the columns of its row."""
    people = {event.contact for event in events if event.name in rules.events} | entered.keys()
    rows = {
        pk: facts_of(rules, [e for e in events if e.contact == pk and e.at <= now], entered.get(pk)) for pk in people
    }
    cuts = _cuts(rules, rows.values())
    for row in rows.values():
        row.update(_grades(rules, row, cuts, now))
    return rows


def facts_of(rules: Rules, events: Sequence[Did], entered: Decimal | None) -> dict[str, Any]:
    orders = [event for event in events if event.name == rules.order_event]
    paid = sum(_money(rules, event) for event in orders)
    refunds = sum(abs(_money(rules, event)) for event in events if event.name == rules.refund_event)
    days = sorted({_day(rules, event) for event in orders})
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    revenue = paid - refunds
    cost = _cost(rules, events, len(orders), revenue, entered)
    counted = [event for event in events if event.name == rules.rfm_name]
    amount: Any = (revenue if orders else 0) if rules.rfm_is_orders else sum(_counted(rules, e) for e in counted)
    return {
        "orders": len(orders),
        "order_days": len(days),
        "revenue": revenue,
        "refunds": refunds,
        "repeat_revenue": sum(_money(rules, event) for event in orders if _day(rules, event) != days[0]),
        "average_order": _rounded(Fraction(revenue, len(orders))) if orders else None,
        "first_order_at": min((event.at for event in orders), default=None),
        "last_order_at": max((event.at for event in orders), default=None),
        "gap_days": float(median(gaps)) if gaps else None,
        "cost_to_serve": cost,
        "net_value": revenue - (cost or 0),
        "rfm_count": len(counted),
        "rfm_amount": Decimal(amount),
        "rfm_last_at": max((event.at for event in counted), default=None),
    }


def _day(rules: Rules, event: Did) -> Any:
    return event.at.astimezone(ZoneInfo(rules.zone)).date()


def _money(rules: Rules, event: Did) -> int:
    return event.amount or 0 if event.currency == rules.currency else 0


def _counted(rules: Rules, event: Did) -> Decimal:
    return event.points or Decimal(0) if rules.rfm_of else Decimal(_money(rules, event))


def _cost(rules: Rules, events: Sequence[Did], orders: int, revenue: int, entered: Decimal | None) -> int | None:
    cost = rules.cost
    if cost.attribute and entered is not None:
        return _rounded(Fraction(entered * rules.scale))
    if not cost.has_rule:
        return None
    said = cost.per_order * orders + sum((cost.per_event.get(event.name, Decimal(0)) for event in events), Decimal(0))
    return _rounded(Fraction(said * rules.scale) + Fraction(cost.share) * max(revenue, 0))


def _rounded(exact: Fraction) -> int:
    whole = Decimal(exact.numerator) / Decimal(exact.denominator)
    return int(whole.quantize(Decimal(1), ROUND_HALF_UP))


def _cuts(rules: Rules, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    kept = list(rows)
    counted = [row for row in kept if row["rfm_count"]]
    valued = [row["net_value"] for row in kept if row["orders"]]
    gaps = [row["gap_days"] for row in kept if row["gap_days"] is not None]
    found: dict[str, Any] = {
        "decile": _parts(valued, 10) if len(valued) >= 50 else None,
        "gap": median(gaps) if len(gaps) >= 25 else None,
    }
    for digit, column in (("r", "rfm_last_at"), ("f", "rfm_count"), ("m", "rfm_amount")):
        found[digit] = _parts([row[column] for row in counted], 5) if len(counted) >= 25 else None
    return found


def _parts(known: list[Any], parts: int) -> list[Any]:
    """The least value that at least 1/parts, 2/parts, … of all do not exceed."""
    ordered = sorted(known)
    return [ordered[-(-len(ordered) * part // parts) - 1] for part in range(1, parts)]


def _above(value: Any, cuts: list[Any] | None) -> int | None:
    return None if cuts is None or value is None else 1 + sum(value > cut for cut in cuts)


def _grades(rules: Rules, row: Mapping[str, Any], cuts: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    digits = {digit: _digit(rules, row, digit, cuts, now) for digit in "rfm"}
    r, f, m = digits.values()
    group = groups.of(rules.groups, r, f, m) if r and f and m else None
    gap, gaps = row["gap_days"], max(row["order_days"] - 1, 0)
    if cuts["gap"] is not None and row["orders"]:
        gap = (gaps * (gap or 0) + rules.shrink * cuts["gap"]) / (gaps + rules.shrink)
    elif gaps < 3:
        gap = None
    activity = None
    if gap is not None:
        risk = row["last_order_at"] + timedelta(days=gap * rules.at_risk_gaps)
        lost = row["last_order_at"] + timedelta(days=gap * rules.lost_gaps)
        activity = "lost" if lost <= now else "at_risk" if risk <= now else "active"
    return {
        **digits,
        "rfm_group": group.key if group else None,
        "decile": _above(row["net_value"], cuts["decile"]) if row["orders"] else None,
        "activity": activity,
    }


def _digit(rules: Rules, row: Mapping[str, Any], digit: str, cuts: Mapping[str, Any], now: datetime) -> int | None:
    if not row["rfm_count"]:
        return None
    value = row[{"r": "rfm_last_at", "f": "rfm_count", "m": "rfm_amount"}[digit]]
    edges = rules.edges.get(digit)
    if not edges:
        return _above(value, cuts[digit])
    if digit == "r":
        return 1 + len([edge for edge in edges if now - value <= timedelta(days=float(edge))])
    return 1 + len([edge for edge in edges if value >= rules.edge(digit, edge)])
