"""Static lists as a place for people whom the room below brings: from files, and by bulk actions."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.utils.translation import gettext as _

from contacts.importing import static_lists, undoing
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput

from . import services
from .engine import locks
from .models import Membership, Pin, Segment


def connect() -> None:
    static_lists.register(put, choices, take_back)
    undoing.register_use(in_use)


def choices() -> list[tuple[int, str]]:
    return list(Segment.unarchived.filter(kind=Segment.Kind.STATIC).order_by("name").values_list("pk", "name"))


def put(segment_id: int, contact_ids: Sequence[int], actor: Actor, cause: str) -> set[int]:
    """Who was not on the list before."""
    locks.share_graph()
    locks.lock_contacts(contact_ids)
    try:
        new = set(contact_ids) - _on(segment_id, contact_ids)
        services.add_members(segment_id, contact_ids, actor=actor, cause=cause)
    except (Segment.DoesNotExist, Conflict):
        raise InvalidInput(_("The list these people were to be put on is gone, or is no longer static.")) from None
    return new


def take_back(segment_id: int, contact_ids: Sequence[int], until: datetime, actor: Actor, cause: str) -> set[int]:
    """Off a list that is still there and static, those who have not been put on it anew; returns them."""
    locks.share_graph()
    locks.lock_contacts(contact_ids)
    on = _on(segment_id, contact_ids, entered_at__lte=until)
    with suppress(Segment.DoesNotExist, Conflict):
        services.remove_members(segment_id, sorted(on), actor=actor, cause=cause)
        return on
    return set()


def in_use(contact_ids: Sequence[int]) -> set[int]:
    """Those whom somebody has put on a list, or pinned."""
    listed = Membership.objects.filter(contact_id__in=contact_ids, segment__kind=Segment.Kind.STATIC)
    pinned = Pin.objects.filter(contact_id__in=contact_ids)
    return {pk for rows in (listed, pinned) for pk in rows.values_list("contact_id", flat=True)}


def _on(segment_id: int, contact_ids: Sequence[int], **more: object) -> set[int]:
    rows = Membership.objects.filter(segment_id=segment_id, contact_id__in=contact_ids, **more)
    return set(rows.values_list("contact_id", flat=True))
