"""Trees as SQL: what groups mean, whoever writes their leaves."""

from __future__ import annotations

from collections.abc import Callable

from ..nodes import All, AnyOf, AtLeast, Leaf, Marked, Node, Not


def formula(node: Node, leaf: Callable[[Leaf], str]) -> str:
    """`node` as a condition over what `leaf` writes, which must never be NULL."""
    match node:
        case All(children):
            return f"({' AND '.join([formula(child, leaf) for child in children])})"
        case AnyOf(children):
            return f"({' OR '.join([formula(child, leaf) for child in children])})"
        case AtLeast(k, children):
            return f"({' + '.join([f'({formula(child, leaf)})::int' for child in children])} >= {k})"
        case Not(child):
            return f"(NOT {formula(child, leaf)})"
        case Marked(child):
            return formula(child, leaf)
        case _:
            return leaf(node)
