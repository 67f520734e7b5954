"""The definitions that a list has had, in words, and what was changed between any two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crmseg.common.problems import InvalidInput

from . import catalogue
from .definition import describe
from .definition.compare import Part, compare
from .definition.load import load
from .definition.schema import Catalogue
from .models import SegmentVersion


@dataclass(frozen=True)
class Side:
    """A node as it stood in one version. It has no sentence where what it reads is gone or switched off."""

    pointer: str
    node: Any
    sentence: str | None


@dataclass(frozen=True)
class Change:
    """`kind` is added, removed or changed."""

    kind: str
    before: Side | None
    after: Side | None


def sentence(definition: object, known: Catalogue) -> str | None:
    """What a definition says; nothing where it can no longer be read."""
    try:
        return describe.sentence(load(definition, known), known)
    except InvalidInput:
        return None


def difference(before: SegmentVersion, after: SegmentVersion) -> list[Change]:
    """What the edits between two versions of a list added, removed and changed, in the order of reading."""
    known = catalogue.current()

    def side(part: Part | None) -> Side | None:
        if part is None:
            return None
        shown = {key: value for key, value in part.node.items() if key != "off"}
        return Side(part.pointer, part.node, sentence(shown, known))

    return [
        Change(edit.kind, side(edit.before), side(edit.after)) for edit in compare(before.definition, after.definition)
    ]
