"""The number of a row, as an address, a form or JSON says it."""

from __future__ import annotations

from typing import Final, TypeGuard

LARGEST_ID: Final = 2**63 - 1


def read_id(text: str) -> int | None:
    """The number that the text is; None where no row can have it."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        return None
    number = int(text)
    return number if number <= LARGEST_ID else None


def is_id(value: object) -> TypeGuard[int]:
    """Whether a value of JSON can be the number of a row."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID
