"""A definition as a tree of plain frozen data.

Each question asked of a tree (its JSON, its SQL, what it depends on, its sentence) is one function with one `match`,
so that mypy reports any function that forgets a node. Equal nodes ask the same question: the engine shares them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from .operators import Operand, Operator
from .schema import Property
from .windows import Span, Window

Measure = Literal["count", "sum", "avg", "min", "max", "distinct", "distinct_days", "first", "last", "change_pct"]
WHOLE_MEASURES = frozenset({"count", "distinct", "distinct_days"})
"""The measures that count: whole numbers, and 0 over no events at all."""


@dataclass(frozen=True)
class All:
    children: tuple[Node, ...]


@dataclass(frozen=True)
class AnyOf:
    children: tuple[Node, ...]


@dataclass(frozen=True)
class AtLeast:
    """At least `k` of the children hold."""

    k: int
    children: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    child: Node


@dataclass(frozen=True)
class Marked:
    """A node with the label people gave it, or switched off as if it were absent."""

    child: Node
    label: str | None = None
    off: bool = False


@dataclass(frozen=True)
class Compare:
    """country is any of IT, FR. In a `where`, the property is the event's."""

    property: Property
    operator: Operator
    operand: Operand
    unknown: bool = False
    case: bool = False
    zone: str | None = None


@dataclass(frozen=True)
class Performed:
    """Order Completed at least 3 times in the last 30 days; or the sum of its revenue over 500 USD."""

    event: str
    operator: Operator
    operand: Operand
    measure: Measure = "count"
    of: str | None = None
    currency: str | None = None
    window: Window | None = None
    where: Node | None = None
    case: bool = False
    zone: str | None = None

    def holds_for(self, value: Decimal | None) -> bool:
        """Whether the comparison holds for this measured number; None is no value at all, and compares false."""
        return value is not None and self.operator.holds(value, self.operand)

    @property
    def holds_for_nothing(self) -> bool:
        """Whether a contact without a single such event is in."""
        return self.holds_for(Decimal(0) if self.measure in WHOLE_MEASURES | {"sum"} else None)


@dataclass(frozen=True)
class Occurred:
    """The first (or last, or n-th) Order Completed happened in the last 7 days."""

    event: str
    which: Literal["first", "last"] | int
    window: Window
    where: Node | None = None
    zone: str | None = None


@dataclass(frozen=True)
class Step:
    """One event of a sequence, or one that must not come; `within` counts from the match before."""

    event: str
    where: Node | None = None
    negated: bool = False
    within: Span | None = None


@dataclass(frozen=True)
class Sequence:
    """Events one after the other, each strictly later; with `same`, all of one value of that property."""

    steps: tuple[Step, ...]
    window: Window | None = None
    same: str | None = None
    zone: str | None = None


@dataclass(frozen=True)
class AnyItem:
    """One item of a list-valued property of the event satisfies `child`; only in a `where`."""

    key: str
    child: Node


@dataclass(frozen=True)
class InSegment:
    """is in list 42"""

    segment_id: int
    negated: bool = False


@dataclass(frozen=True)
class PastSegment:
    """joined list 42 in the last week; left it; is in it for a month; was in it on 31 January"""

    segment_id: int
    operator: Operator
    operand: Window | Span | date | None = None
    zone: str | None = None


@dataclass(frozen=True)
class Consented:
    """is subscribed to the newsletter by e-mail"""

    channel: str
    operator: Operator
    topic: str = ""


@dataclass(frozen=True)
class Reachable:
    """may and can be written to on this channel"""

    channel: str


@dataclass(frozen=True)
class Colleagues:
    """any, all, none or at least so many of the other contacts of the same company"""

    quantity: Literal["any", "all", "none"] | int
    child: Node


@dataclass(frozen=True)
class Bucket:
    """The contact's stable number, from 0 to below `of`, lies between `low` and `high`."""

    low: int
    high: int
    of: int
    salt: str = ""


Leaf = (
    Compare
    | Performed
    | Occurred
    | Sequence
    | InSegment
    | PastSegment
    | Consented
    | Reachable
    | Colleagues
    | Bucket
    | AnyItem
)
Node = All | AnyOf | AtLeast | Not | Marked | Leaf


def active(node: Node) -> Node | None:
    """The tree without labels and without what is switched off; None when nothing is left."""
    match node:
        case All(children):
            kept = _active(children)
            return All(kept) if kept else None
        case AnyOf(children):
            kept = _active(children)
            return AnyOf(kept) if kept else None
        case AtLeast(k, children):
            kept = _active(children)
            return AtLeast(k, kept) if kept else None
        case Not(child):
            inner = active(child)
            return Not(inner) if inner else None
        case Marked(child, _, off):
            return None if off else active(child)
        case Colleagues(quantity, child):
            inner = active(child)
            return Colleagues(quantity, inner) if inner else None
        case AnyItem(key, child):
            inner = active(child)
            return AnyItem(key, inner) if inner else None
        case Performed(where=where) | Occurred(where=where) if where is not None:
            return replace(node, where=active(where))
        case Sequence(steps):
            return replace(node, steps=tuple(replace(step, where=step.where and active(step.where)) for step in steps))
        case _:
            return node


def leaves(node: Node) -> list[Leaf]:
    """Every leaf once, in the order of reading."""
    found: dict[Leaf, None] = {}
    stack: list[Node] = [node]
    while stack:
        match stack.pop():
            case All(children) | AnyOf(children) | AtLeast(_, children):
                stack.extend(reversed(children))
            case Not(child) | Marked(child):
                stack.append(child)
            case leaf:
                found[leaf] = None
    return list(found)


def walk(node: Node) -> Iterator[tuple[str, Leaf]]:
    """Every leaf with the JSON Pointer of its condition, in the order of reading."""
    waiting: list[tuple[str, Node]] = [("", node)]
    while waiting:
        at, here = waiting.pop()
        match here:
            case All(children):
                waiting.extend((f"{at}/all/{index}", child) for index, child in reversed([*enumerate(children)]))
            case AnyOf(children):
                waiting.extend((f"{at}/any/{index}", child) for index, child in reversed([*enumerate(children)]))
            case AtLeast(_, children):
                waiting.extend((f"{at}/of/{index}", child) for index, child in reversed([*enumerate(children)]))
            case Not(child):
                waiting.append((f"{at}/not", child))
            case Marked(child):
                waiting.append((at, child))
            case leaf:
                yield at, leaf


def _active(children: tuple[Node, ...]) -> tuple[Node, ...]:
    kept = []
    for child in children:
        inner = active(child)
        if inner is not None:
            kept.append(inner)
    return tuple(kept)
