"""Many contacts put on a static list, or taken off it, by whichever room keeps lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from django.utils.translation import gettext as _

from crmseg.common.actor import acting
from crmseg.common.problems import InvalidInput
from crmseg.jobs.models import Job
from crmseg.jobs.step import Step

from .. import signals
from ..importing import static_lists
from ..models import BulkTouch, Contact
from . import touches

CAUSE = "manual"


def put(job: Job, step: Step) -> None:
    _move(job, step, entering=True)


def take_off(job: Job, step: Step) -> None:
    _move(job, step, entering=False)


def _move(job: Job, step: Step, *, entering: bool) -> None:
    move = static_lists.add if entering else static_lists.take_off
    for part in step.parts():
        with acting(step.actor):
            known = list(Contact.objects.filter(pk__in=part.ids).values_list("pk", flat=True))
            moved = touches.note(job.pk, ((pk, None, None) for pk in move(_list(job), known, step.actor, CAUSE)))
            signals.ring()
            step.advance(
                job.done + len(part.ids),
                cursor=part.number + 1,
                changed=moved,
                unchanged=len(known) - moved,
                gone=len(part.ids) - len(known),
            )


def _list(job: Job) -> int:
    """The list, as long as it is there: people are not told that nobody moved when there is nothing to move on."""
    list_id = int(job.params["list"])
    if list_id not in dict(static_lists.choices()):
        raise InvalidInput(_("The list is gone, or is no longer static."))
    return list_id


def undo_put(job: Job, step: Step) -> None:
    touches.walk_back(job, step, _off_again)


def undo_take_off(job: Job, step: Step) -> None:
    touches.walk_back(job, step, _on_again)


def _off_again(job: Job, rows: Sequence[BulkTouch], step: Step) -> Mapping[int, str]:
    """Those who are on the list since the job put them there; not those who left and came again."""
    list_id, off = _list(job), set[int]()
    for at, together in groupby(rows, key=lambda row: row.at):
        off |= set(static_lists.take_off(list_id, [row.contact_id for row in together], step.actor, CAUSE, until=at))
    return {row.contact_id: "changed" for row in rows if row.contact_id not in off}


def _on_again(job: Job, rows: Sequence[BulkTouch], step: Step) -> Mapping[int, str]:
    """Those who are not on it; whoever was put on it since is so by somebody else's will."""
    on = set(static_lists.add(_list(job), [row.contact_id for row in rows], step.actor, CAUSE))
    return {row.contact_id: "changed" for row in rows if row.contact_id not in on}
