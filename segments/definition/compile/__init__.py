"""Leaves as SQL conditions.

The aliases are fixed: `c` is the contact, `co` its company, `e` an event (or an item of one). Every condition is true
or false, never NULL: that is what makes `not` exactly the other contacts. A subquery that speaks of other contacts or
of items names them by the same alias, so that what is written for one is right for the other.
"""

from __future__ import annotations

from typing import assert_never

from ..nodes import (
    AnyItem,
    Bucket,
    Colleagues,
    Compare,
    Consented,
    InSegment,
    Leaf,
    Node,
    Occurred,
    PastSegment,
    Performed,
    Reachable,
    Sequence,
    leaves,
)
from ..sql import Params
from . import events, lists, people, sequences, windows
from .comparison import comparison, comparison_flips
from .formula import formula

__all__ = ["comparison", "comparison_flips", "condition", "events", "flips", "formula", "leaf", "lists", "windows"]


def condition(node: Node, params: Params) -> str:
    """The tree as a condition on one contact `c`."""
    return formula(node, lambda one: leaf(one, params))


def leaf(node: Leaf, params: Params) -> str:
    """One question about the contact `c`, answered by itself."""
    match node:
        case Compare():
            return comparison(node, params)
        case Performed() | Occurred():
            return events.holds(node, params, events.correlated(node, params))
        case Sequence():
            return sequences.sequence(node, params)
        case InSegment():
            return lists.in_segment(node, params)
        case PastSegment():
            return lists.past_segment(node, params)
        case Consented():
            return people.consented(node, params)
        case Reachable():
            return people.reachable(node, params)
        case Colleagues():
            return people.colleagues(node, lambda inner: condition(inner, params))
        case Bucket():
            return people.bucket(node, params)
        case AnyItem():
            raise TypeError("The loader lets items stand only in a `where`.")
    assert_never(node)


def flips(node: Leaf, params: Params) -> list[str]:
    """The next instants at which time alone may change the leaf for `c`: each NULL, past, or not too late."""
    match node:
        case Compare():
            moment = comparison_flips(node, params)
            return [] if moment.startswith("NULL") else [moment]
        case Performed() | Occurred():
            return events.flips(node, params, events.correlated(node, params))
        case Sequence():
            return sequences.sequence_flips(node, params)
        case PastSegment():
            return lists.past_flips(node, params)
        case Colleagues(_, child):
            return people.colleague_flips(
                _each_future([m for one in leaves(child) for m in flips(one, params)], params)
            )
        case InSegment() | Consented() | Reachable() | Bucket() | AnyItem():
            return []
    assert_never(node)


def _each_future(moments: list[str], params: Params) -> list[str]:
    now = params.now()
    return [f"CASE WHEN {moment} > {now} THEN {moment} END" for moment in dict.fromkeys(moments)]
