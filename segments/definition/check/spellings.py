"""Texts as far as conditions tell them apart: the constants they name, their other spellings, and everything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..operators import Operand

Text = tuple[str | None, str | None]
"""A kind of text: how it reads without case (None: like no constant) and exactly (None: in another spelling)."""


@dataclass(frozen=True)
class Reading:
    holds: Callable[[Text], bool]
    texts: tuple[tuple[str, bool], ...]
    """The constants, each with whether case counts."""


def reading(key: str, operand: Operand, options: tuple[str, ...], *, case: bool) -> Reading | None:
    """A comparison of whole texts; None for those of parts, whose constants say little of each other."""
    given = operand if isinstance(operand, tuple) else (operand,)
    wanted = tuple(str(one) for one in given)
    if key in {"is", "is_not", "is_any_of", "is_none_of"}:
        positive = key in {"is", "is_any_of"}
        named = frozenset(wanted) if case else frozenset(fold(one) for one in wanted)
        place = 1 if case else 0
        return Reading(lambda text: (text[place] in named) == positive, tuple((one, case) for one in wanted))
    if key in {"at_least", "at_most"}:
        rank = {option: number for number, option in enumerate(options)}
        end = rank.get(wanted[0])
        if end is None:
            return None
        least = key == "at_least"

        def holds(text: Text) -> bool:
            own = rank.get(text[1]) if text[1] is not None else None
            return own is not None and (own >= end if least else own <= end)

        return Reading(holds, tuple((one, True) for one in options))
    return None


def fold(text: str) -> str:
    """At least as coarse as the database folds: what it takes for the same is the same here."""
    return text.casefold()


def kinds(texts: set[tuple[str, bool]]) -> list[Text] | None:
    """Every kind of text that a value can be; None where Python and the database might fold differently."""
    spelled: dict[str, set[str]] = {}
    for text, _ in texts:
        spelled.setdefault(fold(text), set()).add(text)
    if any(len(same) > 1 and not all(text.isascii() for text in same) for same in spelled.values()):
        return None
    found: list[Text] = [(None, None)]
    for folded, same in spelled.items():
        exact = sorted(text for text in same if (text, True) in texts)
        found += [(folded, text) for text in exact if text]
        if folded:  # an empty text is unknown
            found.append((folded, None))
    return found
