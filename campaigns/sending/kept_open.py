"""The carriers of this process, kept open from batch to batch: one for each address."""

from __future__ import annotations

import os
from collections.abc import Callable

from .carrier import Carrier

_kept: dict[tuple[int, str], Carrier] = {}


def by(url: str, make: Callable[[str], Carrier]) -> Carrier:
    """The carrier for `url`. A process that was forked has none of its parent's."""
    key = os.getpid(), url
    if key not in _kept:
        for old in [one for one in _kept if one[0] != key[0]]:
            del _kept[old]
        _kept[key] = make(url)
    return _kept[key]


def rest() -> None:
    """Nothing to send for now."""
    for (pid, _url), carrier in _kept.items():
        if pid == os.getpid():
            carrier.close()
