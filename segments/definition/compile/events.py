"""Conditions on events: what is measured over them, or when one of them happened.

A measure is written over aggregates of the contact's events of one type, alias `e`. Whoever asks decides where an
aggregate is computed: beside many others for many contacts (the engine), in a group of its own (the plain form), or
in a subquery for the contact `c` (everywhere else).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from contacts.fields import FieldType
from contacts.money import exponent

from ..nodes import (
    All,
    AnyItem,
    AnyOf,
    AtLeast,
    Compare,
    Leaf,
    Marked,
    Node,
    Not,
    Occurred,
    Performed,
)
from ..operators import Ask
from ..schema import Property
from ..sql import Params, quoted, value
from ..windows import SinceFirst, Window
from . import windows
from .comparison import comparison, comparison_flips
from .formula import formula

T = FieldType
Aggregate = Callable[[str], str]
"""Takes an aggregate over `e`; returns where its value stands."""
AT = "e.occurred_at"


def of_type(event: str, params: Params) -> str:
    """Whether `e` is an event of that name."""
    return f"e.type_id = (SELECT id FROM contacts_eventtype WHERE name = {params.add(event, 'text')})"


def own(event: str, params: Params) -> str:
    """The events of that name of the contact `c`, as what follows SELECT …"""
    return f"FROM contacts_event AS e WHERE e.contact_id = c.id AND {of_type(event, params)}"


def correlated(leaf: Performed | Occurred, params: Params) -> Aggregate:
    """Each aggregate in a subquery for the contact `c`, with what the first event decides worked out beside it."""
    source = own(leaf.event, params)
    if isinstance(leaf.window, SinceFirst):
        now, meant = params.now(), event_filter(leaf.where, params)
        first = f"min({AT}) FILTER (WHERE {AT} <= {now} AND {meant}) OVER () AS first_at"
        source = f"FROM (SELECT e.*, {first} {source}) AS e"
    return lambda aggregate: f"(SELECT {aggregate} {source})"


def holds(leaf: Performed | Occurred, params: Params, aggregate: Aggregate) -> str:
    """The condition that the leaf puts on its aggregates; never NULL."""
    if isinstance(leaf, Occurred):
        return f"COALESCE({_occurred_inside(leaf, params, aggregate)}, false)"
    taken, type = measured(leaf, params, aggregate)
    ask = Ask(Property("value", type), type, params, leaf.zone, leaf.case)
    return f"COALESCE({leaf.operator.sql(taken, leaf.operand, ask)}, false)"


def flips(leaf: Performed | Occurred, params: Params, aggregate: Aggregate) -> list[str]:
    """The next instants at which time alone may change the leaf, as SQL: each NULL, past, or not too late."""
    now, meant = params.now(), event_filter(leaf.where, params)
    # Whatever it says: one aggregate for all leaves of a type, and looking again for nothing does no harm.
    found = [aggregate(f"min({AT}) FILTER (WHERE {AT} > {now})")]
    if isinstance(leaf, Occurred) and windows.moves(leaf.window):
        found.append(windows.flip(instant_of(leaf, params, aggregate), leaf.window, params, leaf.zone))
    elif isinstance(leaf, Performed) and windows.moves(leaf.window):
        moments = [windows.flip(AT, leaf.window, params, leaf.zone)]
        if leaf.measure == "change_pct" and leaf.window is not None:
            moments.append(windows.flip_before(AT, leaf.window, params, leaf.zone))
        found += [aggregate(f"min({moment}) FILTER (WHERE {meant})") for moment in moments]
    return found + where_flips(leaf.where, params, aggregate)


def where_flips(where: Node | None, params: Params, aggregate: Aggregate) -> list[str]:
    """When time alone changes which events a `where` means."""
    now = params.now()
    moments = _moments(where, params) if where else []
    return [aggregate(f"min({moment}) FILTER (WHERE {moment} > {now})") for moment in moments]


def event_filter(where: Node | None, params: Params) -> str:
    """Which events of the type are meant, by their own properties; never NULL."""
    return formula(where, lambda leaf: _of_event(leaf, params)) if where else "true"


def _of_event(leaf: Leaf, params: Params) -> str:
    match leaf:
        case Compare():
            return comparison(leaf, params)
        case AnyItem(key, child):
            return f"EXISTS (SELECT {_items(key)} WHERE {_OBJECT} AND {event_filter(child, params)})"
        case _:
            raise TypeError("The loader lets only comparisons into a `where`.")


def chosen(leaf: Performed, params: Params) -> str:
    """Which events `e` of the type count: those in the window that the `where` means."""
    return f"{_inside(leaf.window, params, leaf.zone)} AND {event_filter(leaf.where, params)}"


def measured_number(leaf: Performed, params: Params) -> str:
    """The number that a measure takes from the event `e`: NULL where the event has none."""
    if leaf.of == "revenue":
        currency = leaf.currency or params.currency
        minor_units = params.add(10 ** exponent(currency), "numeric")
        return f"CASE WHEN e.currency = {params.add(currency, 'text')} THEN e.amount / {minor_units} END"
    return value(Property(leaf.of or "", T.NUMBER, "event"), params, leaf.zone)


def text_of(key: str, params: Params) -> str:
    """A property of the event `e` as text, whatever it is; NULL where unknown, for lists and for objects."""
    return value(Property(key, T.TEXT, "event"), params)


_OBJECT = "jsonb_typeof(e.properties) = 'object'"


def _items(key: str) -> str:
    """The items of a list-valued property, each in the place of the event."""
    items = f"(e.properties -> {quoted(key)})"
    array = f"CASE WHEN jsonb_typeof({items}) = 'array' THEN {items} ELSE '[]' END"
    return f"FROM jsonb_array_elements({array}) AS e (properties)"


def _moments(where: Node, params: Params) -> list[str]:
    match where:
        case All(children) | AnyOf(children) | AtLeast(_, children):
            found = []
            for child in children:
                found += _moments(child, params)
            return found
        case Not(child) | Marked(child):
            return _moments(child, params)
        case AnyItem(key, child):
            inner = _moments(child, params)
            now = params.now()
            return [
                f"(SELECT min({moment}) FILTER (WHERE {moment} > {now}) {_items(key)} WHERE {_OBJECT})"
                for moment in inner
            ]
        case Compare():
            moment = comparison_flips(where, params)
            return [] if moment.startswith("NULL") else [moment]
        case _:
            return []


def _inside(window: Window | None, params: Params, zone: str | None) -> str:
    within = windows.inside(AT, window, params, zone)
    if isinstance(window, SinceFirst):
        return f"{within} AND {AT} <= {windows.later('e.first_at', window.span, params, zone)}"
    return within


def _occurred_inside(leaf: Occurred, params: Params, aggregate: Aggregate) -> str:
    instant = instant_of(leaf, params, aggregate)
    if isinstance(leaf.window, SinceFirst):
        last = windows.later(aggregate("min(e.first_at)"), leaf.window.span, params, leaf.zone)
        return f"{instant} <= {last}"
    return windows.inside(instant, leaf.window, params, leaf.zone)


def instant_of(leaf: Occurred, params: Params, aggregate: Aggregate) -> str:
    """When the first, last or n-th such event happened, as far as its time has come."""
    meant = f"FILTER (WHERE {AT} <= {params.now()} AND {event_filter(leaf.where, params)})"
    if leaf.which == "first" or leaf.which == 1:
        return aggregate(f"min({AT}) {meant}")
    if leaf.which == "last":
        return aggregate(f"max({AT}) {meant}")
    return aggregate(f"(array_agg({AT} ORDER BY {AT}, e.id) {meant})[{leaf.which}]")


def measured(leaf: Performed, params: Params, aggregate: Aggregate) -> tuple[str, FieldType]:
    """The measured value as SQL, and of which type it is."""
    meant = f"FILTER (WHERE {chosen(leaf, params)})"
    match leaf.measure:
        case "count":
            return f"COALESCE({aggregate(f'count(*) {meant}')}, 0)", T.NUMBER
        case "distinct":
            text = text_of(leaf.of or "", params)
            return f"COALESCE({aggregate(f'count(DISTINCT {text}) {meant}')}, 0)", T.NUMBER
        case "distinct_days":
            day = f"({AT} AT TIME ZONE {params.zone_sql(leaf.zone)})::date"
            return f"COALESCE({aggregate(f'count(DISTINCT {day}) {meant}')}, 0)", T.NUMBER
        case "sum":
            return f"COALESCE({aggregate(f'sum({measured_number(leaf, params)}) {meant}')}, 0)", T.NUMBER
        case "avg" | "min" | "max":
            return aggregate(f"{leaf.measure}({measured_number(leaf, params)}) {meant}"), T.NUMBER
        case "first" | "last":
            texts = _asks_for_text(leaf)
            taken = text_of(leaf.of or "", params) if texts else measured_number(leaf, params)
            order = f"{AT}, e.id" if leaf.measure == "first" else f"{AT} DESC, e.id DESC"
            return aggregate(f"(array_agg({taken} ORDER BY {order}) {meant})[1]"), T.TEXT if texts else T.NUMBER
        case "change_pct":
            return _change(leaf, params, aggregate), T.NUMBER
    assert_never(leaf.measure)


def _asks_for_text(leaf: Performed) -> bool:
    first = leaf.operand[0] if isinstance(leaf.operand, tuple) else leaf.operand
    return isinstance(first, str)


def _change(leaf: Performed, params: Params, aggregate: Aggregate) -> str:
    """How many percent more than in the window before; NULL where there was nothing before."""
    assert leaf.window is not None
    first, after = windows.before(leaf.window, params, leaf.zone)
    meant = event_filter(leaf.where, params)
    earlier = f"{AT} >= {first} AND {AT} < {after} AND {AT} <= {params.now()} AND {meant}"
    taken = f"sum({measured_number(leaf, params)})" if leaf.of else "count(*)"
    now = f"COALESCE({aggregate(f'{taken} FILTER (WHERE {chosen(leaf, params)})')}, 0)"
    then = f"COALESCE({aggregate(f'{taken} FILTER (WHERE {earlier})')}, 0)::numeric"
    return f"CASE WHEN {then} <> 0 THEN ({now} - {then}) * 100 / {then} END"
