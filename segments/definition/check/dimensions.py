"""The ways to look at a thing: as a number, one of a few values, a text, several tags, or events in windows."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

Key = Hashable


@dataclass(frozen=True)
class Numbers:
    """A dimension of numbers, whole or dense, within bounds."""

    key: Key
    whole: bool = False
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Choice:
    """A dimension of a few values that are all known."""

    key: Key
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Spelling:
    """The text itself; see `spellings`."""

    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tags:
    """Several texts at once; see `tags`."""


@dataclass(frozen=True)
class Counts:
    """How many events lie in windows that overlap; see `counting`."""


Dimension = Numbers | Choice | Spelling | Tags | Counts
KNOWN = Choice("known", (True,))
FREE = (False, True)
