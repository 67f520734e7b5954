"""What is kept true beside memberships, of the same contacts and in the same transaction.

Worth looks before the lists, scores after them. A companion that looks `before` returns the keys that it moved, and the
lists that read them are answered at once. One that looks `after` sees the memberships as written; what it moves goes
into the change log. Each also says when time alone may change what it keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

Keys = Mapping[int, Collection[str]]
Look = Callable[[Keys, datetime], Keys]
"""From contacts and the keys that moved, to the contacts and keys that moved because of them."""
Due = Callable[[Sequence[int]], Mapping[int, datetime]]
"""From contacts to the next instant of each at which it must be looked at under the key `clock`; or an earlier one."""
_before: dict[str, Look] = {}
_after: dict[str, Look] = {}
_due: dict[str, Due] = {}


def register(name: str, *, due: Due, before: Look | None = None, after: Look | None = None) -> None:
    """Have these called by every refresh, under the locks of its contacts."""
    _due[name] = due
    if before:
        _before[name] = before
    if after:
        _after[name] = after


def look_before(moved: Keys, now: datetime) -> Keys:
    """`moved`, and what moves because of it."""
    return _looked(_before, moved, now)


def look_after(moved: Keys, now: datetime) -> None:
    _looked(_after, moved, now)


def due(contact_ids: Sequence[int]) -> list[tuple[int, datetime]]:
    return [pair for next_of in _due.values() for pair in next_of(contact_ids).items()]


def _looked(looks: Mapping[str, Look], moved: Keys, now: datetime) -> Keys:
    for look in looks.values():
        more = look(moved, now)
        if more:
            moved = {pk: {*moved.get(pk, ()), *more.get(pk, ())} for pk in {*moved, *more}}
    return moved
