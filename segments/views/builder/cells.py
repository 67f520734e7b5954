"""The controls that the value of a comparison needs, filled with what fits them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from contacts.fields import FieldType
from segments.definition.operators import Takes
from segments.definition.schema import Property

from . import choices, controls, windows, zones
from .choices import Menu
from .draft import Draft
from .values import TIMES

_PLAIN = {FieldType.NUMBER: "number", FieldType.MONEY: "number", FieldType.BOOLEAN: "truth"}
_WITH_TEXT = frozenset({Takes.ONE, Takes.MANY, Takes.PATTERN, Takes.PAST, Takes.CHANGE})
_WHOLE = frozenset({Takes.SPAN, Takes.AGO, Takes.COUNT, Takes.MONTHS, Takes.WEEKDAYS, Takes.PERCENTS})
_ENDS = {FieldType.MULTI_ENUM: choices.ENDS_OF_MANY, FieldType.LOCATION: choices.ENDS_OF_PLACES}
WORDS = frozenset({FieldType.TEXT, FieldType.ENUM, FieldType.ORDERED_ENUM, FieldType.MULTI_ENUM})


@dataclass(frozen=True)
class Cell:
    """One value and the control for it: the kind of an input, `select` or `truth`."""

    text: str
    input: str
    options: tuple[str, ...] = ()
    labels: Mapping[str, str | Promise] = field(default_factory=dict)

    @property
    def offered(self) -> list[tuple[str, str | Promise]]:
        return [(option, self.labels.get(option, option)) for option in self.options]

    @property
    def truths(self) -> Menu:
        return choices.TRUTHS

    @property
    def strange(self) -> bool:
        """A value that is none of the options: shown all the same."""
        return bool(self.text) and self.text not in self.options


@dataclass(frozen=True)
class End:
    """One end of a recorded change."""

    field: str
    label: str | Promise
    kind: str
    kinds: Menu
    cell: Cell
    values: list[str]


def cell(said: str, type: FieldType, asked: Property, *, timed: bool = False) -> Cell:
    if type in TIMES:
        fits = said[:4].isdecimal() and (type is FieldType.DATETIME or "T" not in said)
        moment = windows.Moment.of(said if fits else "", timed=timed and type is FieldType.DATETIME)
        return Cell(moment.text, moment.input)
    input = _PLAIN.get(type, "select" if asked.options else "text")
    if input == "number":
        said = said if said.replace(".", "", 1).removeprefix("-").isdecimal() else ""
    if input == "truth":
        said = said if said in {"true", "false"} else "true"
    return Cell(said, input, asked.options, asked.option_labels)


def compared(
    draft: Draft, asked: Property, ops: Menu, *, preferred: str = "", may_be_unknown: bool = True
) -> dict[str, Any]:
    """The operator as chosen or the first of its type, the controls of its value, and what was typed where it fits."""
    default = preferred if preferred in ops.values else ops[0].value
    op = draft.first("op") if draft.first("op") in ops.values else default
    takes, type = controls.takes(op), asked.type
    operator = controls.operator_named(op)
    comparable = operator is not None and may_be_unknown and controls.is_comparable(operator, asked)
    against = comparable and bool(draft.first("against") or not controls.has_values(operator, asked))
    said, timed = draft.first("value"), bool(draft.first("timed"))
    shown: dict[str, Any] = {
        "ops": ops,
        "op": op,
        "takes": "property" if against else takes.value,
        "comparable": comparable and controls.has_values(operator, asked),
        "against": against,
        "other": draft.first("other"),
        "quoted": draft.first("quoted"),
        "lines": draft.first("lines"),
        "unit": draft.first("unit", "day"),
        "units": controls.units_for(type, op),
        "calendar": draft.first("calendar", "month"),
        "calendars": choices.CALENDAR_UNITS,
        "lat": draft.first("lat"),
        "lon": draft.first("lon"),
        "km": draft.first("km"),
        "negative": controls.is_negative(op) and may_be_unknown,
        "unknown": draft.first("unknown") and may_be_unknown and not (operator and operator.past),
        "case": draft.first("case"),
        "may_case": (type in WORDS and (takes in _WITH_TEXT or against)) or bool(draft.first("case")),
        "may_zone": type in TIMES or takes in {Takes.WINDOW, Takes.CHANGE} or bool(draft.first("zone")),
        "timed": timed,
        "may_time": type is FieldType.DATETIME and takes in {Takes.ONE, Takes.TWO, Takes.PAST, Takes.CHANGE},
        "labels": asked.option_labels,
        "values": [one for one in draft.all("value") if _fits(one, type, takes)],
    }
    of = FieldType.NUMBER if takes in _WHOLE else type
    shown["value"] = cell(said, of, asked, timed=timed)
    shown["value_to"] = cell(draft.first("value_to"), of, asked, timed=timed)
    match takes:
        case Takes.MONTHS | Takes.WEEKDAYS:
            shown["order"] = draft.all("order")
            shown["days"] = choices.MONTHS if takes is Takes.MONTHS else choices.WEEKDAYS
        case Takes.WINDOW:
            shown |= windows.shown(draft)
        case Takes.CHANGE:
            shown |= windows.shown(draft) | {"ends": [end(draft, asked, *one) for one in choices.CHANGES]}
    return shown | zones.shown(draft) | {"more": _is_more(shown, draft)}


def end(draft: Draft, asked: Property, field: str, label: str | Promise) -> End:
    kinds = _ENDS.get(asked.type, choices.ENDS)
    said = cell(draft.first(field), asked.type, asked, timed=bool(draft.first("timed")))
    return End(field, label, draft.first(f"{field}_is"), kinds, said, draft.all(field))


def _fits(said: str, type: FieldType, takes: Takes) -> bool:
    """Whether a chip of this type could hold it: what none could is dropped when the property changes."""
    if takes in _WHOLE or type in {FieldType.NUMBER, FieldType.MONEY}:
        return said.replace(".", "", 1).removeprefix("-").isdecimal()
    return True


def _is_more(shown: dict[str, Any], draft: Draft) -> bool:
    """Whether one of the rarer controls is in use, so that all of them are in sight."""
    used = shown["case"] or draft.first("zone") or (shown["may_time"] and shown["timed"])
    return bool(used or (shown["unknown"] and not shown["negative"]))
