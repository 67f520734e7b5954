"""A definition in JSON → rows of the builder. What a row cannot show becomes a card of JSON, kept as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from crmseg.common import json
from crmseg.common.problems import InvalidInput
from segments.definition.dump import dump
from segments.definition.load import load
from segments.definition.schema import Catalogue
from segments.definition.wherever import event_property

from . import comparisons, controls, events, lists, people, sequences
from .decode import decode_row
from .draft import Draft, Fields
from .values import NotShown, Unfinished, same, text

_MARKS = {"label", "off"}
Inner = Callable[[Any], Draft]


def encode(definition: object, catalogue: Catalogue) -> Draft:
    """The root is always a group of conditions, so that others can be added beside a lonely one."""
    with suppress(InvalidInput):
        definition = _without_empty_labels(dump(load(definition, catalogue)))
    root = _Encoder(catalogue).node(definition)
    if root.kind == "group" and not root.fields.get("off") and not root.fields.get("about"):
        return root
    return Draft("group", {"mode": ["all"], "bare": ["1"]}, [root])


def empty() -> Draft:
    return Draft("group", {"mode": ["all"], "bare": ["1"]}, [Draft("condition")])


class _Encoder:
    def __init__(self, catalogue: Catalogue):
        self.catalogue = catalogue

    def node(self, raw: Any) -> Draft:
        """A group, or a row that says exactly this; else the JSON itself."""
        if (group := self.grouped(raw, self.node)) is not None:
            return group
        with suppress(NotShown, Unfinished):
            row = self.row(raw)
            if same(decode_row(row, self.catalogue), raw):
                return row
        return Draft("raw", {"json": [json.dumps(raw).decode()]})

    def grouped(self, raw: Any, inner: Inner) -> Draft | None:
        match raw:
            case {"all": list(children), **marks} if _only_marks(marks):
                return _group("all", children, marks, inner)
            case {"any": list(children), **marks} if _only_marks(marks):
                return _group("any", children, marks, inner)
            case {"at_least": int(k), "of": list(children), **marks} if _only_marks(marks):
                return _group("at_least", children, marks, inner, {"k": [str(k)]})
            case {"not": {"any": list(children), **within}, **marks} if not within and _only_marks(marks):
                wrapped = {"wrapped": ["1"]} if len(children) == 1 else {}
                return _group("none", children, marks, inner, wrapped)
            case {"not": {"all": list(children), **within}, **marks} if not within and _only_marks(marks):
                return _group("not_all", children, marks, inner)
            case {"not": child, **marks} if _only_marks(marks):
                return _group("none", [child], marks, inner)
            case {"colleagues": who, "of": child, **marks} if _only_marks(marks):
                about: Fields = {"about": ["colleagues"]}
                match who:
                    case {"at_least": n}:
                        about |= {"who": ["at_least"], "who_n": [text(n)]}
                    case _:
                        about |= {"who": [text(who)]}
                return self.about(about, child, marks, inner)
            case {"any_item": key, "of": child, **marks} if _only_marks(marks):
                return self.about({"about": ["item"], "name": [text(key)]}, child, marks, inner)
        return None

    def about(self, about: Fields, child: Any, marks: Mapping[Any, Any], inner: Inner) -> Draft:
        """One card for the colleagues, or the item, and the group of what holds of them."""
        group = self.grouped(child, inner)
        if group is None or {"about", "label", "off"} & group.fields.keys():
            group = Draft("group", {"mode": ["all"], "bare": ["1"]}, [group or inner(child)])
        return Draft("group", group.fields | about | _mark_fields(marks), group.children)

    def row(self, raw: Any) -> Draft:
        match raw:
            case {"property": str(key), **rest}:
                known = self.catalogue.properties.get(key)
                if known is None or not rest.keys() <= comparisons.KEYS | _MARKS:
                    raise NotShown
                fields = comparisons.fields(raw, known.type, self.catalogue)
                return self.condition({"what": [f"property:{key}"]} | fields, raw)
            case {"event": str(), **rest}:
                return self.condition(events.fields(raw, self.catalogue), raw, self.wheres(raw))
            case {"sequence": list(steps)}:
                rows = [Draft("step", sequences.step_fields(step), self.wheres(step)) for step in steps]
                return self.condition(sequences.fields(raw, self.catalogue), raw, rows)
            case {"segment": int()}:
                return self.condition(lists.fields(raw, self.catalogue), raw)
            case {"consent": str()}:
                return self.condition(people.consent_fields(raw), raw)
            case {"reachable": str()}:
                return self.condition(people.reachable_fields(raw), raw)
            case {"bucket": [_, _], "of": int()}:
                return self.condition(people.bucket_fields(raw), raw)
        raise NotShown

    def condition(self, fields: Fields, raw: Mapping[Any, Any], children: list[Draft] | None = None) -> Draft:
        return Draft("condition", fields | _mark_fields(raw), children or [])

    def wheres(self, raw: Mapping[Any, Any]) -> list[Draft]:
        return [self.where(child) for child in raw.get("where", ())]

    def where(self, raw: Any) -> Draft:
        """What is asked of the event's own properties: rows, groups of them, items of a list."""
        if (group := self.grouped(raw, self.where)) is not None:
            return group
        match raw:
            case {"property": str(name), "op": str(op), **rest} if rest.keys() <= comparisons.KEYS | _MARKS:
                operator = controls.operator_named(op)
                if operator is None:
                    raise NotShown
                type = event_property(name, operator, rest.get("value")).type
                fields = comparisons.fields(raw, type, self.catalogue)
                return Draft("where", {"name": [name], "as": [type.value]} | fields | _mark_fields(raw))
        raise NotShown


def _without_empty_labels(raw: Any) -> Any:
    match raw:
        case dict():
            return {key: _without_empty_labels(part) for key, part in raw.items() if (key, part) != ("label", "")}
        case list():
            return [_without_empty_labels(part) for part in raw]
    return raw


def _group(mode: str, children: list[Any], marks: Mapping[Any, Any], inner: Inner, more: Fields | None = None) -> Draft:
    return Draft("group", {"mode": [mode]} | (more or {}) | _mark_fields(marks), [inner(child) for child in children])


def _only_marks(rest: Mapping[Any, Any]) -> bool:
    return rest.keys() <= _MARKS


def _mark_fields(rest: Mapping[Any, Any]) -> Fields:
    fields: Fields = {}
    if label := rest.get("label"):
        fields["label"] = [text(label)]
    if rest.get("off"):
        fields["off"] = ["1"]
    return fields
