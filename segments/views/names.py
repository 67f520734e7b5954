"""Names that no other list has yet."""

from __future__ import annotations

from segments.models import Segment
from segments.services import MAX_NAME


def free_name(wanted: str) -> str:
    """The name itself, or with the first number that makes it free."""
    wanted = wanted.strip()[:MAX_NAME]
    taken = {name.casefold() for name in Segment.unarchived.values_list("name", flat=True)}
    number, free = 1, wanted
    while free.casefold() in taken:
        number += 1
        ending = f" ({number})"
        free = wanted[: MAX_NAME - len(ending)] + ending
    return free
