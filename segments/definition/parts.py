"""A definition taken apart: every node with its JSON Pointer, and what is switched off marked as absent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .nodes import All, AnyOf, AtLeast, Marked, Node, Not, active


@dataclass(eq=False)
class Part:
    """One node. `node` is free of labels and, where it is a leaf, of what is switched off inside; `source` is as it was
    written."""

    pointer: str
    node: Node
    children: list[Part] = field(default_factory=list)
    label: str | None = None
    off: bool = False
    source: Node | None = None

    @property
    def present(self) -> list[Part]:
        return [child for child in self.children if not child.off]

    @property
    def is_group(self) -> bool:
        return isinstance(self.node, All | AnyOf | AtLeast | Not)

    @property
    def wanted(self) -> int:
        """How many of those present must hold; for a `not`, of one it is none."""
        match self.node:
            case All():
                return len(self.present)
            case AtLeast(k):
                return k
            case _:
                return 1

    def each(self) -> Iterator[Part]:
        """All that is present, itself first."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            if not part.off:
                yield part
                waiting.extend(reversed(part.children))


def take_apart(node: Node, pointer: str = "") -> Part:
    match node:
        case Marked(child, label, off):
            part = take_apart(child, pointer)
            part.label, part.off = label, part.off or off
            return part
        case All(children):
            return _group(node, pointer, "all", children)
        case AnyOf(children):
            return _group(node, pointer, "any", children)
        case AtLeast(_, children):
            return _group(node, pointer, "of", children)
        case Not(child):
            inner = take_apart(child, f"{pointer}/not")
            return Part(pointer, node, [inner], off=inner.off)
        case leaf:
            kept = active(leaf)
            return Part(pointer, kept or leaf, off=kept is None, source=leaf)


def _group(node: Node, pointer: str, key: str, children: Sequence[Node]) -> Part:
    parts = []
    for index, child in enumerate(children):
        parts.append(take_apart(child, f"{pointer}/{key}/{index}"))
    return Part(pointer, node, parts, off=all(part.off for part in parts))
