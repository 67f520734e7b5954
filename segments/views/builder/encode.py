"""A definition in JSON → rows of the builder. What a row cannot show becomes a card of JSON, kept as it is."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from contacts.fields import FieldType
from crmseg.common import json
from segments.definition.operators import Takes
from segments.definition.schema import Catalogue
from segments.definition.wherever import event_property

from . import controls
from .draft import Draft, Fields

MOST_CHIPS = 60
"""More values than this are shown as lines of text."""
_MARKS = {"label", "off"}
_COMPARED = {"op", "value", "unit", "unknown", "case"}
_OF_EVENTS = {"op", "value", "measure", "of", "currency", "window", "where"}


class _NotShown(Exception):
    """A part of the language that rows have no control for."""


def encode(definition: object, catalogue: Catalogue) -> Draft:
    """The root is always a group, so that conditions can be added beside a lonely one."""
    root = _Encoder(catalogue).node(definition)
    if root.kind == "group" and not root.fields.get("off"):
        return root
    return Draft("group", {"mode": ["all"], "bare": ["1"]}, [root])


def empty() -> Draft:
    return Draft("group", {"mode": ["all"], "bare": ["1"]}, [Draft("condition")])


class _Encoder:
    def __init__(self, catalogue: Catalogue):
        self.catalogue = catalogue

    def node(self, raw: Any) -> Draft:
        with suppress(_NotShown):
            match raw:
                case {"all": list(children), **marks} if _only_marks(marks):
                    return self.group("all", children, marks)
                case {"any": list(children), **marks} if _only_marks(marks):
                    return self.group("any", children, marks)
                case {"not": {"any": list(children), **inner}, **marks} if not inner and _only_marks(marks):
                    return self.group("none", children, marks)
                case {"not": {"all": list(children), **inner}, **marks} if not inner and _only_marks(marks):
                    return self.group("not_all", children, marks)
                case {"not": child, **marks} if _only_marks(marks):
                    return self.group("none", [child], marks)
                case {"property": str(key), **rest}:
                    return self.property(key, rest)
                case {"event": str(name), **rest}:
                    return self.event(name, rest)
                case {"segment": int(id), "op": ("in" | "not_in") as op, **marks} if _only_marks(marks):
                    return self.segment(id, str(op), marks)
        return Draft("raw", {"json": [json.dumps(raw).decode()]})

    def group(self, mode: str, children: list[object], marks: Mapping[Any, Any]) -> Draft:
        return Draft("group", {"mode": [mode]} | _mark_fields(marks), [self.node(child) for child in children])

    def property(self, key: str, rest: dict[Any, Any]) -> Draft:
        known = self.catalogue.properties.get(key)
        if known is None or not rest.keys() <= _COMPARED | _MARKS:
            raise _NotShown
        fields = self.comparison(rest, known.type) | _mark_fields(rest)
        return Draft("condition", {"what": [f"property:{key}"]} | fields)

    def segment(self, id: int, op: str, marks: Mapping[Any, Any]) -> Draft:
        if id not in self.catalogue.segments:
            raise _NotShown
        return Draft("condition", {"what": [f"segment:{id}"], "op": [op]} | _mark_fields(marks))

    def event(self, name: str, rest: dict[Any, Any]) -> Draft:
        if not rest.keys() <= _OF_EVENTS | _MARKS:
            raise _NotShown
        fields: Fields = {"what": [f"event:{name}"]} | _mark_fields(rest) | self.window(rest.get("window"))
        op, measure = rest.get("op"), rest.get("measure", "count")
        if op in {"did", "did_not"} and measure == "count":
            fields["how"] = [str(op)]
        elif measure in {choice.value for choice in controls.MEASURES}:
            compared = {key: value for key, value in rest.items() if key in _COMPARED}
            fields |= {"how": [str(measure)]} | self.comparison(compared, FieldType.NUMBER)
            fields |= {key: [_text(rest[key])] for key in ("of", "currency") if key in rest}
        else:
            raise _NotShown
        return Draft("condition", fields, self.where(rest.get("where", [])))

    def where(self, raw: object) -> list[Draft]:
        if not isinstance(raw, list):
            raise _NotShown
        return [self.where_row(item) for item in raw]

    def where_row(self, raw: Any) -> Draft:
        match raw:
            case {"property": str(name), **rest} if rest.keys() <= _COMPARED:
                type = _where_type(name, rest)
                return Draft("where", {"name": [name], "as": [type.value]} | self.comparison(rest, type))
        raise _NotShown

    def window(self, raw: Any) -> Fields:
        match raw:
            case None:
                return {}
            case {"last": int(n), "unit": str(unit), **rest} if not rest:
                return {"window": ["last"], "window_n": [str(n)], "window_unit": [unit]}
            case {**ends} if ends and ends.keys() <= {"from", "to"}:
                return {"window": ["between"]} | {f"window_{end}": [self.local(t)] for end, t in ends.items()}
        raise _NotShown

    def comparison(self, rest: Mapping[Any, Any], type: FieldType) -> Fields:
        op = rest.get("op")
        operator = controls.operator_named(op) if isinstance(op, str) else None
        if operator is None or type not in operator.types:
            raise _NotShown
        fields: Fields = {"op": [operator.key]}
        if rest.get("unknown"):
            fields["unknown"] = ["1"]
        if rest.get("case"):
            fields["case"] = ["1"]
        if "unit" in rest and operator.takes is not Takes.SPAN:
            raise _NotShown
        match operator.takes, rest.get("value"):
            case Takes.NOTHING, None:
                return fields
            case Takes.MANY, list(values) if values:
                texts = [self.value(value, type) for value in values]
                return fields | ({"value": texts} if len(texts) <= MOST_CHIPS else {"lines": ["\n".join(texts)]})
            case Takes.TWO, [low, high]:
                return fields | {"value": [self.value(low, type)], "value_to": [self.value(high, type)]}
            case Takes.SPAN, n:
                return fields | {"value": [_text(n)], "unit": [_text(rest.get("unit", "day"))]}
            case Takes.ONE, value:
                return fields | {"value": [self.value(value, type)]}
        raise _NotShown

    def value(self, raw: object, type: FieldType) -> str:
        text = _text(raw)
        if "\n" in text or isinstance(raw, str) == (type in {FieldType.NUMBER, FieldType.MONEY}):
            raise _NotShown
        return self.local(text) if type is FieldType.DATETIME else text

    def local(self, raw: object) -> str:
        """An instant as the browser's control for it is filled: in the account's zone, without it."""
        text = _text(raw)
        with suppress(ValueError):
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                if moment.microsecond:
                    raise _NotShown
                moment = moment.astimezone(ZoneInfo(self.catalogue.zone)).replace(tzinfo=None)
                return moment.isoformat(timespec="seconds" if moment.second else "minutes")
        return text


def _only_marks(rest: Mapping[Any, Any]) -> bool:
    return rest.keys() <= _MARKS


def _mark_fields(rest: Mapping[Any, Any]) -> Fields:
    fields: Fields = {}
    if label := rest.get("label"):
        fields["label"] = [_text(label)]
    if rest.get("off"):
        fields["off"] = ["1"]
    return fields


def _where_type(name: str, rest: Mapping[Any, Any]) -> FieldType:
    """The type that the language reads this property of an event as."""
    operator = controls.operator_named(str(rest.get("op")))
    if operator is None:
        raise _NotShown
    return event_property(name, operator, rest.get("value")).type


def _text(raw: object) -> str:
    match raw:
        case str():
            return raw
        case Decimal():
            return format(raw, "f")
        case bool() | None | dict() | list():
            raise _NotShown
        case int() | float():
            return format(Decimal(str(raw)), "f")
    raise _NotShown
