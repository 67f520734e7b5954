"""Write a tree back as JSON: `load(dump(tree)) == tree`. What is stored is always this canonical form."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, assert_never

from .nodes import All, AnyOf, Compare, InSegment, Marked, Node, Not, Performed
from .operators import Operand
from .windows import Between, Last, Span, Window


def dump(node: Node) -> dict[str, Any]:
    match node:
        case All(children):
            return {"all": _each(children)}
        case AnyOf(children):
            return {"any": _each(children)}
        case Not(child):
            return {"not": dump(child)}
        case Marked(child, label, off):
            return dump(child) | ({"label": label} if label is not None else {}) | ({"off": True} if off else {})
        case Compare(property, operator, operand, unknown, case, zone):
            flags = {"unknown": unknown, "case": case, "zone": zone}
            return {"property": property.key, "op": operator.key, **_operand(operand)} | _said(flags)
        case Performed(event, operator, operand):
            return _performed(node, {"event": event, "op": operator.key, **_operand(operand)})
        case InSegment(segment_id, negated):
            return {"segment": segment_id, "op": "not_in" if negated else "in"}
    assert_never(node)


def _each(children: tuple[Node, ...]) -> list[dict[str, Any]]:
    found = []
    for child in children:
        found.append(dump(child))
    return found


def _performed(node: Performed, said: dict[str, Any]) -> dict[str, Any]:
    if node.measure != "count":
        said |= {"measure": node.measure, "of": node.of}
    if node.currency:
        said["currency"] = node.currency
    if node.window:
        said["window"] = _window(node.window)
    if node.where:
        said["where"] = _each(node.where.children) if isinstance(node.where, All) else [dump(node.where)]
    return said


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


def _window(window: Window) -> dict[str, Any]:
    match window:
        case Last(Span(n, unit)):
            return {"last": n, "unit": unit}
        case Between(start, end):
            return _said({"from": start and _scalar(start), "to": end and _scalar(end)})
    assert_never(window)


def _said(flags: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in flags.items() if value}
