"""How many events lie in windows that overlap: a longer window holds at least as many as a shorter one inside it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations_with_replacement, pairwise, product
from math import comb

from .numbering import stretches
from .timelines import Place

MOST_STATES = 4_096
Over = Place | Hashable | None
"""Where the events are counted: a place on a timeline, a window that stands apart from all others, or all time."""
State = dict[Over, int]
"""How many events each window holds."""


def together(windows: Sequence[Over], points: Iterable[int]) -> list[tuple[set[Over], list[State]]]:
    """The windows parted into those that are compared, each part with every state that matters.

    The counts matter only as far as they are told apart at `points`.
    """
    numbers = [int(number) for number in stretches(set(points), whole=True, least=0)]
    by_scale: dict[Hashable, set[Over]] = {}
    for window in windows:
        if window is not None:
            scale = window.scale if isinstance(window, Place) else window
            by_scale.setdefault(scale, set()).add(window)
    if None in windows:  # all time holds every other window
        by_scale.setdefault(next(iter(by_scale), None), set()).add(None)
    found = []
    for group in by_scale.values():
        states = _chain(group, numbers) or _cells(group, numbers)
        if states is None:
            found += [({window}, [{window: n} for n in numbers]) for window in group]
        else:
            found.append((group, states))
    return found


def _chain(group: set[Over], numbers: list[int]) -> list[State] | None:
    """Windows each of which holds the one before."""
    ordered = sorted(group, key=_size)
    if any(not _holds(outer, inner) for inner, outer in pairwise(ordered)):
        return None
    if comb(len(numbers) + len(ordered) - 1, len(ordered)) > MOST_STATES:
        return None
    rising = combinations_with_replacement(numbers, len(ordered))
    return [dict(zip(ordered, counts, strict=True)) for counts in rising]


def _cells(group: set[Over], numbers: list[int]) -> list[State] | None:
    """Windows that overlap otherwise: the events are counted in each stretch between two of their ends."""
    places = [window for window in group if isinstance(window, Place)]
    if len(places) + (None in group) < len(group):
        return None
    ends = {point for place in places for point in place.points}
    latest = 0 if all(place.high is not None and place.high <= 0 for place in places) else None
    most = max(numbers)
    cells: set[frozenset[Over]] = set()
    for at in stretches(ends, whole=False):
        if latest is None or at <= latest:
            inside = (one for one in group if one is None or (isinstance(one, Place) and one.inside(at)))
            cells |= {frozenset(inside)} - {frozenset()}
            if (most + 1) ** len(cells) > MOST_STATES:
                return None
    states = []
    for counts in product(range(most + 1), repeat=len(cells)):
        pairs = list(zip(cells, counts, strict=True))
        states.append({window: sum(n for cell, n in pairs if window in cell) for window in group})
    return states


def _size(window: Over) -> tuple[int, int]:
    if not isinstance(window, Place):
        return (2 if window is None else 1), 0
    if window.low is None or window.high is None:
        return 0, 2**62
    return 0, window.high - window.low


def _holds(outer: Over, inner: Over) -> bool:
    """Whether every event in `inner` is in `outer` too."""
    if outer is None:
        return True
    if not isinstance(outer, Place) or not isinstance(inner, Place):
        return False
    begins = outer.low is None or (inner.low is not None and outer.low <= inner.low)
    return begins and (outer.high is None or (inner.high is not None and inner.high <= outer.high))
