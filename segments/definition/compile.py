"""Leaves as SQL conditions: a comparison, and the filter that picks an event.

The aliases are fixed: `c` is the contact, `co` its company, `e` an event. Every condition is true or false, never NULL:
that is what makes `not` exactly the other contacts.
"""

from __future__ import annotations

from typing import assert_never

from contacts.fields import FieldType
from contacts.money import exponent

from . import depends
from .nodes import All, AnyOf, Compare, InSegment, Marked, Node, Not, Performed, leaves
from .operators import Ask
from .schema import Property
from .sql import Params, midnight, presence, value
from .windows import Between, Last, Window, bounds

T = FieldType


def comparison(node: Compare, params: Params) -> str:
    """The comparison as a condition on `c`, `co` or `e`."""
    known, held = _known_and_held(node, params)
    held = f"COALESCE({held}, false)"
    return f"({known} IS NULL OR {held})" if node.unknown else held


def comparison_flips(node: Compare, params: Params) -> str:
    """The next instant at which time alone changes the comparison, or an earlier one; NULL for never."""
    if not depends.reads_clock(node):
        return "NULL::timestamptz"
    found = []
    if node.operator.reads_clock:
        ask = _ask(node, params)
        found.append(node.operator.flips(value(node.property, params, ask.zone), node.operand, ask))
    if node.property.reads_clock:
        column = f'c."{node.property.column}"'
        today = params.today(params.zone)
        found.append(midnight(f"crmseg_next_anniversary({column}, {today} + 1)", params.zone))
    return found[0] if len(found) == 1 else f"LEAST({', '.join(found)})"


def event_filter(where: Node | None, params: Params) -> str:
    """Which events of the type are meant, by their own properties."""
    match where:
        case None:
            return "true"
        case All(children):
            return f"({' AND '.join([event_filter(child, params) for child in children])})"
        case AnyOf(children):
            return f"({' OR '.join([event_filter(child, params) for child in children])})"
        case Not(child):
            return f"(NOT {event_filter(child, params)})"
        case Marked(child):
            return event_filter(child, params)
        case Compare():
            return comparison(where, params)
        case Performed() | InSegment():
            raise TypeError("The loader lets only comparisons into a `where`.")
    assert_never(where)


def clock_comparisons(where: Node | None) -> list[Compare]:
    """The comparisons of a `where` that time alone can change."""
    found = leaves(where) if where else []
    return [leaf for leaf in found if isinstance(leaf, Compare) and depends.reads_clock(leaf)]


def within(window: Window | None, params: Params) -> str:
    """Whether the event `e` lies in the window, at `now`."""
    zone = params.zone
    last = params.clock(("last", window), lambda now: bounds(window, now, zone)[1], "timestamptz")
    if starts(window):
        first = params.clock(("first", window), lambda now: bounds(window, now, zone)[0], "timestamptz")
        return f"e.occurred_at BETWEEN {first} AND {last}"
    return f"e.occurred_at <= {last}"


def starts(window: Window | None) -> bool:
    """Whether the window has a beginning."""
    match window:
        case Last():
            return True
        case Between(start, _):
            return start is not None
        case None:
            return False
    assert_never(window)


def measured(node: Performed, params: Params, account_currency: str) -> str:
    """The number that a measure takes from the event `e`: NULL where the event has none."""
    if node.of == "revenue":
        currency = node.currency or account_currency
        minor_units = params.add(10 ** exponent(currency), "numeric")
        return f"CASE WHEN e.currency = {params.add(currency, 'text')} THEN e.amount / {minor_units} END"
    return value(Property(node.of or "", T.NUMBER, "event"), params)


def _known_and_held(node: Compare, params: Params) -> tuple[str, str]:
    """The value as SQL, NULL when unknown, and the comparison, NULL or false where the value is unknown."""
    asked, operator, ask = node.property, node.operator, _ask(node, params)
    if asked.source == "event" and asked.type is T.TEXT and operator.key in {"is_known", "is_unknown"}:
        known = presence(asked)
        return known, operator.sql(known, None, ask)
    known = value(asked, params, ask.zone)
    held = operator.sql(known, node.operand, ask)
    if asked.source == "event" and asked.type is T.MULTI_ENUM and T.TEXT in operator.types:
        as_text = Property(asked.key, T.TEXT, "event")
        text = value(as_text, params)
        text_ask = Ask(as_text, T.TEXT, params, ask.zone, ask.case)
        whole = f"CASE WHEN {text} IS NOT NULL THEN ARRAY[{text}] END"
        return f"COALESCE({known}, {whole})", f"COALESCE({held}, {operator.sql(text, node.operand, text_ask)})"
    return known, held


def _ask(node: Compare, params: Params) -> Ask:
    return Ask(node.property, node.property.type, params, node.zone or params.zone, node.case)
