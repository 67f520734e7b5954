"""Rows of the builder → a definition in JSON, and which row each JSON Pointer came from."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from contacts.fields import FieldType
from crmseg.common import json
from segments.definition.schema import Catalogue

from . import comparisons, controls, events, lists, people, sequences
from .draft import Draft
from .values import Blank, Unfinished, integer, needed


@dataclass
class Decoded:
    """`definition` is None while nothing is finished. `unfinished` rows are not part of it; saving refuses them.

    A row that nobody touched is neither.
    """

    definition: Any = None
    rows: dict[str, str] = field(default_factory=dict)
    unfinished: list[str] = field(default_factory=list)

    def row_at(self, pointer: str) -> str:
        """The row that a JSON Pointer into the definition belongs to: the nearest at or above it."""
        while pointer not in self.rows and pointer:
            pointer = pointer.rpartition("/")[0]
        return self.rows.get(pointer, "")


def decode(root: Draft, catalogue: Catalogue) -> Decoded:
    decoder = _Decoder(catalogue)
    with suppress(Unfinished):
        decoder.result.definition = decoder.node(root, "")
    return decoder.result


def decode_row(row: Draft, catalogue: Catalogue) -> Any:
    """The JSON of one row, or Unfinished when any part of it is."""
    decoder = _Decoder(catalogue)
    node = decoder.node(row, "")
    if decoder.result.unfinished:
        raise Unfinished
    return node


class _Decoder:
    def __init__(self, catalogue: Catalogue):
        self.catalogue, self.result = catalogue, Decoded()

    def node(self, draft: Draft, at: str) -> Any:
        """The JSON of a finished node; `at` is where it will stand."""
        try:
            node = self.group(draft, at) if draft.kind == "group" else self.row(draft, at)
        except Blank:
            raise
        except Unfinished:
            self.result.unfinished.append(draft.id)
            raise
        self.result.rows.setdefault(at, draft.id)
        return node

    def nodes(self, drafts: list[Draft], at: str) -> list[Any]:
        """Those that are finished; the others are remembered as unfinished."""
        nodes: list[Any] = []
        for draft in drafts:
            with suppress(Unfinished):
                nodes.append(self.node(draft, f"{at}/{len(nodes)}"))
        return nodes

    # Groups

    def group(self, draft: Draft, at: str) -> Any:
        match draft.first("about"):
            case "colleagues":
                return {"colleagues": _who(draft), "of": self.inside(draft, f"{at}/of")} | _marks(draft)
            case "item":
                inside = self.inside(draft, f"{at}/of")
                (name,) = needed(draft.first("name"))
                return {"any_item": name, "of": inside} | _marks(draft)
        return self.combined(draft, at, _marks(draft))

    def inside(self, draft: Draft, at: str) -> Any:
        """What holds of the colleagues, or of the item."""
        return self.combined(draft, at, {})

    def combined(self, draft: Draft, at: str, marks: dict[str, Any]) -> Any:
        mode, single = draft.first("mode", "all"), len(draft.children) == 1
        if single and not marks and mode in {"all", "any"} and draft.first("bare"):
            return self.node(draft.children[0], at)
        if single and mode == "none" and not draft.first("wrapped"):
            return {"not": self.node(draft.children[0], f"{at}/not")} | marks
        key = {"all": "all", "not_all": "all", "at_least": "of"}.get(mode, "any")
        negated = mode in {"none", "not_all"}
        children = self.nodes(draft.children, f"{at}/not/{key}" if negated else f"{at}/{key}")
        if not children:
            raise Blank
        if mode == "at_least":
            return {"at_least": integer(draft.first("k", "1")), "of": children} | marks
        return ({"not": {key: children}} if negated else {key: children}) | marks

    # Rows

    def row(self, draft: Draft, at: str) -> Any:
        match draft.kind:
            case "raw":
                return json.loads(draft.first("json").encode("utf-8", "surrogatepass"))
            case "where":
                return self.where(draft)
            case "step":
                return sequences.step_node(draft) | self.wheres(draft, at)
        source, _, name = draft.first("what").partition(":")
        return self.condition(draft, source, name, at) | _marks(draft)

    def condition(self, draft: Draft, source: str, name: str, at: str) -> dict[str, Any]:
        known = self.catalogue
        match source:
            case "property" if name:
                type = known.properties[name].type if name in known.properties else FieldType.TEXT
                return {"property": name} | comparisons.node(draft, type, known)
            case "event" if name:
                return events.node(draft, name, known) | self.wheres(draft, at)
            case "segment" if name:
                return lists.node(draft, name, known)
            case "sequence":
                steps = self.nodes(draft.children, f"{at}/sequence")
                if not steps:
                    raise Unfinished
                return {"sequence": steps} | sequences.node(draft, known)
            case "consent":
                return people.consent_node(draft)
            case "reachable":
                return people.reachable_node(draft)
            case "bucket":
                return people.bucket_node(draft)
        raise Blank

    def wheres(self, draft: Draft, at: str) -> dict[str, Any]:
        where = self.nodes(draft.children, f"{at}/where")
        return {"where": where} if where else {}

    def where(self, draft: Draft) -> dict[str, Any]:
        if not draft.first("name").strip():
            if draft.first("value").strip():
                raise Unfinished
            raise Blank
        type = controls.where_type(draft.first("as"))
        return {"property": draft.first("name")} | comparisons.node(draft, type, self.catalogue) | _marks(draft)


def _who(draft: Draft) -> Any:
    who = draft.first("who", "any")
    return {"at_least": integer(draft.first("who_n", "1"))} if who == "at_least" else who


def _marks(draft: Draft) -> dict[str, Any]:
    """What every node may carry beside its meaning."""
    marks: dict[str, Any] = {}
    if label := draft.first("label"):
        marks["label"] = label
    if draft.first("off"):
        marks["off"] = True
    return marks
