"""Text without case, letter by letter."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Simple case folding: letter by letter, one letter for one, accents kept. İ is itself alone, and ς is σ."""
    return "".join([fold_letter(letter) for letter in text])


def fold_letter(letter: str) -> str:
    if letter in SIMPLE:
        return SIMPLE[letter]
    folded = letter.casefold()
    if len(folded) == 1:
        return folded
    lowered = letter.lower()
    return lowered if len(lowered) == 1 and unicodedata.category(letter) != "Ll" else letter


SIMPLE = {"\ufb05": "\ufb06", "\u1fd3": "\u0390", "\u1fe3": "\u03b0"}
"""Pairs that fold to each other, and of which neither is the other's lower case."""
