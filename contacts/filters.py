"""Ways to narrow the contacts table and `GET /contacts/` that upper rooms add, such as `?segment=`."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import QuerySet

from .models import Contact

Narrow = Callable[["QuerySet[Contact]", str], "QuerySet[Contact]"]
Choices = Callable[[], list[tuple[str, str]]]
_filters: dict[str, tuple[Narrow, Choices]] = {}


def register(name: str, narrow: Narrow, choices: Choices = list) -> None:
    """`narrow(queryset, value)` raises InvalidInput for a value it cannot read; `choices` are what a page offers."""
    _filters[name] = narrow, choices


def names() -> list[str]:
    return list(_filters)


def apply(name: str, queryset: QuerySet[Contact], value: str) -> QuerySet[Contact]:
    return _filters[name][0](queryset, value) if name in _filters and value else queryset


def choices(name: str) -> list[tuple[str, str]]:
    return _filters[name][1]() if name in _filters else []
