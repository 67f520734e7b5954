"""What a definition means, one contact at a time, in plain Python: slow, obvious, and only for tests.

Written from the words of the definition language alone. It takes the JSON as people write it and a `World` of plain
dicts, and shares no line with the code that it judges.
"""

from __future__ import annotations

import json
import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

Definition = dict[str, Any]


@dataclass
class World:
    """Everything definitions may ask about.

    `contacts`: id → property → value as it is stored; a company's values stand there too, as `company.…`. `types` and
    `options` say what each property is. `events`: id → dicts with name, at and properties. `members`: who was put into
    static lists. `definitions`: active lists.
    """

    zone: str
    currency: str
    types: dict[str, str]
    options: dict[str, list[str]]
    contacts: dict[int, dict[str, Any]]
    events: dict[int, list[dict[str, Any]]]
    members: dict[int, set[int]] = field(default_factory=dict)
    definitions: dict[int, Definition] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """Whom is asked, and when. Inside a `where`, `event` is the event that is asked."""

    world: World
    contact: int
    now: datetime
    event: dict[str, Any] | None = None


def matching(node: Definition, world: World, now: datetime) -> set[int]:
    """The contacts for whom the definition holds."""
    return {contact for contact in world.contacts if holds(node, Moment(world, contact, now))}


def holds(node: Definition, moment: Moment) -> bool:
    if "all" in node:
        return all(holds(child, moment) for child in node["all"] if present(child))
    if "any" in node:
        return any(holds(child, moment) for child in node["any"] if present(child))
    if "not" in node:
        return not holds(node["not"], moment)
    if "segment" in node:
        return is_member(node["segment"], moment) == (node.get("op", "in") == "in")
    if "event" in node:
        return performed(node, moment)
    return compares(node, moment)


def present(node: Definition) -> bool:
    """Whether anything of it is switched on."""
    if node.get("off"):
        return False
    if "not" in node:
        return present(node["not"])
    children = node.get("all", node.get("any"))
    return children is None or any(present(child) for child in children)


def is_member(segment: int, moment: Moment) -> bool:
    if segment in moment.world.members:
        return moment.contact in moment.world.members[segment]
    return holds(moment.world.definitions[segment], moment)


# Properties


def compares(node: Definition, moment: Moment) -> bool:
    op, operand = node["op"], node.get("value")
    kind, value = value_of(node, moment)
    if op == "is_known":
        return value is not None or bool(node.get("unknown"))
    if value is None:
        return op == "is_unknown" or bool(node.get("unknown"))
    if op == "is_unknown":
        return False
    zone = zone_of(node, moment)
    match kind:
        case "text" | "enum" | "ordered_enum":
            options = moment.world.options.get(node["property"], [])
            return of_text(op, value, operand, bool(node.get("case")), options)
        case "number" | "money":
            return of_number(op, Fraction(value), operand)
        case "boolean":
            return value is (op == "is_true")
        case "multi_enum":
            return of_tags(op, value, operand, bool(node.get("case")))
        case "date":
            return of_day(op, value, operand, node.get("unit"), local_day(moment.now, zone))
        case "datetime":
            return of_instant(op, value, operand, node.get("unit"), moment.now, zone)
    raise NotImplementedError(kind)


def zone_of(node: Definition, moment: Moment) -> str:
    zone = node.get("zone", "account")
    return moment.world.zone if zone == "account" else str(zone)


def value_of(node: Definition, moment: Moment) -> tuple[str, Any]:
    """The type of the property and its value, None when unknown."""
    key = node["property"]
    if moment.event is not None:
        kind = type_in_event(node, moment.event["properties"].get(key))
        return kind, readable(kind, moment.event["properties"].get(key), zone_of(node, moment))
    known = moment.world.contacts[moment.contact]
    if key == "age":
        return "number", years_old(known.get("birth_date"), local_day(moment.now, moment.world.zone))
    kind = moment.world.types[key]
    return kind, readable(kind, known.get(key), zone_of(node, moment))


def type_in_event(node: Definition, held: Any) -> str:
    """What an undeclared property is asked as: its type follows the operator and the value."""
    op, operand = node["op"], node.get("value")
    first = operand[0] if isinstance(operand, list) else operand
    if op in {"is_known", "is_unknown"}:
        return "anything"
    if op in {"is_true", "is_false"}:
        return "boolean"
    if op in {"gt", "gte", "lt", "lte"}:
        return "number"
    if op in {"contains_any", "contains_all", "contains_none"}:
        return "multi_enum" if isinstance(held, list) or op == "contains_all" else "text"
    if op in {"between", "not_between"}:
        return "datetime" if isinstance(first, str) else "number"
    if op in {"is", "is_not", "is_any_of", "is_none_of"}:
        return "text" if isinstance(first, str) else "number"
    if "contain" in op or "with" in op:
        return "text"
    return "datetime"


