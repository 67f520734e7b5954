"""What a definition reads, in the words of dependency keys, and when time alone can change its answer."""

from __future__ import annotations

from typing import assert_never

from .nodes import All, AnyOf, Compare, InSegment, Marked, Node, Not, Performed, leaves

CLOCK = "clock"
EVERYTHING = "*"
ANY_COMPANY = "company:*"


def keys(node: Node) -> set[str]:
    """The change keys that can alter the answer, `clock` among them where time alone can."""
    match node:
        case All(children) | AnyOf(children):
            found: set[str] = set()
            for child in children:
                found |= keys(child)
            return found
        case Not(child) | Marked(child):
            return keys(child)
        case Compare(property):
            read = {f"attribute:{property.key}"}
            if property.source == "company":
                read.add(ANY_COMPANY)
            return read | ({CLOCK} if reads_clock(node) else set())
        case Performed(event):
            # Even an unbounded count changes when an event dated in the future comes to pass.
            return {f"event:{event}", CLOCK}
        case InSegment(segment_id):
            return {f"segment:{segment_id}"}
    assert_never(node)


def reads_clock(node: Compare) -> bool:
    return node.operator.reads_clock or node.property.reads_clock


def segments(node: Node) -> set[int]:
    """The lists that a definition asks."""
    return {leaf.segment_id for leaf in leaves(node) if isinstance(leaf, InSegment)}
