"""What a profile asks of people: every property that says something about a person, and every kind of event.

Each question is an expression over the contact `c` and its company `co`; a share is asked by a condition of our
language, so that whatever stands in a profile can be asked for in a list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from contacts.fields import FieldType
from contacts.models import EventType

from ...definition.compile.people import reachable
from ...definition.nodes import Reachable
from ...definition.schema import Catalogue, Property
from ...definition.sql import Params, value

DAYS, RECENT_DAYS = 365, 30
MOST_EVENTS = 60
T = FieldType
WORDS = frozenset({T.TEXT, T.ENUM, T.ORDERED_ENUM, T.MULTI_ENUM, T.BOOLEAN})
NUMBERS = frozenset({T.NUMBER, T.MONEY})
MOMENTS = frozenset({T.DATE, T.DATETIME})
_NAMES = frozenset(
    {"external_id", "email", "phone", "first_name", "last_name", "postal_code", "updated_at", "birth_date"}
    | {f"company.{key}" for key in ("name", "domain", "postal_code", "created_at", "updated_at")}
)
"""What names a person or a place to the door, or is said better by another property."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A property as SQL: of words their text, of numbers a number, of days how many ago."""

    about: Property
    sql: str

    @property
    def many(self) -> bool:
        return self.about.type is T.MULTI_ENUM


@dataclass(frozen=True)
class Bought:
    """The kind of event that is a purchase, and the property of it that says what was bought."""

    event: str
    of: str
    items: str = ""
    """The list-valued property whose items say it, where the event itself does not."""


def properties(known: Catalogue, params: Params, only: Iterable[str] | None = None) -> list[Asked]:
    """Everything that is asked, in the order of the catalogue; `only` some of it."""
    chosen = None if only is None else frozenset(only)
    found = []
    for key, one in known.properties.items():
        if key in _NAMES or (chosen is not None and key not in chosen):
            continue
        sql = value(one, params)
        if one.type in MOMENTS:
            found.append(Asked(one, f"(extract(epoch FROM {params.now()} - ({sql})::timestamptz) / 86400)"))
        elif one.type is T.BOOLEAN:
            found.append(Asked(one, f"({sql})::text"))
        elif one.type in WORDS | NUMBERS:
            found.append(Asked(one, sql))
    return found


def events(known: Catalogue) -> list[str]:
    """The kinds of events, those that campaigns report included."""
    names = EventType.objects.filter(name__in=known.event_types).order_by("pk").values_list("name", flat=True)
    return list(names[:MOST_EVENTS])


def reached(params: Params) -> str:
    return reachable(Reachable("email"), params)


def is_value(asked: Property, text: str) -> Json:
    """The condition that somebody has this value."""
    match asked.type:
        case T.MULTI_ENUM:
            return {"property": asked.key, "op": "contains_any", "value": [text]}
        case T.BOOLEAN:
            return {"property": asked.key, "op": "is_true" if text == "true" else "is_false"}
        case _:
            return {"property": asked.key, "op": "is", "value": text}


def did(event: str, days: int | None) -> Json:
    node: Json = {"event": event, "op": "did"}
    return node if days is None else node | {"window": {"last": days, "unit": "day"}}


def bought(what: Bought, value: str, days: int | None = DAYS) -> Json:
    """The condition that somebody bought this within so many days."""
    where: Json = {"property": what.of, "op": "is", "value": value}
    if what.items:
        where = {"any_item": what.items, "of": where}
    return did(what.event, days) | {"where": [where]}


def group_of(asked: Property) -> str:
    """Where it stands in the chooser of the builder, too."""
    return _("Company") if asked.source == "company" else str(asked.group) or _("Custom")
