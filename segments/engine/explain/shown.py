"""The truth tree as plain data: each node with its sentence, its truth, what decided it, and when it flips."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

from ...definition import describe
from ...definition.nodes import (
    All,
    AnyItem,
    AnyOf,
    AtLeast,
    Bucket,
    Colleagues,
    Compare,
    Consented,
    InSegment,
    Marked,
    Node,
    Not,
    Occurred,
    PastSegment,
    Performed,
    Reachable,
    Sequence,
)
from ...definition.parts import Part
from ...definition.schema import Catalogue


def tree(
    part: Part,
    known: Catalogue,
    held: Mapping[Part, bool],
    flips: Mapping[Part, datetime],
    evidence: Mapping[Part, dict[str, Any]],
) -> dict[str, Any]:
    """The part and all below it. What is switched off has no truth."""
    found: dict[str, Any] = {
        "pointer": part.pointer,
        "kind": kind(part.node),
        "sentence": describe.say(part.node, known),
        "holds": held.get(part),
        "evidence": evidence.get(part, {}),
        "flips_at": flips.get(part),
        "children": [],
    }
    if part.label is not None:
        found["label"] = part.label
    if part.off:
        found["off"] = True
        return found
    for child in part.children:
        found["children"].append(tree(child, known, held, flips, evidence))
    return found


def kind(node: Node) -> str:
    """The key that names the node in a definition; an occurrence is told from a measure."""
    match node:
        case All():
            return "all"
        case AnyOf():
            return "any"
        case AtLeast():
            return "at_least"
        case Not():
            return "not"
        case Marked(child):
            return kind(child)
        case Compare():
            return "property"
        case Performed():
            return "event"
        case Occurred():
            return "occurrence"
        case Sequence():
            return "sequence"
        case InSegment() | PastSegment():
            return "segment"
        case Consented():
            return "consent"
        case Reachable():
            return "reachable"
        case Colleagues():
            return "colleagues"
        case Bucket():
            return "bucket"
        case AnyItem():
            return "any_item"
    assert_never(node)
