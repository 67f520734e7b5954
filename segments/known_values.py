"""The values that contacts and events have, the most frequent first. Counts of contacts are exact; those of events are
of the latest ones of their type, because there may be very many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from contacts.fields import FieldType
from contacts.models import EventType

from .definition.schema import Property

MOST = 20
RECENT = 5_000
_WORDS = frozenset({FieldType.TEXT, FieldType.ENUM, FieldType.ORDERED_ENUM, FieldType.MULTI_ENUM})


@dataclass(frozen=True)
class Known:
    value: str
    count: int | None


def property_values(known: Property, q: str) -> list[Known]:
    """What contacts have in this property; then what may be chosen although nobody has it yet."""
    if known.type not in _WORDS:
        return []
    counted = _counted(known, q)
    seen = {one.value for one in counted}
    offered = [option for option in (*known.options, *known.suggestions) if option not in seen]
    return [*counted, *(Known(option, 0) for option in offered if q.casefold() in option.casefold())][: MOST * 2]


def event_properties(event: str, q: str) -> list[Known]:
    """The names of the properties of an event type."""
    sql = """
        SELECT key, count(*) FROM ({recent}) AS recent, jsonb_object_keys(recent.properties) AS key
         WHERE strpos(lower(key), lower(%(q)s)) > 0
         GROUP BY key ORDER BY count(*) DESC, key LIMIT %(most)s
    """
    return [Known(one.value, None) for one in _of_events(sql, event, {"q": q})]


def event_values(event: str, name: str, q: str) -> list[Known]:
    """The values of one property of an event type."""
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
    return _of_events(sql, event, {"q": q, "name": name})


def _counted(known: Property, q: str) -> list[Known]:
    table = "contacts_company" if known.source == "company" else "contacts_contact"
    value = f'"{known.column}"' if known.column else "attributes ->> %(key)s"
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
        rows = f"SELECT {value} AS value FROM {table}"
    sql = f"""
        SELECT value, count(*) FROM ({rows}) AS each
         WHERE value IS NOT NULL AND strpos(lower(value), lower(%(q)s)) > 0
         GROUP BY value ORDER BY count(*) DESC, value LIMIT %(most)s
    """
    return _read(sql, {"q": q, "key": known.name})


def _of_events(sql: str, event: str, parameters: dict[str, Any]) -> list[Known]:
    type_id = EventType.objects.filter(name=event).values_list("pk", flat=True).first()
    if type_id is None:
        return []
    recent = """
        SELECT properties FROM contacts_event WHERE type_id = %(type)s ORDER BY occurred_at DESC LIMIT %(recent)s
    """
    return _read(sql.format(recent=recent), parameters | {"type": type_id, "recent": RECENT})


def _read(sql: str, parameters: dict[str, Any]) -> list[Known]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters | {"most": MOST})
        return [Known(value, count) for value, count in cursor.fetchall()]
