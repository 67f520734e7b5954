"""Put lists away, take them back within 90 days, and delete those that nobody took back.

An archived list stands still: its members stay as they were, nothing evaluates it, nobody can choose it. No contact
did anything, so the ledger says nothing; what moved meanwhile it says when the list is built anew, quietly.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import clock
from crmseg.common.actor import SYSTEM, Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import guards, tasks
from ..engine import locks
from ..models import PendingMove, Segment
from .builds import definition_problems, queue_build, supersede
from .details import MAX_NAME
from .holding import hold
from .lists import delete_segment

KEPT = timedelta(days=90)
RESTORED = "restored"


def archive(segment_id: int, *, actor: Actor) -> Segment:
    """Put a list away, or refuse and name what uses it. Its name is free for another one."""
    with transaction.atomic():
        locks.lock_graph()
        locks.lock_everyone()
        segment = hold(segment_id)
        if places := guards.uses(segment_id):
            used = _("This list is used: %(places)s. Remove it there first.") % {"places": "; ".join(places)}
            raise Conflict([Problem("", used)])
        supersede(segment)
        PendingMove.objects.filter(segment=segment).delete()
        if segment.state == Segment.State.BUILDING:
            segment.state = Segment.State.LIVE
        segment.archived_at, segment.keys, segment.snapshot_due_at = clock.now(), [], None
        segment.save(update_fields=["archived_at", "keys", "snapshot_due_at", "state", "updated_at"])
        audit.record(actor, "archived", segment, {"size": segment.size})
    return segment


def restore(segment_id: int, *, actor: Actor) -> Segment:
    """Take a list back. An active one is built anew; one whose definition can no longer be read says so, failed.

    Where another list has its name by now, it gets a free one.
    """
    with transaction.atomic():
        locks.lock_graph()
        segment = Segment.objects.select_for_update(no_key=True).get(pk=segment_id)
        if segment.archived_at is None:
            raise Conflict(_("This list is not archived."))
        segment.archived_at, segment.name = None, _free_name(segment.name)
        if segment.kind == Segment.Kind.ACTIVE:
            _rebuild(segment)
        elif segment.snapshot_every is not None:
            segment.snapshot_due_at = clock.now()
            tasks.ring_snapshots()
        changed = ["archived_at", "name", "live_version", "state", "error", "keys", "snapshot_due_at", "updated_at"]
        segment.save(update_fields=changed)
        audit.record(actor, "restored", segment, {"size": segment.size})
    return segment


def purge(segment_id: int) -> bool:
    """Delete a list that was put away 90 days ago or earlier; return whether it was still to be deleted."""
    with transaction.atomic():
        locks.lock_graph()
        segment = Segment.objects.filter(pk=segment_id, archived_at__lte=clock.now() - KEPT).first()
        if segment is None:
            return False
        delete_segment(segment_id, actor=SYSTEM)
    return True


def _rebuild(segment: Segment) -> None:
    segment.live_version = 0  # what it says of its members counts again once it is built
    try:
        if problems := definition_problems(segment.definition, segment.pk):
            raise InvalidInput(problems)
        queue_build(segment, cause=RESTORED, quiet=True)
    except InvalidInput as unreadable:
        segment.state, segment.error = Segment.State.FAILED, str(unreadable)


def _free_name(name: str) -> str:
    taken = {one.casefold() for one in Segment.unarchived.values_list("name", flat=True)}
    free, number = name, 1
    while free.casefold() in taken:
        ending = _(" (restored)") if number == 1 else _(" (restored %(number)s)") % {"number": number}
        free, number = name[: MAX_NAME - len(ending)] + ending, number + 1
    return free
