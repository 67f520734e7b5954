"""What became of a definition between two versions: the smallest parts that were added, removed or changed.

Both are JSON as `dump` writes it. The order of conditions says nothing, so that a condition that only moved is no edit.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from crmseg.common import json

_LISTS = {"all": "all", "any": "any", "at_least": "of"}
_SINGLES = {"not": "not", "colleagues": "of"}
_SUBJECTS = ("property", "event", "segment", "consent", "reachable")


@dataclass(frozen=True)
class Part:
    """A node of a definition, and the JSON Pointer to it."""

    pointer: str
    node: Any


@dataclass(frozen=True)
class Edit:
    """Added without `before`, removed without `after`, else changed. Of a changed group, its parts are not repeated."""

    before: Part | None
    after: Part | None

    @property
    def kind(self) -> str:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def compare(old: Any, new: Any) -> list[Edit]:
    """The edits that lead from one definition to the other, in the order of reading."""
    return _compare(Part("", old), Part("", new))


def _compare(old: Part, new: Part) -> list[Edit]:
    if _said(old.node) == _said(new.node):
        return []
    before, after = _children(old), _children(new)
    if before is None and after is None:
        return [Edit(old, new)]
    if before is None or after is None:
        # One condition became a group, or the other way round: it may still be there, among others.
        wrapped = _align(before or [old], after or [new])
        kept = any(edit.kind == "changed" for edit in wrapped) or len(wrapped) < len(before or [old]) + len(
            after or [new]
        )
        return wrapped if kept else [Edit(old, new)]
    own = [] if _frame(old.node) == _frame(new.node) else [Edit(old, new)]
    return own + _align(before, after)


def _align(old: list[Part], new: list[Part]) -> list[Edit]:
    """Pair the same, then those about the same thing, then groups; what is left over was removed or added."""
    pairs: dict[int, int] = {}
    for level in range(4):
        waiting: dict[Hashable, list[int]] = {}
        for index, part in enumerate(old):
            if index not in pairs:
                waiting.setdefault(_subject(part.node, level), []).append(index)
        taken = set(pairs.values())
        for index, part in enumerate(new):
            alike = waiting.get(_subject(part.node, level)) if index not in taken else None
            if alike:
                pairs[alike.pop(0)] = index
    edits = []
    partner = {after: before for before, after in pairs.items()}
    for index, part in enumerate(new):
        edits += _compare(old[partner[index]], part) if index in partner else [Edit(None, part)]
    return [Edit(part, None) for index, part in enumerate(old) if index not in pairs] + edits


def _subject(node: Any, level: int) -> Hashable:
    """What a node is about: at first its every word, at each level less."""
    if level == 0 or not isinstance(node, dict):
        return _said(node)
    kind = next((key for key in (*_LISTS, *_SINGLES) if key in node), None)
    if kind is not None:
        return ("group", kind if level < 3 else "")
    subject = tuple(
        _said(node.get(key)) for key in ("property", "event", "segment", "consent", "reachable", "any_item")
    )
    other = tuple(sorted(key for key in ("sequence", "bucket", "occurrence") if key in node))
    return (subject, other, _said(node.get("op")) if level == 1 else b"")


def _children(part: Part) -> list[Part] | None:
    """The nodes of a group; None for a condition."""
    if not isinstance(part.node, dict):
        return None
    for kind, key in _LISTS.items():
        if kind in part.node:
            return [Part(f"{part.pointer}/{key}/{index}", child) for index, child in enumerate(part.node[key])]
    for kind, key in _SINGLES.items():
        if kind in part.node:
            return [Part(f"{part.pointer}/{key}", part.node[key])]
    return None


def _frame(node: dict[str, Any]) -> bytes:
    """A group without its children: what kind it is, how many must hold, its label, whether it is off."""
    children = next(key for kind, key in (_LISTS | _SINGLES).items() if kind in node)
    return _said({key: value for key, value in node.items() if key != children} | {"kind": _kinds(node)})


def _kinds(node: Iterable[str]) -> list[str]:
    return sorted({*_LISTS, *_SINGLES}.intersection(node))


def _said(node: Any) -> bytes:
    return json.canonical(node)
