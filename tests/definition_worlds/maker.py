"""Fills the database with a world around one moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from contacts import money
from contacts.models import AttributeDefinition, Company, Contact, Event, EventType
from segments.models import Segment

from .. import oracle
from . import past
from .reading import read_world
from .words import (
    CARTS,
    COMPANIES,
    COMPANY_CUSTOM,
    CUSTOM,
    DAY_SPANS,
    EVENTS,
    OPTIONS,
    OWN_ZONES,
    PEOPLE,
    PLACES,
    SIZES,
    SPANS,
    STAGES,
    TAGS,
    TICK,
    UNITS,
    WORDS,
    said,
)

QUANTITIES = (0, 1, 2, 3, Decimal("2.5"), Decimal("2.50"))


def attributes() -> None:
    """The account's own attributes, one of every type."""
    for entity, keys in (("contact", CUSTOM), ("company", COMPANY_CUSTOM)):
        for key, kind in keys.items():
            AttributeDefinition.objects.create(
                entity=entity, key=key, label=key, type=kind, options=list(OPTIONS.get(key, ()))
            )


class Maker:
    """Draws people, companies, events and what was before, and stores them as the product stores them."""

    def __init__(self, random: Random, zone: str, now: datetime, people: int = PEOPLE, fiscal_start: int = 1):
        self.random, self.zone, self.now, self.size, self.fiscal_start = random, zone, now, people, fiscal_start
        self.instants = [*(self.instant() for _ in range(13)), *(self.turn() for _ in range(7))]
        self.days = [self.day() for _ in range(10)]

    def make(self, zone: str, currency: str) -> oracle.World:
        self.people(self.companies())
        ids = list(Contact.objects.order_by("id").values_list("id", flat=True))
        self.events(ids)
        for name in ("Some", "Others"):
            segment = Segment.objects.create(name=name, kind="static")
            past.lists(self, segment, ids)
        past.histories(self, ids)
        past.answers(self, ids)
        past.cutoffs(self)
        return read_world(zone, currency, self.fiscal_start)

    # Moments

    def instant(self) -> datetime:
        n, unit = self.random.choice(SPANS)
        edge = self.random.choice((oracle.ago(n, unit, self.now, self.zone), self.now))
        near = (0, 0, 1, -1, 3600 * 10**6, -3600 * 10**6, 86400 * 10**6, -86400 * 10**6, self.random.randrange(10**11))
        return edge + timedelta(microseconds=self.random.choice(near))

    def turn(self) -> datetime:
        """Where a day, a week or a year begins in the account's zone or in another, and a moment before."""
        unit, zone = self.random.choice(UNITS), self.random.choice((self.zone, self.zone, *OWN_ZONES))
        day = oracle.start_of_unit(oracle.local_day(self.now, zone), unit, self.fiscal_start)
        start = oracle.midnight(oracle.shifted(day, self.random.choice((0, 0, 0, -1, -1, -2)), unit), zone)
        return start - self.random.choice((0, 0, 1)) * TICK

    def day(self) -> date:
        today = oracle.local_day(self.now, self.zone)
        n, unit = self.random.choice(DAY_SPANS)
        near = timedelta(days=self.random.randrange(-1, 2))
        return oracle.shifted(today, self.random.choice((n, -n, 0)), unit) + near

    def birthday(self) -> date:
        day = self.random.choice((*self.days, date(2004, 2, 29), date(2001, 2, 28), date(2000, 3, 1)))
        return oracle.anniversary(day, day.year - self.random.choice((0, 1, 18, 40))) if day.month != 2 else day

    # Values

    def maybe(self, draw: Callable[[], Any], *nothing: Any) -> Any:
        """A value, or one of the ways to have none."""
        return draw() if self.random.random() < 0.8 else self.random.choice((None, *nothing))

    def word(self) -> str:
        return self.random.choice(WORDS)

    def tags(self) -> list[str]:
        return self.random.sample(TAGS, self.random.randrange(1, 4))

    def number(self) -> Any:
        return self.random.choice((0, 1, 5, -3, Decimal("19.99"), Decimal("0.1"), Decimal("5.50"), 10**15))

    def amount(self) -> Decimal:
        return self.random.choice((Decimal("19.99"), Decimal("20"), Decimal("0.0001"), Decimal("-5"), Decimal("1E+6")))

    def place(self) -> tuple[float, float]:
        return self.random.choice(PLACES)

    def companies(self) -> list[Company]:
        made = []
        for _ in range(COMPANIES):
            custom = {
                "c_since": self.maybe(lambda: self.random.choice(self.days).isoformat(), "soon"),
                "c_tier": self.maybe(lambda: self.random.choice(SIZES), ""),
            }
            company = Company.objects.create(
                name=self.maybe(self.word, ""),
                employees=self.maybe(lambda: self.random.choice((0, 5, 50, 51, 5000))),
                revenue=self.maybe(self.amount),
                attributes=custom,
            )
            made.append(company)
        return made

    def people(self, companies: list[Company]) -> None:
        """A company of one, one of nobody, and larger ones."""
        contacts = []
        for number in range(self.size):
            company = companies[0] if number == 0 else self.random.choice([*companies[2:], None])
            contacts.append(Contact(**self.standard(), company=company, attributes=self.custom()))
        created = Contact.objects.bulk_create(contacts)
        for contact in created:
            address, number = f"P{contact.pk}@example.org", f"+3901100{contact.pk}"
            contact.created_at = self.random.choice(self.instants)
            contact.email = address if self.random.random() < 0.8 else None
            contact.phone = number if self.random.random() < 0.8 else self.random.choice((None, ""))
        Contact.objects.bulk_update(created, ["created_at", "email", "phone"])

    def standard(self) -> dict[str, Any]:
        place = self.maybe(self.place, (42.36, None))
        return {
            "first_name": self.maybe(self.word, ""),
            "city": self.maybe(self.word, ""),
            "job_title": self.maybe(self.word, ""),
            "time_zone": self.maybe(lambda: self.random.choice(OWN_ZONES), "", "Mars/Olympus"),
            "interests": self.maybe(self.tags, []),
            "apps": self.maybe(self.tags, []),
            "birth_date": self.maybe(self.birthday),
            "budget": self.maybe(self.amount),
            "lifecycle_stage": self.maybe(lambda: self.random.choice(STAGES), "", "Customer"),
            "latitude": place and place[0],
            "longitude": place and place[1],
        }

    def custom(self) -> dict[str, Any]:
        drawn = {
            "c_text": self.maybe(self.word, "", 5, True, ["x"]),
            "c_number": self.maybe(self.number, "5", "", True),
            "c_money": self.maybe(self.amount, "19.99"),
            "c_boolean": self.maybe(lambda: self.random.random() < 0.5, "true", 1),
            "c_boolean2": self.maybe(lambda: self.random.random() < 0.5, "false", 0),
            "c_date": self.maybe(lambda: self.random.choice(self.days).isoformat(), "2026-02-30", "soon", 2026),
            "c_datetime": self.maybe(lambda: said(self.random.choice(self.instants)), "today", ""),
            "c_enum": self.maybe(lambda: self.random.choice(SIZES), "", "xl"),
            "c_ordered": self.maybe(lambda: self.random.choice(SIZES), "", "huge"),
            "c_ordered2": self.maybe(lambda: self.random.choice(SIZES), "", "tiny"),
            "c_tags": self.maybe(self.tags, [], "golf", [""], [None, "Golf"], [None], [3, True]),
            "c_location": self.maybe(
                lambda: dict(zip(("lat", "lon"), self.place(), strict=True)), "Boston", {"lat": "42.36", "lon": 1}, {}
            ),
        }
        return {key: value for key, value in drawn.items() if self.random.random() < 0.9}

    # Events

    def events(self, ids: list[int]) -> None:
        types = {name: EventType.objects.get_or_create(name=name)[0] for name in EVENTS}
        rows = []
        for contact in ids:
            for _ in range(self.random.choice((0, 1, 2, 3, 4, 6, 8))):
                event = self.event()
                amount, currency = stored_amount(event["properties"])
                rows.append(
                    Event(
                        contact_id=contact, type=types[event["name"]], occurred_at=event["at"], received_at=self.now,
                        properties=event["properties"], amount=amount, currency=currency,
                    )
                )  # fmt: skip
        Event.objects.bulk_create(rows)

    def event(self) -> dict[str, Any]:
        drawn = {
            "quantity": self.maybe(
                lambda: self.random.choice((0, 1, 2, 3, Decimal("2.5"), Decimal("2.50"))), "2", True
            ),
            "category": self.maybe(self.word, "", 7),
            "wanted": self.maybe(self.word, "", 7),
            "labels": self.maybe(self.tags, [], "golf wine", 3, [None, "Golf"], [None]),
            "others": self.maybe(self.tags, []),
            "gift": self.maybe(lambda: self.random.random() < 0.5, "true", {}, []),
            "due": self.maybe(lambda: said(self.random.choice(self.instants)), *self.odd_times()),
            "where": self.maybe(lambda: dict(zip(("lat", "lon"), self.place(), strict=True)), "Boston", {"lat": "1"}),
            "cart": self.random.choice((*CARTS, None, "")),
            "lines": self.random.choice((self.lines(), self.lines(), [], "none", [1, "x", None])),
        }
        properties = {key: value for key, value in drawn.items() if self.random.random() < 0.8}
        if self.random.random() < 0.8:
            currency = self.random.choice(("USD", "USD", "USD", "EUR", "JPY", None))
            whole = self.random.choice((5, 5, 20, 20, -5))
            properties |= {"revenue": whole if currency == "JPY" else whole + Decimal("0.99")}
            properties |= {"currency": currency} if currency else {}
        name = self.random.choice(EVENTS if self.random.random() < 0.3 else EVENTS[:2])
        return {"name": name, "at": self.random.choice(self.instants), "properties": properties}

    def lines(self) -> list[Any]:
        """The products of an order, each with parts of its own."""
        return [
            {
                "sku": self.maybe(self.word, ""),
                "price": self.maybe(lambda: self.random.choice((1, 5, Decimal("19.99"))), "5"),
                "labels": self.maybe(self.tags, []),
                "parts": [{"sku": self.word()} for _ in range(self.random.randrange(3))],
            }
            if self.random.random() < 0.9
            else self.random.choice((None, "sku", [{"sku": "x"}]))
            for _ in range(self.random.randrange(1, 4))
        ]

    def odd_times(self) -> tuple[Any, ...]:
        """Instants without an offset, mere days, and what is no time at all."""
        local = self.random.choice(self.instants).astimezone(ZoneInfo("UTC")).replace(tzinfo=None, microsecond=0)
        return local.isoformat(), self.random.choice(self.days).isoformat(), "tomorrow", "2026-13-01", 20260131


def stored_amount(properties: dict[str, Any]) -> tuple[int | None, str | None]:
    """As recording an event stores it: minor units, in the account's currency where none is named."""
    if "revenue" not in properties:
        return None, None
    currency = properties.get("currency", "USD")
    return money.to_minor(Decimal(properties["revenue"]), currency), currency
