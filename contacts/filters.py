"""Ways to narrow the contacts table and `GET /contacts/` that upper rooms add, such as `?segment=`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet

from .models import Contact

Narrow = Callable[["QuerySet[Contact]", str], "QuerySet[Contact]"]
Choices = Callable[[], list[tuple[str, str]]]
Say = Callable[[str], str]


@dataclass(frozen=True)
class _Filter:
    narrow: Narrow
    choices: Choices
    say: Say | None


_filters: dict[str, _Filter] = {}


def register(name: str, narrow: Narrow, choices: Choices = list, say: Say | None = None) -> None:
    """`narrow(queryset, value)` raises InvalidInput for a value it cannot read; `choices` are what a page offers, and
    `say` tells what a value asks, as a sentence."""
    _filters[name] = _Filter(narrow, choices, say)


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
