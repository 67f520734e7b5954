"""Random worlds, and random definitions about them: every operator, with values taken from the world it asks.

Everything follows from one `random.Random`, so a seed makes the same world and the same questions again. Instants and
days are drawn from a few, each a microsecond, an hour or a day from where some window ends, so that windows are cut
where they bite.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from contacts import money
from contacts.models import AttributeDefinition, Company, Contact, Event, EventType
from segments.definition.operators import OPERATORS, Operator, Takes, for_measure
from segments.models import Membership, Segment

from . import oracle

ZONES = ("UTC", "Europe/Rome", "America/New_York", "America/Havana", "Australia/Lord_Howe")
OTHER_ZONES = ("account", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "America/Havana")
WALLS = (
    "2026-03-29T03:10:00",  # Rome has just lost an hour
    "2026-10-25T02:30:00",  # Rome sees this hour twice
    "2026-03-08T03:00:00",  # New York and Havana have just lost one
    "2026-11-01T01:30:00",  # New York sees this hour twice, Havana the one before
    "2026-11-01T00:20:00",
    "2026-04-05T01:45:00",  # Lord Howe turns back half an hour
    "2028-02-29T12:00:00",
    "2027-02-28T23:59:59",
    "2027-03-31T00:00:00",
    "2027-03-01T00:00:00",
    "2026-12-31T18:00:00",
    "2026-05-30T09:15:00",
)
SPANS = (
    (90, "minute"),
    (24, "hour"),
    (1, "day"),
    (7, "day"),
    (30, "day"),
    (2, "week"),
    (1, "month"),
    (13, "month"),
    (1, "year"),
)
DAY_SPANS = tuple(span for span in SPANS if span[1] not in {"minute", "hour"})
WORDS = (
    "İstanbul", "istanbul", "ISTANBUL", "ΟΔΟΣ", "οδος", "οδοσ", "Straße", "STRASSE", "STRAẞE", "Zoë", "ZOË", "Zoe",
    "Zoe\u0308", "100%", "a'b\\c", "%(p0)s", " ", "x",
)  # fmt: skip
TAGS = ("golf", "Golf", "Straße", "İ", "wine", "a,b", "{x}", '"')
EVENTS = ("Order Completed", "Page Viewed", "Rare")
UNSEEN = "Never Seen"
STAGES = ("subscriber", "lead", "marketing-qualified", "sales-qualified", "opportunity", "customer", "evangelist")
SIZES = ("S", "M", "L", "XL")
TICK = timedelta(microseconds=1)
MEASURES = ("count", "sum", "avg", "min", "max")
KINDS = ("text", "number", "boolean", "multi_enum", "datetime")
CUSTOM = {
    "c_text": "text", "c_number": "number", "c_money": "money", "c_boolean": "boolean", "c_date": "date",
    "c_datetime": "datetime", "c_enum": "enum", "c_ordered": "ordered_enum", "c_tags": "multi_enum",
    "c_location": "location",
}  # fmt: skip
COMPANY_CUSTOM = {"c_since": "date", "c_tier": "enum"}
OPTIONS = {"c_enum": SIZES, "c_ordered": SIZES, "c_tags": (), "c_tier": SIZES}
STANDARD = {
    "first_name": "text", "city": "text", "job_title": "text", "interests": "multi_enum", "apps": "multi_enum",
    "birth_date": "date", "age": "number", "budget": "money", "lifecycle_stage": "ordered_enum", "location": "location",
    "created_at": "datetime", "company.name": "text", "company.employees": "number", "company.revenue": "money",
}  # fmt: skip
PEOPLE = 40
COMPANIES = 6


def attributes() -> None:
    """The account's own attributes, one of every type."""
    for entity, keys in (("contact", CUSTOM), ("company", COMPANY_CUSTOM)):
        for key, kind in keys.items():
            AttributeDefinition.objects.create(
                entity=entity, key=key, label=key, type=kind, options=list(OPTIONS.get(key, ()))
            )


def instant(random: Random, zone: str) -> datetime:
    """A moment at which calendars and clocks are at their worst, or close to one."""
    wall = datetime.fromisoformat(random.choice(WALLS)).replace(tzinfo=ZoneInfo(zone), fold=random.choice((0, 1)))
    near = random.choice((timedelta(0), timedelta(0), TICK, -TICK, timedelta(minutes=random.randrange(-90, 90))))
    return wall.astimezone(UTC) + near


