"""What is kept true beside memberships, of the same contacts and in the same transaction.

Worth looks before the lists, scores after them. A companion that looks `before` returns the keys that it moved, and the
lists that read them are answered at once. One that looks `after` sees the memberships as written; what it moves goes
into the change log. Each also says when time alone may change what it keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

Keys = Mapping[int, Collection[str]]
Look = Callable[[Keys, datetime], Keys]
"""From contacts and the keys that moved, to the contacts and keys that moved because of them."""
Due = Callable[[Sequence[int]], Mapping[int, datetime]]
"""From contacts to the next instant of each at which it must be looked at under the key `clock`; or an earlier one."""
Settle = Callable[[], object]
"""Does the work that waits."""
Busy = Callable[[], bool]
Audit = Callable[[datetime, Sequence[int]], Sequence["Wrong"]]
"""What differs from the truth at this instant, but for the contacts that wait to be looked at."""


class Wrong(Protocol):
    """Something that is kept of contacts, and is not so."""

    contacts: list[int]


_before: dict[str, Look] = {}
_after: dict[str, Look] = {}
_due: dict[str, Due] = {}
_work: dict[str, tuple[Settle, Busy]] = {}
_audits: dict[str, Audit] = {}


def register(
    name: str,
    *,
    due: Due,
    before: Look | None = None,
    after: Look | None = None,
    settle: Settle | None = None,
    busy: Busy | None = None,
    audit: Audit | None = None,
) -> None:
    """Have these called by every refresh, under the locks of its contacts; the last three by the audit of lists."""
    _due[name] = due
    if settle and busy:
        _work[name] = settle, busy
    if audit:
        _audits[name] = audit
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


def settle() -> bool:
    """Do the work that waits; return whether nothing is left of it."""
    for work, _busy in _work.values():
        work()
    return not any(busy() for _work, busy in _work.values())


def audit(now: datetime, waiting: Sequence[int]) -> dict[str, list[Wrong]]:
    """What differs from the truth, by who keeps it."""
    return {name: list(compare(now, waiting)) for name, compare in _audits.items()}


def _looked(looks: Mapping[str, Look], moved: Keys, now: datetime) -> Keys:
    for look in looks.values():
        more = look(moved, now)
        if more:
            moved = {pk: {*moved.get(pk, ()), *more.get(pk, ())} for pk in {*moved, *more}}
    return moved
