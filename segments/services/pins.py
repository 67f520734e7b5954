"""Pins: contacts that are in a list, or out of it, whatever the rule says."""

from __future__ import annotations

from collections.abc import Collection
from datetime import MAXYEAR, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import clock, json
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import tasks
from ..engine import locks, overrides
from ..models import Pin, Segment
from .details import MAX_TEXT
from .holding import refuse_archived


def pin(
    segment_id: int,
    contact_ids: Collection[int],
    *,
    direction: str,
    reason: str = "",
    expires_at: datetime | None = None,
    actor: Actor,
) -> int:
    """Pin contacts into an active list or out of it, in place of any pin they had; return how many were pinned.

    Ids that nobody has are ignored. From `expires_at` on the rule counts again.
    """
    problems = []
    if direction not in Pin.Direction.values:
        problems.append(Problem("/direction", _("Expected “in” or “out”.")))
    if not json.is_storable(reason) or len(reason) > MAX_TEXT:
        problems.append(Problem("/reason", _("Expected a text of at most 20,000 characters.")))
    # The last year of the calendar can be written down and, in another time zone, not be read back.
    if expires_at is not None and not (expires_at > clock.now() and expires_at.year < MAXYEAR):
        problems.append(Problem("/expires_at", _("Choose an instant that is still to come.")))
    if problems:
        raise InvalidInput(problems)
    with transaction.atomic():
        segment = _hold(segment_id, contact_ids)
        pinned = overrides.pin(
            segment_id,
            contact_ids,
            direction=direction,
            reason=reason,
            author=str(actor),
            expires_at=expires_at,
            now=clock.now(),
        )
        if pinned:
            tasks.ring_changes()
            said = {"contacts": pinned[:100], "count": len(pinned), "direction": direction, "reason": reason[:200]}
            audit.record(actor, "pinned contacts in", segment, said)
    return len(pinned)


def unpin(segment_id: int, contact_ids: Collection[int], *, actor: Actor) -> int:
    """Let the rule count again for the contacts; return how many had a pin."""
    with transaction.atomic():
        segment = _hold(segment_id, contact_ids)
        unpinned = overrides.unpin(segment_id, contact_ids, clock.now())
        if unpinned:
            tasks.ring_changes()
            audit.record(actor, "unpinned contacts in", segment, {"contacts": unpinned[:100], "count": len(unpinned)})
    return len(unpinned)


def _hold(segment_id: int, contact_ids: Collection[int]) -> Segment:
    """The list, which stays active for as long as its contacts are locked."""
    locks.lock_contacts(contact_ids)
    segment = Segment.objects.get(pk=segment_id)
    refuse_archived(segment)
    if segment.kind != Segment.Kind.ACTIVE:
        raise Conflict(_("Pins are for active lists. Put contacts into this static list, or take them out."))
    return segment
