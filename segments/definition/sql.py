"""Pieces shared by everything that writes SQL for definitions: parameters, folding, and where a property lives."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from psycopg.sql import Literal

from contacts.fields import FieldType

from .schema import Property
from .windows import CalendarUnit, Span, period_start

T = FieldType
CONTACT_ZONE = "contact"
# The one collation under which text is folded, wherever the database was made: simple case folding, accents kept.
COLLATION = '"pg_c_utf8"'
# PostgreSQL also reads words such as `today` as dates; only ISO 8601 is meant here, and no year BC.
ISO = r"'^\d{4}-\d{2}-\d{2}(?!.*[Bb][Cc])'"
OFFSET = r"'[T ].*(Z|[+-]\d{2}(:?\d{2})?)$'"


@dataclass
class Params:
    """The values of one statement, and how the account counts days and money. Constants stand in its text, so that the
    server plans with them and keeps the plan; what depends on the clock is a parameter, worked out for each execution.

    `members` is the table that says who is in which list.
    """

    zone: str = "UTC"
    currency: str = "USD"
    fiscal: int = 1
    members: str = "segments_membership"
    clocks: dict[str, Callable[[datetime], Any]] = field(default_factory=dict)
    _names: dict[Hashable, str] = field(default_factory=dict)

    def add(self, value: Any, cast: str) -> str:
        """A constant as an SQL literal of type `cast`."""
        return f"{Literal(value).as_string().replace('%', '%%')}::{cast}"

    def clock(self, key: Hashable, work_out: Callable[[datetime], Any], cast: str) -> str:
        """A value that depends on `now` alone; `key` tells equal ones apart from others."""
        if key not in self._names:
            self._names[key] = f"c{len(self._names)}"
            self.clocks[self._names[key]] = work_out
        return f"%({self._names[key]})s::{cast}"

    def now(self) -> str:
        return self.clock("now", lambda now: now, "timestamptz")

    def today(self, zone: str | None) -> str:
        """The local date in `zone`: an IANA name, "contact", or None for the account's."""
        if zone == CONTACT_ZONE:
            return f"({self.now()} AT TIME ZONE {self.zone_sql(zone)})::date"
        named = zone or self.zone
        return self.clock(("today", named), lambda now: local_date(now, named), "date")

    def before(self, span: Span, zone: str | None) -> str:
        """The instant so long before now; months and years by the calendar of `zone`."""
        if zone == CONTACT_ZONE and span.elapsed is None:
            return f"crmseg_months({self.now()}, {-span.months}, {self.zone_sql(zone)})"
        named = self.zone if zone is None or zone == CONTACT_ZONE else zone
        return self.clock(("before", span, named), lambda now: span.before(now, named), "timestamptz")

    def period(self, unit: CalendarUnit, shift: int, zone: str | None) -> str:
        """The first instant of the calendar unit that holds now, or of the one `shift` units later."""
        if zone == CONTACT_ZONE:
            day = f"crmseg_period({self.today(zone)}, {quoted(unit)}, {shift}, {self.fiscal})"
            return midnight(day, self.zone_sql(zone))
        named, fiscal = zone or self.zone, self.fiscal
        key = ("period", unit, shift, named)
        return self.clock(key, lambda now: period_start(now, unit, shift, named, fiscal), "timestamptz")

    def zone_sql(self, zone: str | None) -> str:
        """The name of `zone` as SQL. The contact's own is read from the contact `c`, else the account's counts."""
        if zone == CONTACT_ZONE:
            return f"crmseg_zone(c.time_zone, {quoted(self.zone)})"
        return quoted(zone or self.zone)

    def at(self, now: datetime) -> dict[str, Any]:
        """The parameters of an execution at `now`."""
        return {name: work_out(now) for name, work_out in self.clocks.items()}


