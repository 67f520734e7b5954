"""Ways to narrow the contacts table and `GET /contacts/` that upper rooms add, such as `?segment=`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from .models import Contact

FEW = 10_000
Narrow = Callable[["QuerySet[Contact]", str], "QuerySet[Contact]"]
Choices = Callable[[], list[tuple[str, str]]]
Say = Callable[[str], str]


@dataclass(frozen=True)
class Narrowing:
    """A condition on contacts. Where known: it holds for exactly `count`, or for more than `more_than`."""

    condition: Q
    more_than: int = 0
    count: int | None = None


Condition = Callable[[str], Narrowing]


@dataclass(frozen=True)
class _Filter:
    narrow: Narrow
    choices: Choices
    say: Say | None
    condition: Condition | None


_filters: dict[str, _Filter] = {}


def narrowing(few: list[int], condition: Q) -> Narrowing:
    """`few` are the first FEW + 1 contacts for which `condition` holds, as an index or a scan comes upon them.

    If that is all of them, they are named: nothing asks twice whom a dear condition finds. If there are more, whoever
    reads the newest soon has enough, and looking for all would take long: then the condition itself is given.
    """
    if len(few) > FEW:
        return Narrowing(condition, FEW)
    return Narrowing(Q(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [few])), count=len(set(few)))


def register(
    name: str,
    narrow: Narrow,
    choices: Choices = list,
    say: Say | None = None,
    condition: Condition | None = None,
) -> None:
    """`narrow(queryset, value)` raises InvalidInput for a value it cannot read; `choices` are what a page offers, and
    `say` tells what a value asks, as a sentence. With `condition` a page knows sooner how many there are."""
    _filters[name] = _Filter(narrow, choices, say, condition)


def by_condition(name: str) -> bool:
    """Whether the filter can be said as a condition."""
    return name in _filters and _filters[name].condition is not None


def condition(name: str, value: str) -> Narrowing | None:
    known = _filters.get(name)
    return known.condition(value) if known and known.condition else None


def names() -> list[str]:
    return list(_filters)


def apply(name: str, queryset: QuerySet[Contact], value: str) -> QuerySet[Contact]:
    return _filters[name].narrow(queryset, value) if name in _filters and value else queryset


def choices(name: str) -> list[tuple[str, str]]:
    return _filters[name].choices() if name in _filters else []


def say(name: str, value: str) -> str:
    """What the filter asks with this value; nothing where it has no words of its own."""
    known = _filters.get(name)
    return known.say(value) if known and known.say and value else ""
