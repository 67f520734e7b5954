"""What a table of people can show beside their attributes; upper rooms add their own columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

Count = Callable[[Sequence[int]], Mapping[int, int]]


@dataclass(frozen=True)
class Counted:
    """A number per contact, asked once for all rows of a page; contacts that are left out have none."""

    key: str
    label: str | Promise
    count: Count


_counted: dict[str, Counted] = {}


def register(column: Counted) -> None:
    _counted[column.key] = column


def counted() -> list[Counted]:
    return list(_counted.values())
