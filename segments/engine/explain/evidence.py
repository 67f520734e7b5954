"""What decided a leaf: values, events with their numbers and instants, moves of lists, answers, colleagues.

Each piece is JSON made by the database, so that a tree of a thousand conditions is one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, assert_never

from crmseg.common import json

from ...definition import compile
from ...definition.channels import ADDRESSES
from ...definition.compile import people
from ...definition.nodes import (
    All,
    AnyItem,
    AnyOf,
    AtLeast,
    Bucket,
    Colleagues,
    Compare,
    Consented,
    InSegment,
    Leaf,
    Marked,
    Node,
    Not,
    Occurred,
    PastSegment,
    Performed,
    Reachable,
    Step,
)
from ...definition.nodes import (
    Sequence as Following,
)
from ...definition.operators.base import PropertyRef
from ...definition.schema import Property
from ...definition.sql import Params, quoted, value
from .truth import Asked

MOST_SHOWN = 5
MOST_PROPERTIES = 20


def gather(leaves: Sequence[Leaf], asked: Asked, now: datetime) -> list[dict[str, Any]]:
    """The evidence of each leaf at `now`."""
    params = asked.params()
    (found,) = asked.select(pieces(leaves, params), leaves, params, now)
    return read(found)


def pieces(leaves: Sequence[Leaf], params: Params) -> str:
    """The evidence of each leaf for the contact `c`, as one array for `read`."""
    each = ", ".join([f"({_piece(leaf, params)})::text" for leaf in leaves])
    return f"ARRAY[{each}]::text[]"


def read(found: Sequence[str]) -> list[dict[str, Any]]:
    return [json.loads(text.encode()) for text in found]


def _piece(leaf: Leaf, params: Params) -> str:
    match leaf:
        case Compare():
            return _values(leaf, params)
        case Performed():
            taken = compile.events.measured(leaf, params, compile.events.correlated(leaf, params))[0]
            events = _events(leaf, compile.events.chosen(leaf, params), params)
            return f"{events} || jsonb_build_object('measured', {taken})"
        case Occurred():
            meant = compile.events.event_filter(leaf.where, params)
            instant = compile.events.instant_of(leaf, params, compile.events.correlated(leaf, params))
            events = _events(leaf, f"e.occurred_at <= {params.now()} AND {meant}", params)
            return f"{events} || jsonb_build_object('measured', {instant})"
        case Following(steps):
            each = [_step(place, step, leaf, params) for place, step in enumerate(steps)]
            return f"jsonb_build_object('steps', jsonb_build_array({', '.join(each)}))"
        case InSegment(segment_id):
            return f"jsonb_build_object('segment', {segment_id}, 'entered_at', {_entered(segment_id)})"
        case PastSegment(segment_id):
            ledger = (
                "SELECT jsonb_agg(jsonb_build_object('change', l.change, 'at', l.at) ORDER BY l.at DESC, l.id DESC)"
                " FROM (SELECT * FROM segments_ledgerentry AS l"
                f" WHERE l.contact_id = c.id AND l.segment_id = {segment_id}"
                f" ORDER BY l.at DESC, l.id DESC LIMIT {MOST_SHOWN}) AS l"
            )
            return (
                f"jsonb_build_object('segment', {segment_id}, 'entered_at', {_entered(segment_id)},"
                f" 'ledger', COALESCE(({ledger}), '[]'))"
            )
        case Consented(channel, _, topic):
            return f"jsonb_build_object('consent', {_consent(channel, topic, params)})"
        case Reachable(channel):
            address = ADDRESSES[channel]
            return (
                f"jsonb_build_object('values', jsonb_build_object({quoted(address)}, NULLIF(c.\"{address}\", '')),"
                f" 'consent', {_consent(channel, '', params)})"
            )
        case Colleagues(_, child):
            return _colleagues(child, params)
        case Bucket():
            return f"jsonb_build_object('bucket', {people.bucket_number(leaf, params)})"
        case AnyItem():
            raise TypeError("The loader lets items stand only in a `where`.")
    assert_never(leaf)


def _values(leaf: Compare, params: Params) -> str:
    asked = [leaf.property]
    if isinstance(leaf.operand, PropertyRef):
        asked.append(leaf.operand.property)
    if leaf.property.reads_clock:
        asked.append(Property(leaf.property.column, leaf.property.type, column=leaf.property.column))
    each = [f"{quoted(one.key)}, {_shown(one, leaf, params)}" for one in dict.fromkeys(asked)]
    values = f"jsonb_build_object('values', jsonb_build_object({', '.join(each)}))"
    return f"{values} || {_changes(leaf.property, params)}" if leaf.operator.past else values


def _shown(asked: Property, leaf: Compare, params: Params) -> str:
    if asked.column in {"latitude", "location"} or asked.key == "location":
        return "CASE WHEN c.longitude IS NOT NULL THEN jsonb_build_object('lat', c.latitude, 'lon', c.longitude) END"
    if asked.column == "birth_date" and asked.key == "birth_date":
        return 'c."birth_date"'
    return value(asked, params, leaf.zone)


def _changes(asked: Property, params: Params) -> str:
    """The latest recorded changes."""
    of_company = asked.source == "company"
    table = "contacts_companyhistory" if of_company else "contacts_attributehistory"
    whose = "h.company_id = co.id" if of_company else "h.contact_id = c.id"
    changes = (
        "SELECT jsonb_agg(jsonb_build_object('at', h.at, 'from', h.old, 'to', h.new) ORDER BY h.at DESC)"
        f" FROM (SELECT * FROM {table} AS h WHERE {whose} AND h.key = {params.add(asked.name, 'text')}"
        f" AND h.at <= {params.now()} ORDER BY h.at DESC LIMIT {MOST_SHOWN}) AS h"
    )
    return f"jsonb_build_object('changes', COALESCE(({changes}), '[]'))"


def _events(leaf: Performed | Occurred, chosen: str, params: Params) -> str:
    """How many events count, from when to when, and those that matter most: the latest, or the one that is asked."""
    keys = _keys(leaf.where)
    if isinstance(leaf, Performed) and leaf.of:
        keys = [*keys, leaf.of]
    order, some = "e.occurred_at DESC, e.id DESC", f"1:{MOST_SHOWN}"
    if isinstance(leaf, Occurred):
        order = order if leaf.which == "last" else "e.occurred_at, e.id"
        place = leaf.which if isinstance(leaf.which, int) else 1
        some = f"{place}:{place}"
    return compile.events.correlated(leaf, params)(_summary(leaf.event, keys, chosen, order, some))


def _summary(event: str, keys: Iterable[str], chosen: str, order: str, some: str) -> str:
    meant = f"FILTER (WHERE {chosen})"
    return (
        f"jsonb_build_object('count', count(*) {meant}, 'first_at', min(e.occurred_at) {meant},"
        f" 'last_at', max(e.occurred_at) {meant}, 'events',"
        f" COALESCE(to_jsonb((array_agg({_event(event, keys)} ORDER BY {order}) {meant})[{some}]), '[]'))"
    )


def _event(name: str, keys: Iterable[str]) -> str:
    """One event with those of its properties that were asked."""
    asked = ", ".join(
        [f"{quoted(key)}, e.properties -> {quoted(key)}" for key in [*dict.fromkeys(keys)][:MOST_PROPERTIES]]
    )
    return (
        f"jsonb_build_object('id', e.id, 'event', {quoted(name)}::text, 'occurred_at', e.occurred_at,"
        f" 'properties', jsonb_strip_nulls(jsonb_build_object({asked})))"
    )


def _step(place: int, step: Step, leaf: Following, params: Params) -> str:
    """The latest events that could be this step."""
    keys = [*_keys(step.where), *([leaf.same] if leaf.same else [])]
    window = None if step.negated else leaf.window
    chosen = (
        f"{compile.windows.inside('e.occurred_at', window, params, leaf.zone)}"
        f" AND {compile.events.event_filter(step.where, params)}"
    )
    summary = _summary(step.event, keys, chosen, "e.occurred_at DESC, e.id DESC", f"1:{MOST_SHOWN}")
    return f"(SELECT jsonb_build_object('step', {place}) || {summary} {compile.events.own(step.event, params)})"


def _keys(where: Node | None) -> list[str]:
    """The properties of the event that a `where` reads."""
    match where:
        case None:
            return []
        case All(children) | AnyOf(children) | AtLeast(_, children):
            return [key for child in children for key in _keys(child)]
        case Not(child) | Marked(child):
            return _keys(child)
        case Compare(property, _, PropertyRef(other)):
            return [property.key, other.key]
        case Compare(property):
            return [property.key]
        case AnyItem(key):
            return [key]
        case _:
            return []


def _entered(segment_id: int) -> str:
    found = f"m.contact_id = c.id AND m.segment_id = {segment_id}"
    return f"(SELECT m.entered_at FROM segments_membership AS m WHERE {found})"


def _consent(channel: str, topic: str, params: Params) -> str:
    named = f"'channel', {params.add(channel, 'text')}, 'topic', {params.add(topic, 'text')}"
    answered = (
        f"SELECT jsonb_build_object({named}, 'status', k.status, 'changed_at', k.changed_at)"
        f" FROM contacts_consent AS k WHERE k.contact_id = c.id AND k.channel = {params.add(channel, 'text')}"
        f" AND k.topic = {params.add(topic, 'text')}"
    )
    return f"COALESCE(({answered}), jsonb_build_object({named}, 'status', 'never'))"


def _colleagues(child: Node, params: Params) -> str:
    inner = compile.condition(child, params)
    found = (
        f"SELECT jsonb_build_object('of', count(*), 'matching', count(*) FILTER (WHERE {inner}), 'ids',"
        f" COALESCE(to_jsonb((array_agg(c.id ORDER BY c.id) FILTER (WHERE {inner}))[1:{MOST_SHOWN}]), '[]'))"
        f" {people.OTHERS}"
    )
    return f"jsonb_build_object('colleagues', ({found}))"
