"""Dry runs asked for on a page or by a program: a job makes each, and its row keeps the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.jobs import registry
from crmseg.jobs import services as jobs

from ..models import Automation, AutomationVersion, DryRun
from . import dry_run, load

if TYPE_CHECKING:
    from crmseg.jobs.models import Job
    from crmseg.jobs.step import Step

KIND = "automation_dry_run"


def connect() -> None:
    registry.register(
        registry.Kind(KIND, gettext_lazy("Dry runs of automations"), label=_label, run=_run, url=_url, outcome=_outcome)
    )


def start(automation_id: int, *, user: User | None, actor: Actor) -> DryRun:
    """Of the newest version. Raises InvalidInput, with pointers into the definition, where it cannot be run."""
    automation = Automation.objects.get(pk=automation_id)
    load.load(automation.latest.definition)
    with transaction.atomic():
        made = DryRun.objects.create(automation=automation, version=automation.version, asked_by=str(actor))
        job = jobs.start(KIND, {"dry_run": made.pk}, user=user, actor=actor, total=dry_run.DAYS)
        made.job_id = job.pk
        made.save(update_fields=["job_id"])
    return made


def latest(automation: Automation) -> DryRun | None:
    """The newest that has a result of the newest version."""
    done = DryRun.objects.filter(automation=automation, version=automation.version, result__isnull=False)
    return done.order_by("-pk").first()


def _run(job: Job, step: Step) -> None:
    made = DryRun.objects.filter(pk=job.params["dry_run"]).select_related("automation").first()
    if made is None or made.result is not None:
        return
    version = AutomationVersion.objects.get(automation=made.automation_id, number=made.version)
    journey = load.load(version.definition)

    def progress(done: int, total: int) -> None:
        # One walk from the first day to the last: whoever takes it over begins anew.
        step.advance(done, total=total)

    result = dry_run.simulate(journey, clock.now(), automation_id=made.automation_id, progress=progress)
    with transaction.atomic():
        step.advance(dry_run.DAYS, total=dry_run.DAYS, entered=result["entered"], messages=result["messages"])
        made.result, made.finished_at = result, clock.now()
        made.save(update_fields=["result", "finished_at"])


def _of(job: Job) -> DryRun | None:
    return DryRun.objects.filter(pk=job.params.get("dry_run")).select_related("automation").first()


def _label(job: Job) -> str:
    made = _of(job)
    return _("Dry run of “%(name)s”") % {"name": made.automation.name if made else ""}


def _outcome(job: Job) -> str:
    said = {"entered": f"{job.result.get('entered', 0):,}", "messages": f"{job.result.get('messages', 0):,}"}
    return _("Would have entered: %(entered)s. Messages: %(messages)s.") % said


def _url(job: Job) -> str:
    made = _of(job)
    try:
        return reverse("automations:dry_run", args=[made.automation_id]) if made else ""
    except NoReverseMatch:
        return ""
