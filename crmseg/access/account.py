"""The account of this instance: read everywhere, so kept in the process for a few seconds."""

from __future__ import annotations

import time

from .models import Account

FRESH_FOR = 5.0
_kept: tuple[float, Account] | None = None


def current() -> Account:
    """The account, at most a few seconds old, with its standard values where nobody has set any."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > FRESH_FOR:
        # Never written here: two transactions that look at the same moment would wait for each other's row.
        _kept = time.monotonic(), Account.objects.filter(pk=1).first() or Account(pk=1)
    return _kept[1]


def forget() -> None:
    """Read the account anew next time."""
    global _kept
    _kept = None
