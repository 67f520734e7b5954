"""Who reads an attribute, an event type or a consent: lists and campaigns, told by the rooms above.

Everything is asked by dependency keys (`attribute:plan`, `event:Order Completed`, `consent:email`), for many at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

from .fields import Field


@dataclass(frozen=True)
class Use:
    """A list or a campaign that reads a key; `kind` is its icon's word: list or campaign."""

    kind: str
    name: str
    url: str


@dataclass(frozen=True)
class Effect:
    """What another type of an attribute would mean to one that reads it; with `problems` it could not go on."""

    use: Use
    problems: tuple[str | Promise, ...] = ()


Finder = Callable[[Collection[str]], Mapping[str, Iterable[Use]]]
Judge = Callable[[str, Field], Iterable[Effect]]
_finders: list[Finder] = []
_judges: list[Judge] = []


def register(finder: Finder) -> None:
    """`finder(keys)` gives what reads each of the keys; a constant number of queries however many they are."""
    if finder not in _finders:
        _finders.append(finder)


def register_judge(judge: Judge) -> None:
    """`judge(key, field)` says what becomes of its readers if the attribute were as `field` says."""
    if judge not in _judges:
        _judges.append(judge)


def uses(keys: Collection[str]) -> dict[str, list[Use]]:
    """By key, lists first; keys that nobody reads have an empty list."""
    found: dict[str, list[Use]] = {key: [] for key in keys}
    if not keys:
        return found
    for finder in _finders:
        for key, readers in finder(keys).items():
            found[key] += [use for use in readers if use not in found[key]]
    return found


def effects(key: str, field: Field) -> list[Effect]:
    return [effect for judge in _judges for effect in judge(key, field)]


def attribute_key(entity: str, key: str) -> str:
    """The dependency key of an attribute."""
    return f"attribute:company.{key}" if entity == "company" else f"attribute:{key}"