def readable(kind: str, raw: Any, zone: str) -> Any:
    """The value as its type, None where it is unknown or cannot be read as that type."""
    if raw is None or raw == "" or raw == []:
        return None
    match kind:
        case "anything":
            return raw
        case "location":
            return raw if isinstance(raw, dict) else None
        case "text" | "enum" | "ordered_enum":
            return None if isinstance(raw, list | dict) else as_text(raw)
        case "number" | "money":
            return raw if isinstance(raw, int | Decimal) and not isinstance(raw, bool) else None
        case "boolean":
            return raw if isinstance(raw, bool) else None
        case "multi_enum":
            return [as_text(one) for one in raw if one is not None] if isinstance(raw, list) else None
        case "date":
            return raw if isinstance(raw, date) else day_in(raw)
        case "datetime":
            return raw if isinstance(raw, datetime) else instant_in(raw, zone)
    raise NotImplementedError(kind)


def as_text(raw: Any) -> str:
    match raw:
        case bool():
            return "true" if raw else "false"
        case Decimal():
            return format(raw, "f")
        case dict() | list():
            return json.dumps(raw, ensure_ascii=False)
        case _:
            return str(raw)


def day_in(raw: Any) -> date | None:
    try:
        return date.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None


def instant_in(raw: Any, zone: str) -> datetime | None:
    """An ISO 8601 instant or day; one without an offset is meant in the zone."""
    if not isinstance(raw, str) or not re.match(r"\d{4}-\d\d-\d\d", raw):
        return None
    try:
        found = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


# Comparisons on known values

NEGATIONS = {
    "is_not": "is",
    "is_none_of": "is_any_of",
    "not_contains": "contains",
    "contains_none": "contains_any",
    "not_starts_with": "starts_with",
    "not_ends_with": "ends_with",
    "not_between": "between",
    "not_on": "on",
    "not_in_last": "in_last",
}


def of_text(op: str, value: str, operand: Any, case: bool, options: list[str]) -> bool:
    if op in NEGATIONS:
        return not of_text(NEGATIONS[op], value, operand, case, options)
    if op in {"at_least", "at_most"}:
        if value not in options:
            return False
        have, want = options.index(value), options.index(operand)
        return have >= want if op == "at_least" else have <= want
    alike = (lambda text: text) if case else fold
    value, several = alike(value), isinstance(operand, list)
    wanted = [alike(one) for one in operand] if several else [alike(operand)]
    match op:
        case "is" | "is_any_of":
            return value in wanted
        case "contains" | "contains_any":
            return any(one in value for one in wanted)
        case "starts_with":
            return value.startswith(wanted[0])
        case "ends_with":
            return value.endswith(wanted[0])
    raise NotImplementedError(op)


def of_number(op: str, value: Fraction, operand: Any) -> bool:
    if op in NEGATIONS:
        return not of_number(NEGATIONS[op], value, operand)
    match op:
        case "is":
            return value == exact(operand)
        case "is_any_of":
            return any(value == exact(one) for one in operand)
        case "gt":
            return value > exact(operand)
        case "gte":
            return value >= exact(operand)
        case "lt":
            return value < exact(operand)
        case "lte":
            return value <= exact(operand)
        case "between":
            return exact(operand[0]) <= value <= exact(operand[1])
    raise NotImplementedError(op)


def exact(number: Any) -> Fraction:
    """Exactly the number that the definition says: 19.99 is 1999/100."""
    return Fraction(str(number)) if isinstance(number, float) else Fraction(number)


def of_tags(op: str, value: list[str], operand: list[str], case: bool) -> bool:
    have = {one if case else fold(one) for one in value}
    want = {one if case else fold(one) for one in operand}
    match op:
        case "contains_any":
            return bool(have & want)
        case "contains_all":
            return want <= have
        case "contains_none":
            return not have & want
    raise NotImplementedError(op)


def fold(text: str) -> str:
    """Simple case folding: letter by letter, one letter for one, accents kept. İ is itself alone, and ς is σ."""
    return "".join([fold_letter(letter) for letter in text])


def fold_letter(letter: str) -> str:
    if letter in SIMPLE:
        return SIMPLE[letter]
    folded = letter.casefold()
    if len(folded) == 1:
        return folded
    lowered = letter.lower()
    return lowered if len(lowered) == 1 and unicodedata.category(letter) != "Ll" else letter


SIMPLE = {"\ufb05": "\ufb06", "\u1fd3": "\u0390", "\u1fe3": "\u03b0"}
"""Pairs that fold to each other, and of which neither is the other's lower case."""


def of_day(op: str, value: date, operand: Any, unit: str | None, today: date) -> bool:
    """A date counts whole days."""
    if op in NEGATIONS:
        return not of_day(NEGATIONS[op], value, operand, unit, today)
    match op:
        case "on":
            return value == date.fromisoformat(operand)
        case "before":
            return value < date.fromisoformat(operand)
        case "after":
            return value > date.fromisoformat(operand)
        case "between":
            return date.fromisoformat(operand[0]) <= value <= date.fromisoformat(operand[1])
        case "in_last":
            return shifted(today, -operand, str(unit)) <= value <= today
        case "more_than_ago":
            return value < shifted(today, -operand, str(unit))
        case "anniversary_in_next":
            last = shifted(today, operand, str(unit))
            return any(today <= anniversary(value, year) <= last for year in range(today.year, last.year + 1))
    raise NotImplementedError(op)


