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
        account, _created = Account.objects.get_or_create(pk=1)
        _kept = time.monotonic(), account
    return _kept[1]


def forget() -> None:
    """Read the account anew next time."""
    global _kept
    _kept = None
