"""Chance that can be repeated: the same name gives the same draws, on every version of Python."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Draws made from `Random.random()` alone, the one sequence that Python promises never to change."""

    def __init__(self, *name: object) -> None:
        self._random = random.Random(":".join(map(str, name))).random

    def chance(self, probability: float) -> bool:
        return self._random() < probability

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._random()

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both possible."""
        return low + int((high - low + 1) * self._random())

    def one(self, options: Sequence[T]) -> T:
        return options[int(len(options) * self._random())]

    def weighted(self, options: Mapping[T, float]) -> T:
        left = self._random() * sum(options.values())
        for option, weight in options.items():
            left -= weight
            if left < 0:
                return option
        return next(iter(options))

    def maybe(self, probability: float, value: T) -> T | None:
        """`value`, or unknown: sample data without gaps would hide what a list says about the unknown."""
        return value if self._random() < probability else None

    def some(self, options: Sequence[T], at_most: int) -> list[T]:
        """One to `at_most` different options, in the order they are written."""
        wanted = self.whole(1, at_most)
        picked: list[T] = []
        for seen, option in enumerate(options):
            if self._random() * (len(options) - seen) < wanted - len(picked):
                picked.append(option)
        return picked

    def digits(self, pattern: str) -> str:
        """`pattern` with a digit for every `#` and a capital letter for every `?`."""
        letters = "ABCEGHJKLMNPRSTVWXYZ"
        return "".join(
            str(self.whole(0, 9)) if sign == "#" else self.one(letters) if sign == "?" else sign for sign in pattern
        )
