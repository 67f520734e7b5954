"""Lists that nothing waits for any more, and who is in them."""

from __future__ import annotations

from segments.engine import build, drain
from segments.models import Membership, Segment


def build_all() -> None:
    """Everything that is built is ready, and every change has been looked at."""
    while build.run_waiting():
        pass
    drain.drain()


def members(segment: Segment | int) -> set[int]:
    return set(Membership.objects.filter(segment=segment).values_list("contact_id", flat=True))
