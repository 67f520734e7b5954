"""How often the pages for readers answer, in ten seconds.

Counted per link, never per address on the net, because many people's mail programs ask from behind one proxy. Only
links that are not ours are counted per address: nobody's program asks for many of those.
"""

from __future__ import annotations

import hashlib
import time

from django.http import HttpRequest, HttpResponse

from crmseg.access.throttling import SECONDS, count

MOST_FORGED, MOST_WRITES = 100, 20


def is_within(owner: str, most: int) -> bool:
    """Whether `owner` has come no more than `most` times, this time included."""
    return count(owner, int(time.time()) // SECONDS) <= most


def forged(request: HttpRequest) -> HttpResponse | None:
    """The answer to whoever tries links by the hundred."""
    owner = f"forged:{request.META.get('REMOTE_ADDR', '')}"
    return None if is_within(owner, MOST_FORGED) else _too_many()


def held_back(request: HttpRequest, token: str) -> HttpResponse | None:
    """The answer to whoever presses the buttons of one link over and over."""
    if request.method != "POST":
        return None
    owner = f"link:{hashlib.sha256(token.encode('utf-8', 'replace')).hexdigest()[:32]}"
    return None if is_within(owner, MOST_WRITES) else _too_many()


def _too_many() -> HttpResponse:
    return HttpResponse(status=429, headers={"Retry-After": str(SECONDS)})
