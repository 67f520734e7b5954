"""What moves with a contact that becomes part of another. Upper rooms register what they keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crmseg.common.actor import Actor

Count = Callable[[int], "list[tuple[str, int]]"]
Move = Callable[[int, int, Actor], Any]
Return = Callable[[int, int, Any, Actor], None]


@dataclass(frozen=True)
class Step:
    """`move(survivor, merged, actor)` runs in the transaction of the merge, while both contacts exist and are locked,
    and returns what JSON can hold; `undo(survivor, merged, moved, actor)` gets that again once both exist anew.
    `count(merged)` says to people what would move: what it is called, and how many."""

    move: Move
    undo: Return
    count: Count


_steps: dict[str, Step] = {}


def register(name: str, step: Step) -> None:
    _steps[name] = step


def steps() -> dict[str, Step]:
    return dict(_steps)
