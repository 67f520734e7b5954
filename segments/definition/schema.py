"""What definitions may speak about: properties, event types and lists, as they stand when one is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from django.utils.functional import Promise

from contacts.fields import FieldType


@dataclass(frozen=True)
class Property:
    """One thing known of a contact, its company, or an event. Equal keys of one source are the same property."""

    key: str
    type: FieldType
    source: Literal["contact", "company", "event"] = "contact"
    column: str = field(default="", compare=False)
    """The table's own column, or empty where the value lives in the JSON of custom values."""
    label: str | Promise = field(default="", compare=False)
    group: str | Promise = field(default="", compare=False)
    options: tuple[str, ...] = field(default=(), compare=False)
    option_labels: Mapping[str, str | Promise] = field(default_factory=dict, compare=False)
    """What people call the options that have a name beside their key."""
    suggestions: tuple[str, ...] = field(default=(), compare=False)
    reads_clock: bool = field(default=False, compare=False)
    """True for `age`, which changes on birthdays although nobody writes it."""
    sql: str = field(default="", compare=False)
    """How it is read of the contact `c`, where it is worked out and kept elsewhere."""
    recorded: bool = field(default=True, compare=False)
    """Whether its changes are kept."""
    past: str = field(default="", compare=False)
    """How it is read of the contact `c` as of an instant that is over, where what is worked out can be told of it."""

    @property
    def name(self) -> str:
        """The key inside its own source: `industry` of `company.industry`."""
        return self.key.removeprefix("company.") if self.source == "company" else self.key

    def called(self, value: object) -> str | None:
        """What people call this value, where it is an option with a name."""
        label = self.option_labels.get(value) if isinstance(value, str) else None
        return None if label is None else str(label)


@dataclass(frozen=True)
class ListedSegment:
    """A list as other lists see it."""

    id: int
    name: str
    reads: frozenset[int]


@dataclass(frozen=True)
class Catalogue:
    """The properties, event types and lists of this account, and how it counts days and money."""

    properties: Mapping[str, Property]
    event_types: frozenset[str]
    segments: Mapping[int, ListedSegment]
    zone: str = "UTC"
    currency: str = "USD"
    fiscal_start: int = 1
