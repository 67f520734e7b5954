"""Regular expressions of the definition language, as PostgreSQL reads them."""

from __future__ import annotations

import re

CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": r" \t\n\r\f\v"}
PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|.", re.DOTALL)


def in_postgres(pattern: str, case: bool) -> str:
    """Classes of ASCII alone, a dot that leaves line breaks out, `^` and `$` at the ends of the text; without case,
    every letter as text is folded."""
    return "".join(_part(part[0], case) for part in PART.finditer(pattern))


def _part(part: str, case: bool) -> str:
    if part == ".":
        return r"[^\n]"
    if part[0] == "[":
        inside = re.sub(r"\\(.)", lambda one: CLASSES.get(one[1], "\\" + one[1]), part[1:-1], flags=re.DOTALL)
        return "[" + (inside if case else _folded(inside)) + "]"
    if part[0] == "\\":
        name = part[1]
        if name.lower() in CLASSES:
            return f"[{'^' if name.isupper() else ''}{CLASSES[name.lower()]}]"
        return "\\" + name
    return part if case or len(part) > 1 else _folded(part)


def _folded(text: str) -> str:
    """Simple folding, but for what stands behind a backslash."""
    return re.sub(r"\\.|.", lambda one: one[0] if one[0][0] == "\\" else _letter(one[0]), text, flags=re.DOTALL)


def _letter(letter: str) -> str:
    folded = letter.casefold()
    return folded if len(folded) == 1 else letter
