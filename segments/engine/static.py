"""Static lists: whoever was put in, moved through the same ledger as everyone else."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.problems import Conflict

from ..models import Membership, Segment
from . import changes, locks
from .build import is_read
from .ledger import Move, write


def move(segment_id: int, contact_ids: Iterable[int], cause: str, *, entering: bool) -> int:
    """Put contacts in or take them out; return how many really moved. Ids that nobody has are ignored."""
    with transaction.atomic():
        locks.share_graph()
        segment = Segment.objects.get(pk=segment_id)
        if segment.kind != Segment.Kind.STATIC:
            raise Conflict(_("Members of an active list follow its definition. Pin a contact, or edit the definition."))
        ids = sorted(set(contact_ids))
        locks.lock_contacts(ids)
        if entering:
            ids = sorted(Contact.objects.filter(pk__in=ids).values_list("pk", flat=True))
        moves = [Move(segment_id, contact_id, cause, segment.version) for contact_id in ids]
        now = clock.now()
        moved = write(moves if entering else [], [] if entering else moves, now)
        if moved and is_read(segment_id):
            changes.tell(ids, [f"segment:{segment_id}"], now)
    return moved


def renew_snapshot(segment_id: int) -> int:
    """Make a static list hold exactly who is in the list it is a snapshot of; return how many moved."""
    with transaction.atomic():
        segment = Segment.objects.select_for_update(no_key=True).get(pk=segment_id)
        if segment.kind != Segment.Kind.STATIC or segment.snapshot_of_id is None or segment.archived_at:
            return 0
        should, are = _members(segment.snapshot_of_id), _members(segment_id)
        every = segment.snapshot_every
        segment.snapshot_due_at = clock.now() + every if every else None
        segment.save(update_fields=["snapshot_due_at"])
    cause = f"snapshot:{segment.snapshot_of_id}"
    moved = move(segment_id, should - are, cause, entering=True)
    return moved + move(segment_id, are - should, cause, entering=False)


def _members(segment_id: int) -> set[int]:
    return set(Membership.objects.filter(segment_id=segment_id).values_list("contact_id", flat=True))
