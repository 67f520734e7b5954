"""Members of static lists, put in and taken out by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction

from crmseg.access import audit
from crmseg.common.actor import Actor

from .. import tasks
from ..engine import locks, static
from ..models import Membership, Segment
from .holding import refuse_archived


def add_members(segment_id: int, contact_ids: Collection[int], *, actor: Actor, cause: str = "manual") -> int:
    """Put contacts into a static list; return how many were not in yet. Ids that nobody has are ignored."""
    return _move(segment_id, contact_ids, actor, cause, entering=True)


def remove_members(segment_id: int, contact_ids: Collection[int], *, actor: Actor, cause: str = "manual") -> int:
    """Take contacts out of a static list; return how many were in."""
    return _move(segment_id, contact_ids, actor, cause, entering=False)


def copy_members(segment_id: int, from_id: int, *, actor: Actor) -> int:
    """Put everybody of another list into a static one; return how many were not in yet."""
    members = Membership.objects.filter(segment_id=from_id).values_list("contact_id", flat=True)
    return _move(segment_id, list(members), actor, f"segment:{from_id}", entering=True)


def _move(segment_id: int, contact_ids: Iterable[int], actor: Actor, cause: str, *, entering: bool) -> int:
    with transaction.atomic():
        locks.share_graph()
        refuse_archived(Segment.objects.get(pk=segment_id))
        moved = static.move(segment_id, contact_ids, cause, entering=entering)
        if moved:
            tasks.ring_changes()
            action = "added members to" if entering else "removed members from"
            segment = Segment.objects.get(pk=segment_id)
            audit.record(actor, action, segment, {"members": moved, "cause": cause})
    return moved
