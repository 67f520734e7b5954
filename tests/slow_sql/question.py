"""What is known of the account while a definition is written as SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Definition = Mapping[str, Any]
ZONES_TABLE = "slow_sql_zones"
"""A table that whoever asks has to make: the names of all zones."""


class OwnZone(str):
    """The contact's own zone; what a definition writes without an offset is meant in another, the account's."""

    written: str

    def __new__(cls, sql: str, written: str) -> OwnZone:
        zone = super().__new__(cls, sql)
        zone.written = written
        return zone


@dataclass(frozen=True)
class Question:
    """`kept_as_json` are the properties that live in the column `attributes`; `members` is the table in which lists
    are looked up. Inside a `where`, `asked` is the SQL of the JSON object that is asked."""

    now: datetime
    zone: str
    currency: str
    types: Mapping[str, str]
    options: Mapping[str, list[str]]
    kept_as_json: frozenset[str]
    fiscal_start: int = 1
    members: str = "segments_membership"
    cutoffs: Mapping[tuple[str, Decimal], Decimal] = field(default_factory=dict)
    asked: str | None = None

    def about(self, asked: str) -> Question:
        return replace(self, asked=asked)

    @property
    def instant(self) -> str:
        """Now, as SQL."""
        return text(self.now)

    def today(self, zone: str) -> str:
        return local_day(self.instant, zone)

    def zone_of(self, node: Definition) -> str:
        """The zone in which the node counts days, as SQL."""
        name = node.get("zone", "account")
        if name == "contact":
            known = f"EXISTS (SELECT FROM {ZONES_TABLE} WHERE name = c.time_zone)"
            return OwnZone(f"CASE WHEN {known} THEN c.time_zone ELSE {text(self.zone)} END", text(self.zone))
        return text(self.zone if name == "account" else name)


def text(value: Any) -> str:
    """A constant."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return f"({value:f})::numeric" if isinstance(value, Decimal) else f"({value})::numeric"
        case float():
            return f"({value!r})::numeric"
        case datetime():
            return f"'{value.isoformat()}'::timestamptz"
        case date():
            return f"'{value.isoformat()}'::date"
        case list() | tuple():
            return f"ARRAY[{', '.join(text(one) for one in value)}]"
    return "'" + str(value).replace("'", "''") + "'::text"


def local_day(instant: str, zone: str) -> str:
    return f"((({instant}) AT TIME ZONE ({zone}))::date)"


def surely(condition: str) -> str:
    """What is not known to hold does not."""
    return f"COALESCE(({condition}), false)"
