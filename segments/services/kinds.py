"""Active → static and back."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput

from ..engine import locks, overrides
from ..models import Segment
from .builds import definition_problems, queue_build, supersede
from .holding import hold


def to_static(segment_id: int, *, actor: Actor) -> Segment:
    """Freeze an active list as it stands. The definition is kept, so that it can come back."""
    with transaction.atomic():
        locks.lock_graph()
        locks.lock_everyone()
        segment = hold(segment_id)
        if segment.kind == Segment.Kind.STATIC:
            raise Conflict(_("This list is static already."))
        if segment.live_version == 0:
            raise Conflict(_("This list is still being built for the first time. Wait until it is live."))
        supersede(segment)
        overrides.forget(segment.pk)
        segment.kind, segment.state, segment.keys, segment.error = Segment.Kind.STATIC, Segment.State.LIVE, [], ""
        segment.save(update_fields=["kind", "state", "keys", "error", "updated_at"])
        audit.record(actor, "made static", segment, {"size": segment.size})
    return segment


def to_active(segment_id: int, *, actor: Actor) -> Segment:
    """Let a list that was active before follow its definition again."""
    with transaction.atomic():
        locks.lock_graph()
        segment = hold(segment_id)
        if segment.kind == Segment.Kind.ACTIVE:
            raise Conflict(_("This list is active already."))
        if segment.definition is None:
            raise Conflict(_("This list never had a definition. Create an active list instead."))
        problems = definition_problems(segment.definition, segment_id)
        if problems:
            raise InvalidInput(problems)
        segment.kind, segment.live_version = Segment.Kind.ACTIVE, 0
        segment.snapshot_of, segment.snapshot_every, segment.snapshot_due_at = None, None, None
        queue_build(segment, cause="made active", quiet=False)
        segment.save()
        audit.record(actor, "made active", segment)
    return segment
