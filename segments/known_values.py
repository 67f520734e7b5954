"""The values that contacts and events have, the most frequent first. Counts of contacts are exact; those of events are
of the latest ones of their type, because there may be very many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import available_timezones

from django.db import connection

from contacts.consent_topics import topic_names
from contacts.fields import FieldType
from contacts.models import EventType

from .definition.schema import Property

MOST = 20
RECENT = 5_000
_WORDS = frozenset({FieldType.TEXT, FieldType.ENUM, FieldType.ORDERED_ENUM, FieldType.MULTI_ENUM})


@dataclass(frozen=True)
class Known:
    """One value and how many have it; `label` is what people call it where that is something else, and `fills` are the
    fields of a row that choosing it fills in."""

    value: str
    count: int | None
    fills: Mapping[str, str] = field(default_factory=dict)
    label: str | None = None


def property_values(known: Property, q: str) -> list[Known]:
    """What contacts have in this property; then what may be chosen although nobody has it yet."""
    if known.type not in _WORDS:
        return []
    if known.option_labels:
        return _labelled(known, q.casefold())
    counted = _counted(known, q)
    return [*counted, *(one for one in _not_yet(known, counted) if q.casefold() in one.value.casefold())][: MOST * 2]


def _labelled(known: Property, q: str) -> list[Known]:
    """Found by the names that people read."""
    counted = _counted(known, "")
    found = [replace(one, label=known.called(one.value)) for one in (*counted, *_not_yet(known, counted))]
    return [one for one in found if q in (one.label or one.value).casefold()][: MOST * 2]


def _not_yet(known: Property, counted: Sequence[Known]) -> list[Known]:
    seen = {one.value for one in counted}
    return [Known(option, 0) for option in (*known.options, *known.suggestions) if option not in seen]


def event_names(q: str) -> list[Known]:
    """The event types seen so far."""
    found = EventType.objects.filter(name__icontains=q).order_by("name").values_list("name", flat=True)
    return [Known(name, None) for name in found[: MOST * 2]]


def event_properties(event: str, q: str, items: Sequence[str] = ()) -> list[Known]:
    """The names of the properties of an event type; of the items of one of its lists, of a list in these, and so on."""
    sql = """
        SELECT key, count(*) FROM ({recent}) AS recent, jsonb_object_keys(recent.properties) AS key
         WHERE strpos(lower(key), lower(%(q)s)) > 0
         GROUP BY key ORDER BY count(*) DESC, key LIMIT %(most)s
    """
    return [Known(one.value, None) for one in _of_events(sql, event, {"q": q}, items)]


def event_values(event: str, name: str, q: str, items: Sequence[str] = ()) -> list[Known]:
    """The values of one property of an event type, or of the items of one of its lists."""
    sql = """
        SELECT value, count(*)
          FROM ({recent}) AS recent, LATERAL (
                SELECT jsonb_array_elements_text(
                    CASE jsonb_typeof(recent.properties -> %(name)s) WHEN 'array' THEN recent.properties -> %(name)s
                    ELSE jsonb_build_array(recent.properties -> %(name)s) END) AS value
               ) AS each
         WHERE value IS NOT NULL AND strpos(lower(value), lower(%(q)s)) > 0
         GROUP BY value ORDER BY count(*) DESC, value LIMIT %(most)s
    """
    return _of_events(sql, event, {"q": q, "name": name}, items)


def topics(q: str) -> list[Known]:
    """What people were asked about, whatever the channel, with how many gave an answer; then what is declared."""
    sql = """
        SELECT topic, count(DISTINCT contact_id) FROM contacts_consent
         WHERE topic <> '' AND strpos(lower(topic), lower(%(q)s)) > 0
         GROUP BY topic ORDER BY count(*) DESC, topic LIMIT %(most)s
    """
    answered = _read(sql, {"q": q})
    seen = {one.value for one in answered}
    wanted = q.casefold()
    declared = [
        Known(key, 0)
        for key, name in topic_names().items()
        if key not in seen and (wanted in key.casefold() or wanted in name.casefold())
    ]
    return [*answered, *declared][: MOST * 2]


def zones(q: str) -> list[Known]:
    """The names of time zones; a space finds an underscore."""
    wanted = q.casefold().replace(" ", "_")
    found = [name for name in sorted(available_timezones()) if wanted in name.casefold() and "/" in name]
    return [Known(name, None) for name in found[: MOST * 2]]


def places(q: str) -> list[Known]:
    """Cities of contacts whose coordinates are known, each with the middle of them."""
    sql = """
        SELECT concat_ws(', ', city, country), count(*), round(avg(latitude)::numeric, 4)::text,
               round(avg(longitude)::numeric, 4)::text
          FROM contacts_contact
         WHERE city <> '' AND latitude IS NOT NULL AND longitude IS NOT NULL
           AND strpos(lower(city), lower(%(q)s)) > 0
         GROUP BY city, country ORDER BY count(*) DESC, city LIMIT %(most)s
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {"q": q, "most": MOST})
        rows = cursor.fetchall()
    return [Known(name, count, {"lat": lat, "lon": lon}) for name, count, lat, lon in rows]


def _counted(known: Property, q: str) -> list[Known]:
    table = "contacts_company" if known.source == "company" else "contacts_contact"
    value = f'"{known.column}"' if known.column else known.sql or "attributes ->> %(key)s"
    if known.type is FieldType.MULTI_ENUM:
        array = (
            f'unnest("{known.column}")'
            if known.column
            else (
                "jsonb_array_elements_text(CASE jsonb_typeof(attributes -> %(key)s) WHEN 'array'"
                " THEN attributes -> %(key)s ELSE '[]' END)"
            )
        )
        rows = f"SELECT {array} AS value FROM {table}"
    elif known.source == "company":
        rows = f"SELECT t.{value} AS value FROM contacts_contact AS c JOIN {table} AS t ON t.id = c.company_id"
    else:
        rows = f"SELECT {value} AS value FROM {table} AS c"
    sql = f"""
        SELECT value, count(*) FROM ({rows}) AS each
         WHERE value IS NOT NULL AND strpos(lower(value), lower(%(q)s)) > 0
         GROUP BY value ORDER BY count(*) DESC, value LIMIT %(most)s
    """
    return _read(sql, {"q": q, "key": known.name})


def _of_events(sql: str, event: str, parameters: dict[str, Any], items: Sequence[str] = ()) -> list[Known]:
    type_id = EventType.objects.filter(name=event).values_list("pk", flat=True).first()
    if type_id is None:
        return []
    recent = """
        SELECT properties FROM contacts_event WHERE type_id = %(type)s ORDER BY occurred_at DESC LIMIT %(recent)s
    """
    for depth, _item in enumerate(items):
        inside = f"outer_{depth}.properties -> %(item_{depth})s"
        recent = f"""
            SELECT item AS properties FROM ({recent}) AS outer_{depth}, jsonb_array_elements(
                CASE jsonb_typeof({inside}) WHEN 'array' THEN {inside} ELSE '[]' END) AS item
             WHERE jsonb_typeof(item) = 'object'
        """
    named = {f"item_{depth}": item for depth, item in enumerate(items)}
    return _read(sql.format(recent=recent), parameters | named | {"type": type_id, "recent": RECENT})


def _read(sql: str, parameters: dict[str, Any]) -> list[Known]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters | {"most": MOST})
        return [Known(value, count) for value, count in cursor.fetchall()]
