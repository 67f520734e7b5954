"""Rows of the builder → a definition in JSON, and which row each JSON Pointer came from."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from contacts.fields import FieldType
from crmseg.common import json
from segments.definition.operators import Takes
from segments.definition.schema import Catalogue

from . import controls
from .draft import Draft

_NUMBER = re.compile(r"-?\d{1,300}(\.\d{1,300})?")


@dataclass
class Decoded:
    """`definition` is None while nothing is finished. `unfinished` rows are not part of it; saving refuses them."""

    definition: Any = None
    rows: dict[str, str] = field(default_factory=dict)
    unfinished: list[str] = field(default_factory=list)

    def row_at(self, pointer: str) -> str:
        """The row that a JSON Pointer into the definition belongs to: the nearest at or above it."""
        while pointer not in self.rows and pointer:
            pointer = pointer.rpartition("/")[0]
        return self.rows.get(pointer, "")


class _Unfinished(Exception):
    """A row that does not say yet what it asks."""


def decode(root: Draft, catalogue: Catalogue) -> Decoded:
    return _Decoder(catalogue).decode(root)


class _Decoder:
    def __init__(self, catalogue: Catalogue):
        self.catalogue = catalogue
        self.result = Decoded()

    def decode(self, root: Draft) -> Decoded:
        with suppress(_Unfinished):
            self.result.definition = self.node(root, "")
        return self.result

    def node(self, draft: Draft, at: str) -> Any:
        """The JSON of a finished node; `at` is where it will stand."""
        try:
            node = self.group(draft, at) if draft.kind == "group" else self.row(draft, at)
        except _Unfinished:
            if draft.kind != "group" or not draft.children:
                self.result.unfinished.append(draft.id)
            raise
        self.result.rows.setdefault(at, draft.id)
        return node

    def group(self, draft: Draft, at: str) -> Any:
        mode, single = draft.first("mode", "all"), len(draft.children) == 1
        marks = _marks(draft)
        if single and not marks and mode in {"all", "any"} and draft.first("bare"):
            return self.node(draft.children[0], at)
        if single and mode == "none":
            return {"not": self.node(draft.children[0], f"{at}/not")} | marks
        key = {"all": "all", "not_all": "all"}.get(mode, "any")
        negated = mode in {"none", "not_all"}
        inside = f"{at}/not/{key}" if negated else f"{at}/{key}"
        children = self.nodes(draft.children, inside)
        if not children:
            raise _Unfinished
        return ({"not": {key: children}} if negated else {key: children}) | marks

    def nodes(self, drafts: list[Draft], at: str) -> list[Any]:
        """Those that are finished; the others are remembered as unfinished."""
        nodes: list[Any] = []
        for draft in drafts:
            with suppress(_Unfinished):
                nodes.append(self.node(draft, f"{at}/{len(nodes)}"))
        return nodes

    def row(self, draft: Draft, at: str) -> Any:
        if draft.kind == "raw":
            return self.raw(draft)
        if draft.kind == "where":
            return self.where(draft)
        source, _, name = draft.first("what").partition(":")
        if not name:
            raise _Unfinished
        match source:
            case "property":
                node = {"property": name} | self.comparison(draft, self.type_of(name))
            case "segment":
                node = {"segment": _integer(name), "op": draft.first("op", "in")}
            case _:
                node = {"event": name} | self.event(draft, at)
        return node | _marks(draft)

    def raw(self, draft: Draft) -> Any:
        """What the builder cannot show, as it came."""
        return json.loads(draft.first("json").encode("utf-8", "surrogatepass"))

    def type_of(self, key: str) -> FieldType:
        known = self.catalogue.properties.get(key)
        return known.type if known else FieldType.TEXT

    def comparison(self, draft: Draft, type: FieldType) -> dict[str, Any]:
        """`op`, `value` and what goes with them."""
        op = draft.first("op")
        if not op:
            raise _Unfinished
        node: dict[str, Any] = {"op": op} | self.operand(draft, op, type)
        if draft.first("case") and type is FieldType.TEXT:
            node["case"] = True
        if draft.first("unknown") and controls.is_negative(op):
            node["unknown"] = True
        return node

    def operand(self, draft: Draft, op: str, type: FieldType) -> dict[str, Any]:
        match controls.takes(op):
            case Takes.NOTHING:
                return {}
            case Takes.MANY:
                texts = [text for text in [*draft.all("value"), *_lines(draft)] if text.strip()]
                return {"value": [self.scalar(text, type) for text in _needed(*texts)]}
            case Takes.TWO:
                ends = _needed(draft.first("value"), draft.first("value_to"))
                return {"value": [self.scalar(text, type) for text in ends]}
            case Takes.SPAN:
                (n,) = _needed(draft.first("value"))
                return {"value": _number(n), "unit": draft.first("unit", "day")}
            case Takes.ONE:
                (text,) = _needed(draft.first("value"))
                return {"value": self.scalar(text, type)}

    def event(self, draft: Draft, at: str) -> dict[str, Any]:
        how = draft.first("how", "did")
        node: dict[str, Any] = {}
        if how in {"did", "did_not"}:
            node["op"] = how
        else:
            if how != "count":
                (of,) = _needed(draft.first("of"))
                node |= {"measure": how, "of": of}
                if draft.first("currency"):
                    node["currency"] = draft.first("currency")
            op = draft.first("op")
            node |= {"op": op} | self.operand(draft, op, FieldType.NUMBER)
        node |= self.window(draft)
        if draft.children and (where := self.nodes(draft.children, f"{at}/where")):
            node["where"] = where
        return node

    def window(self, draft: Draft) -> dict[str, Any]:
        match draft.first("window"):
            case "last":
                (n,) = _needed(draft.first("window_n"))
                return {"window": {"last": _number(n), "unit": draft.first("window_unit", "day")}}
            case "between":
                ends = {"from": draft.first("window_from"), "to": draft.first("window_to")}
                given = {end: self.instant(text) for end, text in ends.items() if text}
                if not given:
                    raise _Unfinished
                return {"window": given}
            case _:
                return {}

    def where(self, draft: Draft) -> dict[str, Any]:
        (name,) = _needed(draft.first("name"))
        return {"property": name} | self.comparison(draft, controls.where_type(draft.first("as")))

    def scalar(self, text: str, type: FieldType) -> object:
        """`text` as JSON writes a value of this type; what is no such value stays text, for the reader to refuse."""
        match type:
            case FieldType.NUMBER | FieldType.MONEY:
                return _number(text)
            case FieldType.DATETIME:
                return self.instant(text)
            case _:
                return text

    def instant(self, text: str) -> str:
        """A moment as the browser's control writes it is in the account's zone; a date alone stays a date."""
        with suppress(ValueError):
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None and len(text) > len("2026-01-31"):
                return moment.replace(tzinfo=ZoneInfo(self.catalogue.zone)).isoformat()
        return text


def _marks(draft: Draft) -> dict[str, Any]:
    """What every node may carry beside its meaning."""
    marks: dict[str, Any] = {}
    if label := draft.first("label"):
        marks["label"] = label
    if draft.first("off"):
        marks["off"] = True
    return marks


def _needed(*texts: str) -> tuple[str, ...]:
    if not texts or not all(text.strip() for text in texts):
        raise _Unfinished
    return texts


def _lines(draft: Draft) -> list[str]:
    return [line.strip() for text in draft.all("lines") for line in text.splitlines()]


def _number(text: str) -> int | Decimal | str:
    """An exact number, or the text as it is."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return text
    return Decimal(text) if "." in text else int(text)


def _integer(text: str) -> int | str:
    return int(text) if re.fullmatch(r"\d{1,18}", text) else text
