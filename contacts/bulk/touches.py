"""What a bulk action noted of each contact, walked through again by its undo: what can return returns and is forgotten;
what somebody changed since stays, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from crmseg.common import clock
from crmseg.common.actor import acting
from crmseg.jobs.models import OPEN, Job
from crmseg.jobs.services import UNDO_WITHIN
from crmseg.jobs.step import Step

from .. import former, signals
from ..models import BulkTouch, Contact

CHUNK = 2_000
_NOTE = """
    INSERT INTO contacts_bulktouch (job_id, contact_id, before, after, at)
    SELECT %s, one.contact_id, one.before, one.after, %s
      FROM unnest(%s::bigint[], %s::jsonb[], %s::jsonb[]) AS one (contact_id, before, after)
"""
Back = Callable[[Job, Sequence[BulkTouch], Step], Mapping[int, str]]


def note(job_id: int, rows: Iterable[tuple[int, Any, Any]]) -> int:
    """`(contact, before, after)` of each that was changed, after the change, in its transaction; how many they are."""
    noted = list(rows)
    if noted:
        ids, befores, afters = zip(*noted, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, [job_id, clock.now(), list(ids), _texts(befores), _texts(afters)])
    return len(noted)


def _texts(values: Iterable[Any]) -> list[str | None]:
    return [None if value is None else former.text(value) for value in values]


def walk_back(job: Job, step: Step, back: Back) -> None:
    """`back(job, touches, step)` returns whom it had to leave as they are, and why."""
    while True:
        step.check()
        left = BulkTouch.objects.filter(job=job, contact_id__gt=step.cursor or 0).order_by("contact_id")
        touches = list(left[:CHUNK])
        if not touches:
            return
        ids = [touch.contact_id for touch in touches]
        with acting(step.actor):
            found = set(former.lock_ids(ids))
            kept = dict.fromkeys(set(ids) - found, "gone")
            kept |= back(job, [touch for touch in touches if touch.contact_id in found], step)
            _forget(job, ids, kept)
            signals.ring()
            step.advance(job.done + len(ids), cursor=ids[-1], restored=len(ids) - len(kept), kept=len(kept))


def _forget(job: Job, ids: Sequence[int], kept: Mapping[int, str]) -> None:
    rows = BulkTouch.objects.filter(job=job)
    rows.filter(contact_id__in=set(ids) - kept.keys()).delete()
    for reason in set(kept.values()):
        rows.filter(contact_id__in=[pk for pk, why in kept.items() if why == reason]).update(kept=reason)


def forget_old() -> None:
    """What was replaced is kept no longer than it can be put back."""
    old = Job.objects.filter(finished_at__lt=clock.now() - UNDO_WITHIN).exclude(state__in=OPEN)
    BulkTouch.objects.filter(job__in=old.values("pk")).delete()


def kept(job: Job, most: int = 51) -> list[dict[str, Any]]:
    """Who was left as they are, and why, for the page of the job."""
    if job.state != Job.State.UNDONE:
        return []
    rows = list(BulkTouch.objects.filter(job=job).exclude(kept="").order_by("contact_id")[:most])
    known = Contact.objects.in_bulk([row.contact_id for row in rows])
    return [
        {
            "id": row.contact_id,
            "name": str(known.get(row.contact_id) or f"#{row.contact_id}"),
            "exists": row.contact_id in known,
            "reason": reason_of(row.kept),
        }
        for row in rows
    ]


def reason_of(word: str) -> str:
    match word:
        case "changed":
            return _("It was changed since.")
        case "taken":
            return _("Another contact has this now.")
        case "gone":
            return _("The contact was deleted or merged.")
        case _:
            return _("What it was is gone.")
