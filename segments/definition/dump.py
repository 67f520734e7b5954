"""Write a tree back as JSON: `load(dump(tree)) == tree`. What is stored is always this canonical form."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, assert_never

from .nodes import (
    All,
    AnyItem,
    AnyOf,
    AtLeast,
    Bucket,
    Colleagues,
    Compare,
    Consented,
    InSegment,
    Marked,
    Node,
    Not,
    Occurred,
    PastSegment,
    Performed,
    Reachable,
    Sequence,
    Step,
)
from .operators import Operand, Operator, Takes
from .operators.base import ABSENT, Change, Period, Place, PropertyRef
from .windows import Ago, Between, Last, Previous, SinceFirst, Span, This, Window


def dump(node: Node) -> dict[str, Any]:
    match node:
        case All(children):
            return {"all": _each(children)}
        case AnyOf(children):
            return {"any": _each(children)}
        case AtLeast(k, children):
            return {"at_least": k, "of": _each(children)}
        case Not(child):
            return {"not": dump(child)}
        case Marked(child, label, off):
            return dump(child) | ({"label": label} if label is not None else {}) | ({"off": True} if off else {})
        case Compare(property, operator, operand, unknown, case, zone):
            flags = {"unknown": unknown, "case": case, "zone": zone}
            return {"property": property.key, "op": operator.key, **_compared(operator, operand)} | _said(flags)
        case Performed(event, operator, operand):
            return _performed(node, {"event": event, "op": operator.key, **_operand(operand)})
        case Occurred(event, which, window, where, zone):
            said: dict[str, Any] = {"event": event, "occurrence": which, "in": dump_window(window)}
            return said | _where(where) | _said({"zone": zone})
        case Sequence(steps, sequence_window, same, zone):
            bounds = _said({"window": sequence_window and dump_window(sequence_window), "same": same, "zone": zone})
            return {"sequence": [_step(step) for step in steps]} | bounds
        case AnyItem(key, child):
            return {"any_item": key, "of": dump(child)}
        case InSegment(segment_id, negated):
            return {"segment": segment_id, "op": "not_in" if negated else "in"}
        case PastSegment(segment_id, operator, past, zone):
            return {"segment": segment_id, "op": operator.key, **_past(past)} | _said({"zone": zone})
        case Consented(channel, operator, topic):
            return {"consent": channel, **_said({"topic": topic}), "op": operator.key}
        case Reachable(channel):
            return {"reachable": channel}
        case Colleagues(quantity, child):
            return {"colleagues": {"at_least": quantity} if isinstance(quantity, int) else quantity, "of": dump(child)}
        case Bucket(low, high, of, salt):
            return {"bucket": [low, high], "of": of} | _said({"salt": salt})
    assert_never(node)


def _each(children: tuple[Node, ...]) -> list[dict[str, Any]]:
    found = []
    for child in children:
        found.append(dump(child))
    return found


def _performed(node: Performed, said: dict[str, Any]) -> dict[str, Any]:
    if node.measure != "count":
        said |= {"measure": node.measure} | _said({"of": node.of})
    said |= _said({"currency": node.currency, "window": node.window and dump_window(node.window)})
    return said | _where(node.where) | _said({"case": node.case, "zone": node.zone})


def _where(where: Node | None) -> dict[str, Any]:
    if where is None:
        return {}
    return {"where": _each(where.children) if isinstance(where, All) else [dump(where)]}


def _step(step: Step) -> dict[str, Any]:
    within = step.within and {"last": step.within.n, "unit": step.within.unit}
    return {"event": step.event} | _where(step.where) | _said({"not": step.negated, "within": within})


def _past(operand: Window | Span | date | None) -> dict[str, Any]:
    match operand:
        case None:
            return {}
        case Span(n, unit):
            return {"value": n, "unit": unit}
        case date():
            return {"at": _scalar(operand)}
        case window:
            return {"window": dump_window(window)}


def _compared(operator: Operator, operand: Operand) -> dict[str, Any]:
    """What stands to the right of an operator on a property."""
    match operand:
        case PropertyRef(property):
            return {"value": {"property": property.key}}
        case Period(unit):
            return {"unit": unit}
        case Place(lat, lon, km):
            return {"value": {"lat": _scalar(lat), "lon": _scalar(lon), "km": _scalar(km)}}
        case Change():
            return {"value": _change(operand)}
        case Ago(longest, shortest, unit) if operator.takes is Takes.AGO:
            return {"value": [longest, shortest], "unit": unit}
        case Last() | Ago() | Between() | This() | Previous():
            return {"window": dump_window(operand)}
        case _:
            return _operand(operand)


def _change(change: Change) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for key, side in (("from", change.before), ("to", change.after)):
        if side is not ABSENT:
            said[key] = [_scalar(one) for one in side] if isinstance(side, tuple) else _scalar(side)
    return said | _said({"window": change.window and dump_window(change.window)})


def _operand(operand: Operand) -> dict[str, Any]:
    match operand:
        case None:
            return {}
        case Span(n, unit):
            return {"value": n, "unit": unit}
        case tuple():
            return {"value": [_scalar(one) for one in operand]}
        case _:
            return {"value": _scalar(operand)}


def _scalar(value: object) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else value
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            return value


def dump_window(window: Window) -> dict[str, Any]:
    match window:
        case Last(Span(n, unit)):
            return {"last": n, "unit": unit}
        case Ago(longest, shortest, unit):
            return {"ago": [longest, shortest], "unit": unit}
        case Between(start, end):
            return _said({"from": start and _scalar(start), "to": end and _scalar(end)})
        case This(calendar_unit):
            return {"this": calendar_unit}
        case Previous(calendar_unit):
            return {"previous": calendar_unit}
        case SinceFirst(Span(n, unit)):
            return {"since_first": n, "unit": unit}
    assert_never(window)


def _said(flags: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in flags.items() if value}
