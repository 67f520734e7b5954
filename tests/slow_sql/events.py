"""Every question about events as a subquery of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import times, tree
from .comparisons import NEGATIVE, known
from .question import Question, local_day, surely, text
from .values import typed

Node = Mapping[str, Any]
MINOR_UNITS = {"JPY": 1, "KWD": 1000}
"""How many there are in one; of every other currency here, a hundred."""


def such(node: Node, ask: Question, e: str = "e", condition: str = "true") -> str:
    """FROM and WHERE for every such event until now."""
    return f"""
          FROM contacts_event AS {e}
          JOIN contacts_eventtype AS {e}_type ON {e}_type.id = {e}.type_id
         WHERE {e}.contact_id = c.id
           AND {e}_type.name = {text(node["event"])}
           AND {e}.occurred_at <= {ask.instant}
           AND {tree.meant(node, f"{e}.properties", ask)}
           AND {condition}"""


def first_such(node: Node, ask: Question) -> str:
    return f"(SELECT min(earlier.occurred_at) {such(node, ask, 'earlier')})"


def performed(node: Node, ask: Question) -> str:
    zone, window, measure = ask.zone_of(node), node.get("window"), node.get("measure", "count")
    first = first_such(node, ask) if window and "since_first" in window else ""
    inside = such(node, ask, condition=times.within(window, "e.occurred_at", ask, zone, first))
    op, operand = node["op"], node.get("value")
    if op in {"did", "did_not"}:
        return f"({'NOT ' if op == 'did_not' else ''}EXISTS (SELECT {inside}))"
    if measure in {"first", "last"}:
        order = "ASC" if measure == "first" else "DESC"
        said = measurable(node, ask) if not isinstance(operand, str) else typed("e.properties", node["of"], "text", "")
        one = f"(SELECT {said} {inside} ORDER BY e.occurred_at {order}, e.id {order} LIMIT 1)"
        kind = "text" if isinstance(operand, str) else "number"
        return surely(f"CASE WHEN {one} IS NOT NULL THEN {known(op, one, kind, operand, node, ask, zone)} END")
    if measure == "change_pct":
        before = such(node, ask, condition=times.within_before(window or {}, "e.occurred_at", ask, zone))
        counted = f"COALESCE(sum({measurable(node, ask)}), 0)" if "of" in node else "count(*)::numeric"
        measured = (
            f"(SELECT (now.amount - past.amount) / NULLIF(past.amount, 0) * 100 FROM (SELECT {counted} AS amount"
            f" {inside}) AS now, (SELECT {counted} AS amount {before}) AS past)"
        )
    else:
        measured = f"(SELECT {aggregate(measure, node, ask, zone)} {inside})"
    if op in NEGATIVE:
        return surely(f"NOT {known(NEGATIVE[op], measured, 'number', operand, node, ask, zone)}")
    return surely(known(op, measured, "number", operand, node, ask, zone))


def aggregate(measure: str, node: Node, ask: Question, zone: str) -> str:
    match measure:
        case "count":
            return "count(*)"
        case "distinct":
            return f"count(DISTINCT {letters('e.properties', node['of'])})"
        case "distinct_days":
            return f"count(DISTINCT {local_day('e.occurred_at', zone)})"
        case "sum":
            return f"COALESCE(sum({measurable(node, ask)}), 0)"
    return f"{measure}({measurable(node, ask)})"


def letters(properties: str, key: str) -> str:
    """A known value, letter for letter."""
    return typed(properties, key, "text", "")


def measurable(node: Node, ask: Question) -> str:
    """The event's number; of money, what is in the one currency."""
    if node["of"] != "revenue":
        return typed("e.properties", node["of"], "number", "")
    currency = str(node.get("currency", ask.currency)).upper()
    units = MINOR_UNITS.get(currency, 100)
    return f"CASE WHEN e.currency = {text(currency)} THEN e.amount::numeric / {units} END"


def occurred(node: Node, ask: Question) -> str:
    zone, which = ask.zone_of(node), node["occurrence"]
    order, skip = ("DESC", 0) if which == "last" else ("ASC", 0 if which == "first" else which - 1)
    one = f"SELECT e.occurred_at AS at {such(node, ask)} ORDER BY e.occurred_at {order}, e.id LIMIT 1 OFFSET {skip}"
    inside = times.within(node["in"], "one.at", ask, zone, first_such(node, ask))
    return f"EXISTS (SELECT FROM ({one}) AS one WHERE {inside})"


def any_item(node: Node, ask: Question) -> str:
    """Some object of the list meets the condition. Lists in lists give each its own name."""
    assert ask.asked
    held, item = f"({ask.asked} -> {text(node['any_item'])})", f"item{ask.asked.count('item') + 1}"
    lines = f"jsonb_array_elements(CASE WHEN jsonb_typeof({held}) = 'array' THEN {held} ELSE '[]' END)"
    meets = tree.condition(node["of"], ask.about(f"{item}.line"))
    return f"EXISTS (SELECT FROM {lines} AS {item} (line) WHERE jsonb_typeof({item}.line) = 'object' AND {meets})"
