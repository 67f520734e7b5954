"""What automations register with the rooms below: who is told of changes, and what is not deleted while they use it;
what moves with a merge, and what is given and forgotten on request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from contacts import guards as of_attributes
from contacts import merging, privacy
from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.actor import Actor
from segments import guards as of_lists
from segments.guards import Place

from ..models import HookCall, Run, RunLook
from . import dry_runs, looks, selectors

State = Run.State


def connect() -> None:
    looks.connect()
    dry_runs.connect()
    of_lists.register(lists_used)
    of_attributes.register(attributes_used)
    merging.register("automations", merging.Step(move, undo, count))
    privacy.register("automations", give, forget)


def lists_used(segment_ids: Sequence[int]) -> Iterator[tuple[int, Place]]:
    wanted = {f"segment:{pk}": pk for pk in segment_ids}
    seen: set[tuple[int, int]] = set()
    for version in selectors.using(wanted):
        for key in version.keys:
            pk = wanted.get(key)
            if pk is not None and (version.automation_id, pk) not in seen:
                seen.add((version.automation_id, pk))
                yield pk, Place(_named(version.automation.name), _url(version.automation_id))


def attributes_used(keys: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(_named(version.automation.name) for version in selectors.using(keys)))


def _named(name: str) -> str:
    return _("the automation “%(name)s”") % {"name": name}


def _url(automation_id: int) -> str:
    try:
        return reverse("automations:automation", args=[automation_id])
    except NoReverseMatch:
        return ""


def count(contact_id: int) -> list[tuple[str, int]]:
    return [(_("Automations"), Run.objects.filter(contact_id=contact_id).count())]


def move(survivor_id: int, merged_id: int, actor: Actor) -> dict[str, Any]:
    """What she went through goes with her. Where both are on their way in one automation, the survivor goes on and the
    other's way ends."""
    theirs = list(Run.objects.select_for_update().filter(contact_id=merged_id).order_by("pk"))
    hers = Run.objects.filter(contact_id=survivor_id)
    busy = set(hers.filter(state=State.ACTIVE).values_list("automation_id", flat=True))
    entries = set(hers.values_list("automation_id", "entry"))
    moved, ended = [], []
    for run in theirs:
        if run.state == State.ACTIVE and run.automation_id in busy:
            ended.append(run.pk)
        if (run.automation_id, run.entry) not in entries:
            moved.append(run.pk)
    stays = {run.pk for run in theirs if run.state == State.ACTIVE} - set(moved)
    Run.objects.filter(pk__in={*ended, *stays}).update(
        state=State.LEFT, exit_reason="merged", ended_at=clock.now(), due_at=None, waits_for=""
    )
    Run.objects.filter(pk__in=moved).update(contact_id=survivor_id)
    calls = list(HookCall.objects.filter(contact_id=merged_id).values_list("pk", flat=True))
    HookCall.objects.filter(pk__in=calls).update(contact_id=survivor_id)
    RunLook.objects.filter(contact_id=merged_id).delete()
    looks.note([survivor_id], clock.now())
    return {"runs": moved, "calls": calls}


def undo(survivor_id: int, merged_id: int, moved: dict[str, Any], actor: Actor) -> None:
    """Whose way was ended stays so: what the other did meanwhile is not done twice."""
    Run.objects.filter(pk__in=moved["runs"], contact_id=survivor_id).update(contact_id=merged_id)
    HookCall.objects.filter(pk__in=moved["calls"], contact_id=survivor_id).update(contact_id=merged_id)


def give(contact: Contact) -> list[dict[str, Any]]:
    runs = Run.objects.filter(contact_id=contact.pk).select_related("automation").prefetch_related("done")
    return [
        {
            "automation": run.automation.name,
            "entered_at": run.entered_at,
            "state": run.state,
            "held_out": run.held_out,
            "ended_at": run.ended_at,
            "reached_goal_at": run.goal_at,
            "steps": [
                {"kind": done.kind, "at": done.at, "outcome": done.outcome}
                for done in sorted(run.done.all(), key=lambda one: one.visit)
            ],
        }
        for run in runs.order_by("entered_at", "pk")
    ]


def forget(contact: Contact) -> None:
    HookCall.objects.filter(contact_id=contact.pk).delete()
    RunLook.objects.filter(contact_id=contact.pk).delete()
    Run.objects.filter(contact_id=contact.pk).delete()