class Maker:
    """Fills the database with a world around `now`."""

    def __init__(self, random: Random, zone: str, now: datetime, people: int = PEOPLE):
        self.random, self.zone, self.now, self.size = random, zone, now, people
        self.instants = [self.instant() for _ in range(14)]
        self.days = [self.day() for _ in range(10)]

    def make(self, zone: str, currency: str) -> oracle.World:
        companies = self.companies()
        contacts, events = self.people(companies)
        types = STANDARD | CUSTOM | {f"company.{key}": kind for key, kind in COMPANY_CUSTOM.items()}
        options: dict[str, list[str]] = {
            "lifecycle_stage": list(STAGES),
            "c_enum": list(SIZES),
            "c_ordered": list(SIZES),
        }
        options["company.c_tier"] = list(SIZES)
        world = oracle.World(zone, currency, types, options, contacts, events)
        for name in ("Some", "Others"):
            world.members |= self.static(name, [pk for pk in contacts if self.random.random() < 0.4])
        return world

    def instant(self) -> datetime:
        n, unit = self.random.choice(SPANS)
        edge = self.random.choice((oracle.ago(n, unit, self.now, self.zone), self.now))
        near = (0, 0, 1, -1, 3600 * 10**6, -3600 * 10**6, 86400 * 10**6, -86400 * 10**6, self.random.randrange(10**11))
        return edge + timedelta(microseconds=self.random.choice(near))

    def day(self) -> date:
        today = oracle.local_day(self.now, self.zone)
        n, unit = self.random.choice(DAY_SPANS)
        return oracle.shifted(today, self.random.choice((n, -n, 0)), unit) + timedelta(
            days=self.random.randrange(-1, 2)
        )

    def birthday(self) -> date:
        day = self.random.choice((*self.days, date(2004, 2, 29), date(2001, 2, 28), date(2000, 3, 1)))
        return oracle.anniversary(day, day.year - self.random.choice((0, 1, 18, 40))) if day.month != 2 else day

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

    def companies(self) -> list[tuple[Company, dict[str, Any]]]:
        made = []
        for _ in range(COMPANIES):
            own = {
                "name": self.maybe(self.word, ""),
                "employees": self.maybe(lambda: self.random.choice((0, 5, 50, 51, 5000))),
                "revenue": self.maybe(self.amount),
            }
            custom = {
                "c_since": self.maybe(lambda: self.random.choice(self.days).isoformat(), "soon"),
                "c_tier": self.maybe(lambda: self.random.choice(SIZES), ""),
            }
            company = Company.objects.create(**own, attributes=custom)
            made.append((company, {f"company.{key}": value for key, value in (own | custom).items()}))
        return made

    def people(self, companies: list[tuple[Company, dict[str, Any]]]) -> tuple[dict[int, Any], dict[int, Any]]:
        rows, known = [], []
        for _ in range(self.size):
            company = self.random.choice([*companies, (None, {})])
            row, custom, created = self.standard(), self.custom(), self.random.choice(self.instants)
            rows.append((Contact(**row, company=company[0], attributes=custom), created))
            place = row.pop("latitude"), row.pop("longitude")
            known.append(
                row
                | custom
                | company[1]
                | {"created_at": created, "location": {"lat": place[0], "lon": place[1]} if None not in place else None}
            )
        contacts = Contact.objects.bulk_create([contact for contact, _ in rows])
        for contact, (_, created) in zip(contacts, rows, strict=True):
            contact.created_at = created
        Contact.objects.bulk_update(contacts, ["created_at"])
        ids = [contact.pk for contact in contacts]
        return dict(zip(ids, known, strict=True)), self.events(ids)

    def standard(self) -> dict[str, Any]:
        latitude = self.maybe(lambda: 42.36)
        return {
            "first_name": self.maybe(self.word, ""),
            "city": self.maybe(self.word, ""),
            "job_title": self.maybe(self.word, ""),
            "interests": self.maybe(self.tags, []),
            "apps": self.maybe(self.tags, []),
            "birth_date": self.maybe(self.birthday),
            "budget": self.maybe(self.amount),
            "lifecycle_stage": self.maybe(lambda: self.random.choice(STAGES), "", "Customer"),
            "latitude": latitude,
            "longitude": latitude and -71.06,
        }

    def custom(self) -> dict[str, Any]:
        drawn = {
            "c_text": self.maybe(self.word, "", 5, True, ["x"]),
            "c_number": self.maybe(self.number, "5", "", True),
            "c_money": self.maybe(self.amount, "19.99"),
            "c_boolean": self.maybe(lambda: self.random.random() < 0.5, "true", 1),
            "c_date": self.maybe(lambda: self.random.choice(self.days).isoformat(), "2026-02-30", "soon", 2026),
            "c_datetime": self.maybe(lambda: said(self.random.choice(self.instants)), "today", ""),
            "c_enum": self.maybe(lambda: self.random.choice(SIZES), "", "xl"),
            "c_ordered": self.maybe(lambda: self.random.choice(SIZES), "", "huge"),
            "c_tags": self.maybe(self.tags, [], "golf", [""]),
            "c_location": self.maybe(lambda: {"lat": 42, "lon": -71}, "Boston"),
        }
        return {key: value for key, value in drawn.items() if self.random.random() < 0.9}

    def events(self, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
        types = {name: EventType.objects.get_or_create(name=name)[0] for name in EVENTS}
        rows, known = [], {}
        for contact in ids:
            known[contact] = [self.event() for _ in range(self.random.choice((0, 1, 2, 3, 4, 6)))]
            for event in known[contact]:
                amount, currency = stored_amount(event["properties"])
                rows.append(
                    Event(
                        contact_id=contact, type=types[event["name"]], occurred_at=event["at"], received_at=self.now,
                        properties=event["properties"], amount=amount, currency=currency,
                    )
                )  # fmt: skip
        Event.objects.bulk_create(rows)
        return known

    def event(self) -> dict[str, Any]:
        drawn = {
            "quantity": self.maybe(lambda: self.random.choice((0, 1, 2, 3, Decimal("2.5"))), "2", True),
            "category": self.maybe(self.word, "", 7),
            "labels": self.maybe(self.tags, [], "golf wine", 3),
            "gift": self.maybe(lambda: self.random.random() < 0.5, "true", {}, []),
            "due": self.maybe(lambda: said(self.random.choice(self.instants)), *self.odd_times()),
        }
        properties = {key: value for key, value in drawn.items() if self.random.random() < 0.8}
        if self.random.random() < 0.8:
            currency = self.random.choice(("USD", "USD", "USD", "EUR", "JPY", None))
            whole = self.random.choice((5, 5, 20, 20, -5))
            properties |= {"revenue": whole if currency == "JPY" else whole + Decimal("0.99")}
            properties |= {"currency": currency} if currency else {}
        name = self.random.choice(EVENTS if self.random.random() < 0.3 else EVENTS[:2])
        return {"name": name, "at": self.random.choice(self.instants), "properties": properties}

    def odd_times(self) -> tuple[Any, ...]:
        """Instants without an offset, mere days, and what is no time at all."""
        local = self.random.choice(self.instants).astimezone(ZoneInfo("UTC")).replace(tzinfo=None, microsecond=0)
        return local.isoformat(), self.random.choice(self.days).isoformat(), "tomorrow", "2026-13-01", 20260131

    def static(self, name: str, ids: list[int]) -> dict[int, set[int]]:
        segment = Segment.objects.create(name=name, kind="static", size=len(ids))
        Membership.objects.bulk_create(Membership(segment=segment, contact_id=pk, entered_at=self.now) for pk in ids)
        return {segment.pk: set(ids)}


def stored_amount(properties: dict[str, Any]) -> tuple[int | None, str | None]:
    """As recording an event stores it: minor units, in the account's currency where none is named."""
    if "revenue" not in properties:
        return None, None
    currency = properties.get("currency", "USD")
    return money.to_minor(Decimal(properties["revenue"]), currency), currency


def said(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Asker:
    """Draws definitions about one world."""

    def __init__(self, random: Random, maker: Maker, world: oracle.World):
        self.random, self.maker, self.world = random, maker, world

    def every_leaf(self) -> list[oracle.Definition]:
        """Each operator on each type it has, in contacts and in events, and each measure with each of its operators."""
        drawn = [self.segment(op) for op in ("in", "not_in")]
        for operator in OPERATORS.values():
            for kind in sorted(operator.types):
                drawn += [
                    self.comparison(operator, self.property_of(kind))
                    for _ in range({"text": 5, "multi_enum": 4, "boolean": 1}.get(kind, 2))
                ]
                if kind in KINDS:
                    drawn.append(self.happened([self.in_event(operator, kind)]))
        for measure in MEASURES:
            for operator in for_measure():
                if fits(operator, measure):
                    drawn += [self.measure(operator, measure, self.often()) for _ in range(2)]
        return drawn

    def timely(self) -> oracle.Definition:
        """One condition that time alone can change."""
        kind = self.random.choice(("date", "datetime", "age", "window", "window", "where", "between"))
        if kind in {"date", "datetime"}:
            operators = [one for one in OPERATORS.values() if one.reads_clock and kind in one.types]
            return self.comparison(self.random.choice(operators), self.property_of(kind))
        if kind == "age":
            operators = [one for one in OPERATORS.values() if "number" in one.types]
            return self.comparison(self.random.choice(operators), "age")
        if kind == "where":
            operators = [one for one in OPERATORS.values() if one.reads_clock]
            return self.happened([self.in_event(self.random.choice(operators), "datetime")])
        node = self.performed()
        if kind == "window":
            n, unit = self.random.choice(SPANS)
            node |= {"window": {"last": n, "unit": unit}}
        return node

    def tree(self, depth: int = 4) -> oracle.Definition:
        """Any definition: groups in groups, labels, and parts that are switched off."""
        node = self.node(depth)
        return node if oracle.present(node) else self.leaf()

    def node(self, depth: int) -> oracle.Definition:
        kind = self.random.choice(("leaf", "all", "any", "not")) if depth else "leaf"
        if kind == "leaf":
            node = self.leaf()
        elif kind == "not":
            node = {"not": self.node(depth - 1)}
        else:
            node = {kind: [self.node(depth - 1) for _ in range(self.random.choice((1, 2, 2, 3)))]}
        return node | self.marks()

    def marks(self) -> dict[str, Any]:
        marks: dict[str, Any] = {"off": True} if self.random.random() < 0.06 else {}
        return marks | ({"label": "Why"} if self.random.random() < 0.1 else {})

    def leaf(self) -> oracle.Definition:
        kind = self.random.choice(
            ("property", "property", "event", "segment" if self.random.random() < 0.3 else "event")
        )
        if kind == "segment":
            return self.segment(self.random.choice(("in", "not_in")))
        if kind == "property":
            operator = self.random.choice([one for one in OPERATORS.values() if one.types])
            return self.comparison(operator, self.property_of(self.random.choice(sorted(operator.types))))
        return self.performed()

    def segment(self, op: str) -> oracle.Definition:
        return {"segment": self.random.choice([*self.world.members, *self.world.definitions]), "op": op}

    def property_of(self, kind: str) -> str:
        return self.random.choice([key for key, type in self.world.types.items() if type == kind])

    def comparison(self, operator: Operator, key: str) -> oracle.Definition:
        kind = self.world.types[key]
        return {"property": key, "op": operator.key} | self.operand(operator, kind, key) | self.flags()

    def flags(self) -> dict[str, Any]:
        flags = {"unknown": True, "case": True, "zone": self.random.choice(OTHER_ZONES)}
        return {key: value for key, value in flags.items() if self.random.random() < 0.25}

    def operand(self, operator: Operator, kind: str, key: str) -> dict[str, Any]:
        match operator.takes:
            case Takes.NOTHING:
                return {}
            case Takes.ONE:
                return {"value": self.value(kind, key, operator)}
            case Takes.MANY:
                most = (1, 1, 2) if operator.key == "contains_all" else (1, 2, 4)
                return {"value": [self.value(kind, key, operator) for _ in range(self.random.choice(most))]}
            case Takes.TWO:
                return {"value": self.two(lambda: self.value(kind, key, operator))}
            case Takes.SPAN:
                whole_days = kind == "date" or operator.key.startswith("anniversary")
                n, unit = self.random.choice(DAY_SPANS if whole_days else SPANS)
                return {"value": n, "unit": unit}

    def two(self, draw: Callable[[], Any]) -> list[Any]:
        low, high = draw(), draw()
        return sorted((low, high), key=lambda one: (one[:10], one) if isinstance(one, str) else one)

    def value(self, kind: str, key: str, operator: Operator) -> Any:
        """Something that somebody has, or nearly."""
        match kind:
            case "text":
                partly = "contain" in operator.key or "with" in operator.key
                return self.part_of(self.maker.word(), operator) if partly else self.maker.word()
            case "enum" | "ordered_enum":
                return self.random.choice(self.world.options[key])
            case "multi_enum":
                return self.random.choice(TAGS)
            case "number" if key == "age":
                return self.random.choice((0, 1, 18, 19, 40, 41))
            case "number" if key == "company.employees":
                return self.random.choice((5, 50, 51))
            case "number":
                return self.maker.number()
            case "money":
                return self.maker.amount()
            case "date":
                return (
                    self.maker.birthday().isoformat()
                    if key == "birth_date"
                    else self.random.choice(self.maker.days).isoformat()
                )
            case "datetime":
                return self.time()
        raise NotImplementedError(kind)

    def part_of(self, word: str, operator: Operator) -> str:
        """A letter or two from the end that the operator looks at, in one case or the other."""
        size = self.random.choice((1, 1, 1, 1, 2, len(word)))
        ends = {"starts": [word[:size]], "ends": [word[-size:]]}
        part = self.random.choice(
            ends.get(operator.key.removeprefix("not_").split("_")[0], [word[:size], word[-size:]])
        )
        return self.random.choice((part, part.upper(), part.lower()))

    def time(self) -> str:
        """An instant, or the day of one."""
        moment = self.random.choice(self.maker.instants)
        if self.random.random() < 0.3:
            return said(moment)
        return oracle.local_day(moment, self.maker.zone).isoformat()

    def performed(self) -> oracle.Definition:
        measure = self.random.choice(("count", *MEASURES))
        operator = self.random.choice([one for one in for_measure() if fits(one, measure)])
        node = self.measure(operator, measure, self.random.choice((self.often(), self.often(), *EVENTS, UNSEEN)))
        if self.random.random() < 0.3:
            node |= {"where": [self.where(2) for _ in range(self.random.choice((1, 2)))]}
        return node | self.window()

    def happened(self, where: list[oracle.Definition]) -> oracle.Definition:
        node = {"event": self.often(), "op": self.random.choice(("did", "did_not")), "where": where}
        return node | (self.window() if self.random.random() < 0.3 else {})

    def measure(self, operator: Operator, measure: str, event: str) -> oracle.Definition:
        """A measure of all events of the type, or now and then of those in a window."""
        node: oracle.Definition = {"event": event, "op": operator.key}
        of = self.random.choice(("revenue", "quantity"))
        if measure != "count":
            node |= {"measure": measure, "of": of}
            node |= {"currency": self.random.choice(("EUR", "jpy"))} if self.random.random() < 0.1 else {}
        if operator.takes is Takes.ONE:
            node |= {"value": self.measured(measure, of)}
        elif operator.takes is Takes.TWO:
            node |= {"value": self.two(lambda: self.measured(measure, of))}
        return node | (self.window() if self.random.random() < 0.2 else {})

    def often(self) -> str:
        return self.random.choice(EVENTS[:2])

    def measured(self, measure: str, of: str) -> Any:
        """Something near what the measure comes to."""
        if measure == "count":
            return self.random.choice((0, 1, 1, 2, 3))
        if of == "quantity":
            return self.random.choice((1, 2, 2, 3, Decimal("2.5")))
        return self.random.choice((Decimal("-4.01"), Decimal("5.99"), Decimal("20.99"), Decimal("26.98"), 20))

    def window(self) -> dict[str, Any]:
        kind = self.random.choice(("all", "all", "last", "last", "between"))
        if kind == "last":
            n, unit = self.random.choice(SPANS)
            return {"window": {"last": n, "unit": unit}}
        if kind == "between":
            first, last = self.two(self.time)
            return {"window": self.random.choice(({"from": first}, {"to": last}, {"from": first, "to": last}))}
        return {}

    def where(self, depth: int) -> oracle.Definition:
        kind = self.random.choice(("leaf", "leaf", "all", "any", "not")) if depth else "leaf"
        if kind == "not":
            node = {"not": self.where(depth - 1)}
        elif kind != "leaf":
            node = {kind: [self.where(depth - 1) for _ in range(2)]}
        else:
            asked = self.random.choice(KINDS)
            node = self.in_event(self.random.choice([one for one in OPERATORS.values() if asked in one.types]), asked)
        return node | self.marks()

    def in_event(self, operator: Operator, kind: str) -> oracle.Definition:
        """A comparison of a property of the event, sometimes of one that is not of the type it is asked as."""
        keys = {"text": "category", "number": "quantity", "boolean": "gift", "multi_enum": "labels", "datetime": "due"}
        key = (
            keys[kind] if self.random.random() < 0.9 else self.random.choice([*keys.values(), "revenue", "o'brien %s"])
        )
        return {"property": key, "op": operator.key} | self.operand(operator, kind, key) | self.flags()


def fits(operator: Operator, measure: str) -> bool:
    return measure == "count" or operator.takes is not Takes.NOTHING
