"""How many contacts there are: what shares of everybody are shares of."""

from __future__ import annotations

from time import monotonic

from .models import Contact

MANY = 50_000
FRESH_FOR = 30.0
_kept: tuple[float, int] | None = None


def everybody() -> int:
    """Exact; where they are many, at most half a minute old, for counting a million takes longer than a page may."""
    global _kept
    if _kept is None or monotonic() - _kept[0] > FRESH_FOR:
        found = Contact.objects.count()
        _kept = (monotonic(), found) if found > MANY else None
        return found
    return _kept[1]
