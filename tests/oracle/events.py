"""How often, how much, when and which: everything asked of a contact's events."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from . import tree, windows
from .calendars import local_day
from .properties import NEGATIONS, of_number, of_text
from .values import as_text, readable
from .world import Definition, Event, Moment


def happened(node: Definition, moment: Moment) -> list[Event]:
    """Every such event until now, in the order of time, those of one instant as they were recorded."""
    meant = [
        event
        for event in moment.world.events.get(moment.contact, [])
        if event["name"] == node["event"]
        and event["at"] <= moment.now
        and tree.meant(node, Moment(moment.world, moment.contact, moment.now, event["properties"]))
    ]
    return sorted(meant, key=lambda event: event["at"])


def performed(node: Definition, moment: Moment) -> bool:
    every, window, zone = happened(node, moment), node.get("window"), moment.zone(node)
    first = every[0]["at"] if every else None
    inside = [event for event in every if windows.holds(window, event["at"], moment, zone, first)]
    measure, op, operand = node.get("measure", "count"), node.get("op"), node.get("value")
    if op in {"did", "did_not"}:
        return bool(bool(inside) == (op == "did"))
    assert op is not None
    match measure:
        case "first" | "last":
            return of_one(node, moment, inside[0 if measure == "first" else -1]) if inside else False
        case "count":
            measured: Fraction | None = Fraction(len(inside))
        case "distinct":
            known = {known_text(event["properties"].get(node["of"])) for event in inside}
            measured = Fraction(len(known - {None}))
        case "distinct_days":
            measured = Fraction(len({local_day(event["at"], zone) for event in inside}))
        case "change_pct":
            assert window is not None
            before = [event for event in every if windows.holds_before(window, event["at"], moment, zone)]
            measured = change(amount(node, moment, inside), amount(node, moment, before))
        case _:
            measured = MEASURES[measure](numbers(node, moment, inside))
    return measured is not None and of_number(op, measured, operand)


MEASURES: dict[str, Callable[[list[Fraction]], Fraction | None]] = {
    "sum": lambda found: sum(found, Fraction(0)),
    "avg": lambda found: sum(found, Fraction(0)) / len(found) if found else None,
    "min": lambda found: min(found, default=None),
    "max": lambda found: max(found, default=None),
}


def numbers(node: Definition, moment: Moment, events: list[Event]) -> list[Fraction]:
    found = [measurable(event, node, moment) for event in events]
    return [Fraction(number) for number in found if number is not None]


def amount(node: Definition, moment: Moment, events: list[Event]) -> Fraction:
    return sum(numbers(node, moment, events), Fraction(0)) if "of" in node else Fraction(len(events))


def change(now: Fraction, before: Fraction) -> Fraction | None:
    """By how many percent more; after nothing there is no telling."""
    return (now - before) / before * 100 if before else None


def measurable(event: Event, node: Definition, moment: Moment) -> Decimal | int | None:
    """The number to measure. Money counts in one currency only; an amount that names none was in the account's."""
    own, wanted = moment.world.currency, str(node.get("currency", moment.world.currency)).upper()
    number = event["properties"].get(node["of"])
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        return None
    if node["of"] == "revenue" and event["properties"].get("currency", own) != wanted:
        return None
    return number


def known_text(raw: Any) -> str | None:
    """The value letter for letter; lists, objects and what is empty are unknown."""
    return None if raw is None or raw == "" or isinstance(raw, list | dict) else as_text(raw)


def of_one(node: Definition, moment: Moment, event: Event) -> bool:
    """The comparison with that one event's property, as text or as a number by what it is compared with."""
    op, operand = node["op"], node["value"]
    if not isinstance(operand, str):
        number = measurable(event, node, moment)
        return number is not None and of_number(op, Fraction(number), operand)
    text = readable("text", event["properties"].get(node["of"]), moment.world.zone)
    if text is None:
        return False
    same = of_text(NEGATIONS.get(str(op), str(op)), text, operand, bool(node.get("case")))
    return same != (op in NEGATIONS)


def occurred(node: Definition, moment: Moment) -> bool:
    """Whether the first, the last or the nth such event lies in the window."""
    every, which = happened(node, moment), node["occurrence"]
    if not every or (isinstance(which, int) and which > len(every)):
        return False
    event = every[{"first": 0, "last": -1}.get(which, which - 1 if isinstance(which, int) else 0)]
    return windows.holds(node["in"], event["at"], moment, moment.zone(node), every[0]["at"])


def any_item(node: Definition, moment: Moment) -> bool:
    """Whether some line of the list meets the condition; what is no object never does."""
    assert moment.asked is not None
    lines = moment.asked.get(node["any_item"])
    return isinstance(lines, list) and any(
        tree.holds(node["of"], Moment(moment.world, moment.contact, moment.now, line))
        for line in lines
        if isinstance(line, dict)
    )
