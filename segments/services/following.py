"""Following lists: whoever does hears of them on the home page. It touches nobody else, so no audit records it."""

from __future__ import annotations

from crmseg.access.models import User

from ..models import Follow, Segment


def follow(segment_id: int, user: User) -> None:
    """From now on the user follows the list. Safe to repeat."""
    Follow.objects.get_or_create(user=user, segment=Segment.unarchived.get(pk=segment_id))


def unfollow(segment_id: int, user: User) -> None:
    Follow.objects.filter(user=user, segment=segment_id).delete()
