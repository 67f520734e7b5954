"""Putting imported contacts on a static list, by whichever room keeps lists."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput, Problem

Add = Callable[[int, Sequence[int], Actor], Collection[int]]
Remove = Callable[[int, Sequence[int], datetime, Actor], object]
Choices = Callable[[], "list[tuple[int, str]]"]
_registered: list[tuple[Add, Choices, Remove]] = []


def register(add: Add, choices: Choices, remove: Remove) -> None:
    """In the caller's transaction, `add(list_id, contact_ids, actor)` returns who was not on the list before, and
    `remove(list_id, contact_ids, until, actor)` takes those off who are on it since `until` or longer; `choices()` are
    the lists there are."""
    _registered[:] = [(add, choices, remove)]


def choices() -> list[tuple[int, str]]:
    return _registered[0][1]() if _registered else []


def check(list_id: int | None) -> None:
    if list_id is not None and list_id not in dict(choices()):
        raise InvalidInput([Problem("/static_list_id", _("There is no such static list."))])


def add(list_id: int | None, contact_ids: Sequence[int], actor: Actor) -> Collection[int]:
    """Who was not on the list before."""
    return _registered[0][0](list_id, contact_ids, actor) if list_id is not None and contact_ids and _registered else ()


def remove(list_id: int | None, contact_ids: Sequence[int], until: datetime, actor: Actor) -> None:
    if list_id is not None and contact_ids and _registered:
        _registered[0][2](list_id, contact_ids, until, actor)
