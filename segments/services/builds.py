"""Versions of definitions, and the builds that make them true for everyone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import clock, json
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import catalogue, tasks
from ..definition import depends
from ..definition.dump import dump
from ..definition.load import load
from ..definition.nodes import active
from ..engine import cutoffs, locks
from ..models import Build, Segment, SegmentVersion
from ..scoring import cycles
from .details import MAX_TEXT
from .holding import hold


@contextmanager
def editing() -> Iterator[None]:
    """A transaction for several changes of a list at once. It holds from the start whatever they may lock, in the
    order in which everybody locks it, so that nobody waits in a circle."""
    with transaction.atomic():
        locks.lock_graph()
        locks.lock_everyone()
        yield


def refresh_now(segment_id: int, *, actor: Actor) -> Build:
    """Look at everybody again, in the background."""
    with transaction.atomic():
        locks.lock_graph()
        segment = hold(segment_id)
        if segment.kind != Segment.Kind.ACTIVE:
            raise Conflict(_("This list is static: there is nothing to refresh."))
        build = queue_build(segment, cause="refresh")
        segment.save(update_fields=["state", "error", "keys", "updated_at"])
        audit.record(actor, "refreshed", segment)
    return build


def rebuild_everything(*, actor: Actor, cause: str) -> int:
    """Look at everybody again for every active list, in the background; return how many lists that is."""
    with transaction.atomic():
        locks.lock_graph()
        lists = list(Segment.unarchived.filter(kind=Segment.Kind.ACTIVE).order_by("pk").select_for_update(no_key=True))
        for segment in lists:
            queue_build(segment, cause=cause)
            segment.save(update_fields=["state", "error", "keys", "updated_at"])
    return len(lists)


def rebuild_readers(keys: Collection[str], *, actor: Actor, cause: str) -> int:
    """Look at everybody again for the active lists that read one of these keys; return how many lists that is."""
    with transaction.atomic():
        locks.lock_graph()
        reading = Segment.unarchived.filter(kind=Segment.Kind.ACTIVE, keys__overlap=sorted(keys))
        lists = list(reading.order_by("pk").select_for_update(no_key=True))
        for segment in lists:
            queue_build(segment, cause=cause)
            segment.save(update_fields=["state", "error", "keys", "updated_at"])
    return len(lists)


def cancel_build(segment_id: int, *, actor: Actor) -> None:
    """Stop a running build. The list keeps its present membership; a first build can be started again by refresh."""
    with transaction.atomic():
        segment = Segment.objects.select_for_update(no_key=True).get(pk=segment_id)
        stopped = Build.objects.filter(segment=segment, state__in=["queued", "running"]).update(
            state=Build.State.CANCELLED, finished_at=clock.now(), lease_until=None
        )
        if stopped:
            segment.state = Segment.State.LIVE if segment.live_version else Segment.State.FAILED
            segment.error = "" if segment.live_version else _("The first build was cancelled.")
            segment.save(update_fields=["state", "error", "updated_at"])
            audit.record(actor, "cancelled the build of", segment)


def definition_problems(definition: object, segment_id: int | None) -> list[Problem]:
    try:
        tree = load(definition, catalogue.current(), reader_of=segment_id)
    except InvalidInput as invalid:
        return [problem.under("/definition") for problem in invalid.problems]
    return [problem.under("/definition") for problem in cycles.of_list(tree, segment_id)]


def save_definition(
    segment: Segment, definition: object, actor: Actor, *, reason: str, quiet: bool, cause: str
) -> bool:
    """Store a checked definition as a new version and queue its build; False when it says the same as before."""
    canonical = dump(load(definition, catalogue.current(), reader_of=segment.pk))
    if segment.definition is not None and json.canonical(segment.definition) == json.canonical(canonical):
        return False
    segment.definition = canonical
    segment.version += 1
    SegmentVersion.objects.create(
        segment=segment,
        number=segment.version,
        definition=canonical,
        saved_by=str(actor),
        reason=reason[:MAX_TEXT],
        quiet=quiet,
    )
    queue_build(segment, cause=cause, quiet=quiet)
    segment.save(update_fields=["definition", "version", "state", "keys", "error", "updated_at"])
    return True


def queue_build(segment: Segment, *, cause: str, quiet: bool | None = None) -> Build:
    """Queue the build of the latest version. Until it is live, the list counts as a reader of both versions' keys.

    Without a word about `quiet`, a build that takes the place of an unfinished one of the same version is as quiet.
    """
    if quiet is None:
        last = Build.objects.filter(segment=segment, version=segment.version).order_by("-pk").first()
        quiet = last is not None and last.state != Build.State.DONE and last.quiet
    tree = active(load(segment.definition, catalogue.current()))
    assert tree is not None
    cutoffs.ensure(tree)
    supersede(segment)
    segment.keys = sorted({*depends.keys(tree), *(segment.keys if segment.live_version else [])})
    segment.state, segment.error = Segment.State.BUILDING, ""
    build = Build.objects.create(segment=segment, version=segment.version, cause=cause, quiet=quiet)
    tasks.ring_builds()
    return build


def supersede(segment: Segment) -> None:
    Build.objects.filter(segment=segment, state__in=["queued", "running"]).update(
        state=Build.State.SUPERSEDED, finished_at=clock.now(), lease_until=None
    )
