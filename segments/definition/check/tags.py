"""Sets of tags as far as conditions tell them apart: which of the named ones are in, whether others are, how many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from ..operators import Operand
from .spellings import fold

MOST_TAGS = 6
Set = tuple[frozenset[str], bool, int]
"""The named tags that are in, whether any other is, and how many entries there are."""


@dataclass(frozen=True)
class Reading:
    holds: Callable[[Set], bool]
    texts: tuple[str | int, ...]
    """The tags that are named, folded; or a number of entries."""


def reading(key: str, operand: Operand) -> Reading | None:
    if isinstance(operand, Decimal):
        n = int(operand)
        sizes: dict[str, Callable[[Set], bool]] = {
            "size_is": lambda one: one[2] == n,
            "size_gte": lambda one: one[2] >= n,
            "size_lte": lambda one: one[2] <= n,
        }
        return Reading(sizes[key], (n,)) if key in sizes and n < 50 else None
    if not isinstance(operand, tuple):
        return None
    named = frozenset(fold(str(one)) for one in operand)
    if len(named) > MOST_TAGS or not all(str(one).isascii() for one in operand):
        return None
    tests: dict[str, Callable[[Set], bool]] = {
        "contains_any": lambda one: bool(named & one[0]),
        "contains_none": lambda one: not named & one[0],
        "contains_all": lambda one: named <= one[0],
        "is_exactly": lambda one: named == one[0] and not one[1],
    }
    return Reading(tests[key], tuple(sorted(named))) if key in tests else None


def kinds(points: set[str | int]) -> list[Set] | None:
    """Every kind of set that a value can be; None where there are too many."""
    named = sorted(one for one in points if isinstance(one, str))
    if len(named) > MOST_TAGS:
        return None
    sizes = sorted({size for one in points if isinstance(one, int) for size in (one - 1, one, one + 1)} | {0})
    return list(_kinds(named, [*sizes, sizes[-1] + MOST_TAGS + 2]))


def _kinds(named: list[str], sizes: list[int]) -> Iterator[Set]:
    for chosen in product((False, True), repeat=len(named)):
        inside = frozenset(tag for tag, held in zip(named, chosen, strict=True) if held)
        for others in (False, True):
            least = len(inside) + others
            if least:
                yield from ((inside, others, size) for size in {*sizes, least} if size >= least)
