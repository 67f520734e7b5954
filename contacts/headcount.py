"""How many contacts there are: what shares of everybody are shares of, and the first numbers of the home page."""

from __future__ import annotations

from time import monotonic

from .selectors import contacts_table

MANY = 50_000
FRESH_FOR = 30.0
_kept: dict[str, tuple[float, int]] = {}


def everybody() -> int:
    """Exact; where they are many, at most half a minute old, for counting a million takes longer than a page may."""
    return _counted("")


def customers() -> int:
    """Those who have bought, as exact as everybody is."""
    return _counted("customers")


def leads() -> int:
    """All the others."""
    return max(everybody() - customers(), 0)


def _counted(view: str) -> int:
    at, found = _kept.get(view, (0.0, 0))
    if view not in _kept or monotonic() - at > FRESH_FOR:
        found = contacts_table(view=view).count()
        if found > MANY:
            _kept[view] = monotonic(), found
        else:
            _kept.pop(view, None)
    return found