def of_instant(op: str, value: datetime, operand: Any, unit: str | None, now: datetime, zone: str) -> bool:
    """An instant counts elapsed time; a day that it is compared with is that whole local day."""
    if op in NEGATIONS:
        return not of_instant(NEGATIONS[op], value, operand, unit, now, zone)
    match op:
        case "on":
            return not starts_after(operand, value, zone) and not ends_before(operand, value, zone)
        case "before":
            return starts_after(operand, value, zone)
        case "after":
            return ends_before(operand, value, zone)
        case "between":
            return not starts_after(operand[0], value, zone) and not ends_before(operand[1], value, zone)
        case "in_last":
            return ago(operand, str(unit), now, zone) <= value <= now
        case "more_than_ago":
            return value < ago(operand, str(unit), now, zone)
        case "anniversary_in_next":
            return of_day(op, local_day(value, zone), operand, unit, local_day(now, zone))
    raise NotImplementedError(op)


# Time


def local_day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def is_day(bound: str) -> bool:
    return len(bound) == len("2026-01-31")


def starts_after(bound: str, value: datetime, zone: str) -> bool:
    """Whether the day or instant `bound` begins later than `value`."""
    if is_day(bound):
        return local_day(value, zone) < date.fromisoformat(bound)
    found = instant_in(bound, zone)
    assert found is not None
    return value < found


def ends_before(bound: str, value: datetime, zone: str) -> bool:
    """Whether the day or instant `bound` is over at `value`."""
    if is_day(bound):
        return local_day(value, zone) > date.fromisoformat(bound)
    found = instant_in(bound, zone)
    assert found is not None
    return value > found


def ago(n: int, unit: str, now: datetime, zone: str) -> datetime:
    """Elapsed time, except that months and years follow the calendar and the clock on the wall of the zone.

    A time of day that the clock skips is as long after the gap's beginning; one that it shows twice is the first.
    """
    if unit not in {"month", "year"}:
        return now - n * timedelta(**{f"{unit}s": 1})
    local = now.astimezone(ZoneInfo(zone))
    wall = datetime.combine(shifted(local.date(), -n, unit), time(*local.timetuple()[3:6], local.microsecond))
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shifted(day: date, n: int, unit: str) -> date:
    """`n` units later; a day that the month lacks becomes its last."""
    if unit in {"day", "week"}:
        return day + timedelta(days=n * (7 if unit == "week" else 1))
    month = day.year * 12 + day.month - 1 + n * (12 if unit == "year" else 1)
    year, month = month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def anniversary(day: date, year: int) -> date:
    """29 February falls on the 28th in common years."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def years_old(birth: date | None, today: date) -> int | None:
    """Completed years; nobody has an age before birth."""
    if birth is None or birth > today:
        return None
    return today.year - birth.year - (today < anniversary(birth, today.year))


# Events


def performed(node: Definition, moment: Moment) -> bool:
    happened = [event for event in moment.world.events.get(moment.contact, []) if counts(node, event, moment)]
    op, measure = node["op"], node.get("measure", "count")
    if op in {"did", "did_not"}:
        return bool(happened) == (op == "did")
    if measure == "count":
        return of_number(op, Fraction(len(happened)), node["value"])
    wanted = str(node.get("currency", moment.world.currency)).upper()
    found = [measurable(event, node["of"], wanted, moment.world.currency) for event in happened]
    numbers = [Fraction(number) for number in found if number is not None]
    if measure == "sum":
        return of_number(op, sum(numbers, Fraction(0)), node["value"])
    if not numbers:
        return False
    measured = {"avg": sum(numbers) / len(numbers), "min": min(numbers), "max": max(numbers)}[measure]
    return of_number(op, Fraction(measured), node["value"])


def counts(node: Definition, event: dict[str, Any], moment: Moment) -> bool:
    """Whether the event is of the type, has come to pass, lies in the window and is meant by `where`."""
    if event["name"] != node["event"] or event["at"] > moment.now:
        return False
    if not in_window(node.get("window"), event["at"], moment):
        return False
    asked = Moment(moment.world, moment.contact, moment.now, event)
    return all(holds(child, asked) for child in node.get("where", []) if present(child))


def in_window(window: dict[str, Any] | None, at: datetime, moment: Moment) -> bool:
    zone = moment.world.zone
    if not window:
        return True
    if "last" in window:
        return ago(window["last"], window["unit"], moment.now, zone) <= at
    first, last = window.get("from"), window.get("to")
    return not (first and starts_after(first, at, zone)) and not (last and ends_before(last, at, zone))


def measurable(event: dict[str, Any], of: str, currency: str, account_currency: str) -> Decimal | int | None:
    """The number to measure. Money counts in one currency only; an amount that names none was in the account's."""
    number = event["properties"].get(of)
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        return None
    if of == "revenue" and event["properties"].get("currency", account_currency) != currency:
        return None
    return number