def local_date(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def fold(text: str) -> str:
    """`text` as case-insensitive comparison sees it."""
    return f"casefold({text} COLLATE {COLLATION})"


def folded_elements(array: str) -> str:
    return f"ARRAY(SELECT {fold('one')} FROM unnest({array}) AS one)"


def midnight(day: str, zone: str) -> str:
    """The instant at which the local `day` begins; `zone` is SQL too."""
    return f"crmseg_instant(({day})::timestamp, {zone})"


def value(asked: Property, params: Params, zone: str | None = None) -> str:
    """The property as an SQL value of its own type: NULL where unknown, whatever was written by whatever hand.

    Instants that were written without an offset are meant in `zone`.
    """
    if asked.source == "event":
        return typed(asked.type, "e.properties", asked.key, params.zone_sql(zone))
    if asked.sql:
        return asked.sql.replace("%", "%%")
    table = "co" if asked.source == "company" else "c"
    if asked.reads_clock:
        return f"crmseg_age({born(asked)}, {params.today(None)})"
    if asked.column:
        column = f'{table}."{asked.column}"'
        match asked.type:
            case T.TEXT | T.ENUM | T.ORDERED_ENUM:
                return f"NULLIF({column}, '')"
            case T.MULTI_ENUM:
                return f"NULLIF({column}, '{{}}')"
            case T.LOCATION:
                return f"CASE WHEN {table}.longitude IS NOT NULL THEN {table}.latitude END"
            case T.DATE | T.DATETIME:
                # Infinity and years BC can be stored, and break the arithmetic of the calendar.
                return f"CASE WHEN {column} BETWEEN '0001-01-01' AND '9999-12-31' THEN {column} END"
            case _:
                return column
    return typed(asked.type, f"{table}.attributes", asked.name, params.zone_sql(zone))


def born(age: Property) -> str:
    """The day from which this age is counted, NULL where it is none."""
    column = f'c."{age.column}"'
    return f"CASE WHEN {column} BETWEEN '0001-01-01' AND '9999-12-31' THEN {column} END"


def presence(asked: Property) -> str:
    """An event's property of whatever type, NULL when it is absent or empty."""
    json = f"(e.properties -> {quoted(asked.key)})"
    return f"""CASE WHEN {json} NOT IN ('null', '""', '[]') THEN {json} END"""


def typed(type: FieldType, column: str, key: str, zone: str) -> str:
    name = quoted(key)
    json, text = f"({column} -> {name})", f"({column} ->> {name})"
    match type:
        case T.TEXT | T.ENUM | T.ORDERED_ENUM:
            return f"CASE WHEN jsonb_typeof({json}) IN ('string', 'number', 'boolean') THEN NULLIF({text}, '') END"
        case T.NUMBER | T.MONEY:
            return f"CASE WHEN jsonb_typeof({json}) = 'number' THEN {text}::numeric END"
        case T.BOOLEAN:
            return f"CASE WHEN jsonb_typeof({json}) = 'boolean' THEN {text}::boolean END"
        case T.DATE:
            return f"CASE WHEN {text} ~ {ISO} AND pg_input_is_valid({text}, 'date') THEN {text}::date END"
        case T.DATETIME:
            valid = f"{text} ~ {ISO} AND pg_input_is_valid({text}, 'timestamptz')"
            local = f"crmseg_instant({text}::timestamp, {zone})"
            return f"CASE WHEN {valid} THEN CASE WHEN {text} ~ {OFFSET} THEN {text}::timestamptz ELSE {local} END END"
        case T.MULTI_ENUM:
            elements = f"ARRAY(SELECT one FROM jsonb_array_elements_text({json}) AS one WHERE one IS NOT NULL)"
            return f"CASE WHEN jsonb_typeof({json}) = 'array' THEN NULLIF({elements}, '{{}}') END"
        case T.LOCATION:
            return f"CASE WHEN jsonb_typeof({json}) = 'object' THEN {json} END"


def quoted(text: str) -> str:
    """A string literal inside a statement that also has parameters."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"
