"""Changes of an attribute that rewrite many rows, as jobs: one transaction each, held while the database works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crmseg.common import clock
from crmseg.jobs import registry
from crmseg.jobs.models import Job
from crmseg.jobs.registry import Kind
from crmseg.jobs.step import LEASE, Step
from crmseg.web.formats import number

from . import retyped, services
from .fields import FieldType
from .models import AttributeDefinition, Retyping
from .services.retyping import why_not_undo

RETYPE, DELETE = "contacts.retype_attribute", "contacts.delete_attribute"
# So many rows are rewritten while a page is waited for; more are a job.
AT_ONCE = 5_000


def connect() -> None:
    """Called once, when the apps are ready."""
    retyped.connect()
    registry.register(
        Kind(
            RETYPE,
            gettext_lazy("Change the type of an attribute"),
            lambda job: _("Change the type of “%(name)s”") % {"name": job.params["label"]},
            _retype,
            undo=_undo,
            may_undo=_may_undo,
            url=_page,
            outcome=_outcome,
            icon="switch-horizontal",
        )
    )
    registry.register(
        Kind(
            DELETE,
            gettext_lazy("Delete an attribute"),
            lambda job: _("Delete “%(name)s”") % {"name": job.params["label"]},
            _delete,
            icon="trash",
        )
    )


@contextmanager
def held(job: Job) -> Iterator[None]:
    """Renew the lease from beside: the transaction in between may take longer than one."""
    done = Event()

    def renew() -> None:
        while not done.wait(LEASE.total_seconds() / 3):
            Job.objects.filter(pk=job.pk, fence=job.fence).update(lease_until=clock.now() + LEASE)
        connection.close()

    beside = Thread(target=renew, daemon=True)
    beside.start()
    try:
        yield
    finally:
        done.set()
        beside.join()


def _retype(job: Job, step: Step) -> None:
    """Begun again after a crash, it finds the change made, or makes it."""
    step.check()
    definition = AttributeDefinition.objects.filter(pk=job.params["definition"]).first()
    if definition is None:
        return
    made = definition.retypings.filter(at__gte=job.created_at, undone_at=None).order_by("-pk").first()
    if made is None:
        with held(job):
            made = services.retype_attribute(
                definition.pk,
                type_=FieldType(job.params["type"]),
                options=job.params["options"],
                only_whole=job.params["only_whole"],
                actor=step.actor,
            )
    total = made.converted + made.lost
    step.advance(total, total=total, changed=total, lost=made.lost, retyping=made.pk)


def _undo(job: Job, step: Step) -> None:
    step.check()
    retyping = Retyping.objects.filter(pk=job.result["retyping"]).first()
    if retyping and retyping.undone_at is None:
        with held(job):
            services.undo_retyping(retyping.pk, actor=step.actor)
    step.advance(job.total, total=job.total)


def _may_undo(job: Job) -> str:
    retyping = Retyping.objects.filter(pk=job.result.get("retyping", 0)).first()
    return why_not_undo(retyping) if retyping else _("This attribute was deleted since.")


def _delete(job: Job, step: Step) -> None:
    step.check()
    if AttributeDefinition.objects.filter(pk=job.params["definition"]).exists():
        with held(job):
            services.delete_attribute(job.params["definition"], actor=step.actor)
    step.advance(job.total, total=job.total)


def _page(job: Job) -> str:
    return reverse("contacts:attribute", args=[job.params["entity"], job.params["key"]])


def _outcome(job: Job) -> str:
    lost = job.result.get("lost", 0)
    kept = job.result.get("changed", 0) - lost
    said = ngettext("%(shown)s value converted.", "%(shown)s values converted.", kept) % {"shown": number(kept)}
    if lost:
        more = ngettext("%(shown)s could not be kept.", "%(shown)s could not be kept.", lost) % {"shown": number(lost)}
        return f"{said} {more}"
    return said
