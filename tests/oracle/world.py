"""Everything that definitions may ask about, as plain data, and the circumstances of one question."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from .calendars import Zone

Definition = dict[str, Any]
Event = dict[str, Any]
Change = dict[str, Any]
ZONES = available_timezones()


@dataclass
class World:
    """`contacts`: id → property → value as it is stored; a company's values stand there too, as `company.…`. `types`
    and `options` say what each property is. `events`: id → dicts with name, at and properties, where of two at one
    instant the one that was recorded first stands first. `members`: who was put into static lists. `definitions`:
    active lists.

    `histories` and `company_histories`: id → changes with key, old, new and at. `company_of`: contact → company.
    `ledger`: list → entries and exits with contact, change and at, in the order in which they were written.
    `entered`: (list, member) → since when. `consents`: (contact, channel, topic) → status. `suppressed`: (channel,
    address). `cutoffs`: (property, percentage) → the stored value there.
    """

    zone: str
    currency: str
    types: dict[str, str]
    options: dict[str, list[str]]
    contacts: dict[int, dict[str, Any]]
    events: dict[int, list[Event]]
    members: dict[int, set[int]] = field(default_factory=dict)
    definitions: dict[int, Definition] = field(default_factory=dict)
    fiscal_start: int = 1
    company_of: dict[int, int | None] = field(default_factory=dict)
    histories: dict[int, list[Change]] = field(default_factory=dict)
    company_histories: dict[int, list[Change]] = field(default_factory=dict)
    ledger: dict[int, list[Change]] = field(default_factory=dict)
    entered: dict[tuple[int, int], datetime] = field(default_factory=dict)
    consents: dict[tuple[int, str, str], str] = field(default_factory=dict)
    suppressed: set[tuple[str, str]] = field(default_factory=set)
    cutoffs: dict[tuple[str, Decimal], Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """Whom is asked, and when. Inside a `where`, `asked` is what is asked: an event's properties, or one line's."""

    world: World
    contact: int
    now: datetime
    asked: dict[str, Any] | None = None

    def zone(self, node: Definition) -> str:
        """The zone in which the node counts days. Where that is the contact's own, instants that the definition writes
        without an offset are meant in the account's."""
        zone = node.get("zone", "account")
        if zone == "contact":
            own = self.world.contacts[self.contact].get("time_zone")
            return Zone(own if own in ZONES else self.world.zone, self.world.zone)
        return self.world.zone if zone == "account" else str(zone)
