"""Putting contacts on a static list, and taking them off, by whichever room keeps lists."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput, Problem

Add = Callable[[int, Sequence[int], Actor, str], Collection[int]]
Remove = Callable[[int, Sequence[int], datetime, Actor, str], Collection[int]]
Choices = Callable[[], "list[tuple[int, str]]"]
_registered: list[tuple[Add, Choices, Remove]] = []


def register(add: Add, choices: Choices, remove: Remove) -> None:
    """In the caller's transaction, `add(list_id, contact_ids, actor, cause)` returns who was not on it before, and
    `remove(list_id, contact_ids, until, actor, cause)` takes those off who are on it since `until` or longer, and
    returns them; `choices()` are the lists there are."""
    _registered[:] = [(add, choices, remove)]


def choices() -> list[tuple[int, str]]:
    return _registered[0][1]() if _registered else []


def check(list_id: int | None) -> None:
    if list_id is not None and list_id not in dict(choices()):
        raise InvalidInput([Problem("/static_list_id", _("There is no such static list."))])


def add(list_id: int | None, contact_ids: Sequence[int], actor: Actor, cause: str = "import") -> Collection[int]:
    """Who was not on the list before."""
    if list_id is None or not contact_ids or not _registered:
        return ()
    return _registered[0][0](list_id, contact_ids, actor, cause)


def remove(list_id: int | None, contact_ids: Sequence[int], until: datetime, actor: Actor) -> None:
    """What an import put there."""
    if list_id is not None:
        take_off(list_id, contact_ids, actor, "import undone", until=until)


def take_off(
    list_id: int, contact_ids: Sequence[int], actor: Actor, cause: str, *, until: datetime | None = None
) -> Collection[int]:
    """Who was on the list, since `until` or longer where that is given."""
    if not contact_ids or not _registered:
        return ()
    return _registered[0][2](list_id, contact_ids, until or clock.now(), actor, cause)
