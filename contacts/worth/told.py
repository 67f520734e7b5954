"""Who hears that worth was renewed for everyone: lists that read it, and whoever keeps the instants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Renewed = Callable[[frozenset[str], datetime], None]
"""Gets the keys that moved for too many to name each; and `now`. Also called when nothing but instants moved."""
_hearers: list[Renewed] = []


def register(hearer: Renewed) -> None:
    if hearer not in _hearers:
        _hearers.append(hearer)


def tell(keys: frozenset[str], now: datetime) -> None:
    for hearer in _hearers:
        hearer(keys, now)
