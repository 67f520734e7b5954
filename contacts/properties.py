"""What the properties of an event type hold, told from its newest events: types, how often, and frequent values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from .models import Event

LOOKED = 1_000
# Of one event, and of one property: what is beyond says nothing more to a reader.
MOST_PROPERTIES, MOST_VALUES, LONGEST, DEEPEST = 200, 5_000, 200, 2
TOP = 5

TYPES = {
    "text": _("text"),
    "number": _("number"),
    "boolean": _("yes or no"),
    "date": _("date"),
    "datetime": _("date and time"),
    "list": _("list"),
    "object": _("object"),
    "null": _("empty"),
}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True)
class Value:
    text: str
    count: int


@dataclass
class Property:
    """One name. `known` events have it; `values` are counted as texts, up to MOST_VALUES different ones."""

    name: str
    known: int = 0
    types: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def type_names(self) -> list[str]:
        return [str(TYPES[kind]) for kind, _count in self.types.most_common()]

    @property
    def top(self) -> list[Value]:
        """The frequent values; none where nearly every event has one of its own."""
        if len(self.values) > self.known * 0.9 and self.known > TOP * 4:
            return []
        return [Value(text, count) for text, count in self.values.most_common(TOP)]

    @property
    def different(self) -> int:
        return len(self.values)

    @property
    def is_plain(self) -> bool:
        """Whether its values can be asked for: not inside of a list."""
        return "." not in self.name and "[]" not in self.name


@dataclass(frozen=True)
class Sample:
    """The properties found in so many of the newest events, those known most often first."""

    properties: list[Property]
    looked_at: int
    since: datetime | None

    @property
    def is_whole(self) -> bool:
        return self.looked_at < LOOKED


def sample(type_id: int) -> Sample:
    rows = Event.objects.filter(type=type_id).order_by("-occurred_at")
    events = list(rows.values_list("properties", "occurred_at")[:LOOKED])
    found: dict[str, Property] = {}
    for properties, _at in events:
        seen: set[str] = set()
        for name, value in _flat(properties):
            if name not in found and len(found) >= MOST_PROPERTIES:
                continue
            _count(found.setdefault(name, Property(name)), value, first=name not in seen)
            seen.add(name)
    known = sorted(found.values(), key=lambda one: (-one.known, one.name))
    return Sample(known, len(events), events[-1][1] if events else None)


def _flat(properties: Mapping[str, Any], within: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Properties of objects inside too, as `address.city`, and of the items of lists, as `items[].sku`."""
    for key, value in properties.items():
        name = f"{within}{key}"[:LONGEST]
        yield name, value
        if depth < DEEPEST and isinstance(value, dict):
            yield from _flat(value, f"{name}.", depth + 1)
        elif depth < DEEPEST and isinstance(value, list):
            for item in value[:20]:
                if isinstance(item, dict):
                    yield from _flat(item, f"{name}[].", depth + 1)


def _count(found: Property, value: Any, *, first: bool) -> None:
    found.known += first
    found.types[_type_of(value)] += 1
    match value:
        case None | dict():
            return
        case list():
            items = [item for item in value if not isinstance(item, dict | list)]
        case _:
            items = [value]
    for item in items:
        text = _text(item)
        if text in found.values or len(found.values) < MOST_VALUES:
            found.values[text] += 1
        if isinstance(item, int | Decimal) and not isinstance(item, bool):
            number = Decimal(item)
            found.low = number if found.low is None else min(found.low, number)
            found.high = number if found.high is None else max(found.high, number)


def _type_of(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float() | Decimal():
            return "number"
        case list():
            return "list"
        case dict():
            return "object"
        case str() if _DATE.fullmatch(value):
            return "date"
        case str() if _INSTANT.fullmatch(value):
            return "datetime"
    return "text"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:LONGEST]
