"""Regular expressions of the definition language, read by hand into those of Python."""

from __future__ import annotations

import re
from functools import cache

from .folding import fold


def found(pattern: str, text: str, case: bool) -> bool:
    """Whether the pattern occurs anywhere in the text. Without case, both are folded."""
    return _compiled(pattern, case).search(text if case else fold(text)) is not None


@cache
def _compiled(pattern: str, case: bool) -> re.Pattern[str]:
    return re.compile(_in_python(pattern if case else _folded(pattern)), re.ASCII)


def _folded(pattern: str) -> str:
    """The letters of the pattern folded; what follows a backslash says what it says."""
    return re.sub(r"\\.|[^\\]", lambda part: part[0] if part[0][0] == "\\" else fold(part[0]), pattern, flags=re.DOTALL)


def _in_python(pattern: str) -> str:
    """`^` and `$` are the ends of the whole text."""
    signs = {"$": r"\Z", "^": r"\A"}
    return re.sub(
        r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[$^]", lambda part: signs.get(part[0], part[0]), pattern, flags=re.DOTALL
    )
