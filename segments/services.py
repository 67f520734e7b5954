"""Everything that changes a list. Each call owns its transaction, records who did it, and rings for what is left."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.access.models import User
from crmseg.common import clock, json
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from . import catalogue, guards, tasks
from .definition import depends
from .definition.dump import dump
from .definition.load import load
from .definition.nodes import active
from .engine import locks, static
from .models import Build, Membership, Segment, SegmentVersion

_TEXTS = (
    "description",
    "goal",
    "target_metric",
    "persona",
    "note_marketing",
    "note_sales",
    "note_service",
)
MAX_NAME = 200
MAX_TEXT = 20_000


class Details(TypedDict, total=False):
    """What people note about a list, besides its name and definition."""

    description: str
    goal: str
    target_metric: str
    persona: str
    note_marketing: str
    note_sales: str
    note_service: str
    owner: User | None
    review_on: date | None
    snapshot_of: int | None
    snapshot_every: timedelta | None


def create_segment(
    *, name: str, kind: str, definition: object = None, actor: Actor, **details: Unpack[Details]
) -> Segment:
    """Create a list. An active one is built at once, in the background; a static one starts empty."""
    problems = _name_problems(name) + _detail_problems(details)
    if kind not in Segment.Kind.values:
        problems.append(Problem("/kind", _("Expected “static” or “active”.")))
    with transaction.atomic():
        locks.lock_graph()
        if kind == Segment.Kind.ACTIVE and definition is None:
            problems.append(Problem("/definition", _("An active list needs a definition.")))
        elif kind == Segment.Kind.STATIC and definition is not None:
            problems.append(Problem("/definition", _("A static list has no definition: its members are put in.")))
        elif definition is not None:
            problems += _definition_problems(definition, None)
        if problems:
            raise InvalidInput(problems)
        segment = _saved(Segment(name=name.strip(), kind=kind, **_columns(details)))
        if definition is not None:
            _save_definition(segment, definition, actor, reason="", cause="build")
        _note_snapshot(segment, details)
        audit.record(actor, "created", segment, {"kind": kind, "definition": segment.definition})
    return segment


def update_segment(
    segment_id: int,
    *,
    actor: Actor,
    name: str | None = None,
    definition: object = None,
    reason: str = "",
    **details: Unpack[Details],
) -> Segment:
    """Change a list. A new definition is a new version: the old membership serves until the new one is complete."""
    with transaction.atomic():
        locks.lock_graph()
        segment = Segment.objects.select_for_update().get(pk=segment_id)
        problems = (_name_problems(name) if name is not None else []) + _detail_problems(details)
        if definition is not None and segment.kind == Segment.Kind.STATIC:
            raise Conflict([Problem("/definition", _("This list is static. Make it active to give it a definition."))])
        if definition is not None:
            problems += _definition_problems(definition, segment_id)
        if problems:
            raise InvalidInput(problems)
        changes: dict[str, Any] = dict(_columns(details))
        if name is not None:
            changes["name"] = name.strip()
        before = {key: getattr(segment, key) for key in changes}
        for key, value in changes.items():
            setattr(segment, key, value)
        _saved(segment, [*changes, "updated_at"])
        if definition is not None and _save_definition(segment, definition, actor, reason=reason, cause="edit"):
            changes["definition"] = segment.definition
        _note_snapshot(segment, details)
        if changes:
            shown = {key: [str(before.get(key, "")), str(value)] for key, value in changes.items()}
            audit.record(actor, "updated", segment, shown)
    return segment


def delete_segment(segment_id: int, *, actor: Actor) -> None:
    """Delete a list, or refuse and name what uses it. Its ledger stays."""
    with transaction.atomic():
        locks.lock_graph()
        locks.lock_everyone()
        segment = Segment.objects.select_for_update().get(pk=segment_id)
        places = guards.uses(segment_id)
        if places:
            used = _("This list is used: %(places)s. Remove it there first.") % {"places": "; ".join(places)}
            raise Conflict([Problem("", used)])
        audit.record(actor, "deleted", segment, {"size": segment.size})
        segment.delete()


def add_members(segment_id: int, contact_ids: Collection[int], *, actor: Actor, cause: str = "manual") -> int:
    """Put contacts into a static list; return how many were not in yet. Ids that nobody has are ignored."""
    return _move(segment_id, contact_ids, actor, cause, entering=True)


def remove_members(segment_id: int, contact_ids: Collection[int], *, actor: Actor, cause: str = "manual") -> int:
    """Take contacts out of a static list; return how many were in."""
    return _move(segment_id, contact_ids, actor, cause, entering=False)


def copy_members(segment_id: int, from_id: int, *, actor: Actor) -> int:
    """Put everybody of another list into a static one; return how many were not in yet."""
    members = Membership.objects.filter(segment_id=from_id).values_list("contact_id", flat=True)
    return _move(segment_id, list(members), actor, f"segment:{from_id}", entering=True)


def to_static(segment_id: int, *, actor: Actor) -> Segment:
    """Freeze an active list as it stands. The definition is kept, so that it can come back."""
    with transaction.atomic():
        locks.lock_graph()
        locks.lock_everyone()
        segment = Segment.objects.select_for_update().get(pk=segment_id)
        if segment.kind == Segment.Kind.STATIC:
            raise Conflict(_("This list is static already."))
        if segment.live_version == 0:
            raise Conflict(_("This list is still being built for the first time. Wait until it is live."))
        _supersede(segment)
        segment.kind, segment.state, segment.keys, segment.error = Segment.Kind.STATIC, Segment.State.LIVE, [], ""
        segment.save(update_fields=["kind", "state", "keys", "error", "updated_at"])
        audit.record(actor, "made static", segment, {"size": segment.size})
    return segment


def to_active(segment_id: int, *, actor: Actor) -> Segment:
    """Let a list that was active before follow its definition again."""
    with transaction.atomic():
        locks.lock_graph()
        segment = Segment.objects.select_for_update().get(pk=segment_id)
        if segment.kind == Segment.Kind.ACTIVE:
            raise Conflict(_("This list is active already."))
        if segment.definition is None:
            raise Conflict(_("This list never had a definition. Create an active list instead."))
        problems = _definition_problems(segment.definition, segment_id)
        if problems:
            raise InvalidInput(problems)
        segment.kind, segment.live_version = Segment.Kind.ACTIVE, 0
        segment.snapshot_of, segment.snapshot_every, segment.snapshot_due_at = None, None, None
        _queue_build(segment, cause="made active")
        segment.save()
        audit.record(actor, "made active", segment)
    return segment


def refresh_now(segment_id: int, *, actor: Actor) -> Build:
    """Look at everybody again, in the background."""
    with transaction.atomic():
        locks.lock_graph()
        segment = Segment.objects.select_for_update().get(pk=segment_id)
        if segment.kind != Segment.Kind.ACTIVE:
            raise Conflict(_("This list is static: there is nothing to refresh."))
        build = _queue_build(segment, cause="refresh")
        segment.save(update_fields=["state", "error", "keys", "updated_at"])
        audit.record(actor, "refreshed", segment)
    return build


def rebuild_everything(*, actor: Actor, cause: str) -> int:
    """Look at everybody again for every active list, in the background; return how many lists that is."""
    with transaction.atomic():
        locks.lock_graph()
        lists = list(Segment.objects.filter(kind=Segment.Kind.ACTIVE).order_by("pk").select_for_update())
        for segment in lists:
            _queue_build(segment, cause=cause)
            segment.save(update_fields=["state", "error", "keys", "updated_at"])
    return len(lists)


def cancel_build(segment_id: int, *, actor: Actor) -> None:
    """Stop a running build. The list keeps its present membership; a first build can be started again by refresh."""
    with transaction.atomic():
        segment = Segment.objects.select_for_update().get(pk=segment_id)
        stopped = Build.objects.filter(segment=segment, state__in=["queued", "running"]).update(
            state=Build.State.CANCELLED, finished_at=clock.now(), lease_until=None
        )
        if stopped:
            segment.state = Segment.State.LIVE if segment.live_version else Segment.State.FAILED
            segment.error = "" if segment.live_version else _("The first build was cancelled.")
            segment.save(update_fields=["state", "error", "updated_at"])
            audit.record(actor, "cancelled the build of", segment)


def _definition_problems(definition: object, segment_id: int | None) -> list[Problem]:
    try:
        load(definition, catalogue.current(), reader_of=segment_id)
    except InvalidInput as invalid:
        return [problem.under("/definition") for problem in invalid.problems]
    return []


def _save_definition(segment: Segment, definition: object, actor: Actor, *, reason: str, cause: str) -> bool:
    """Store a checked definition as a new version and queue its build; False when it says the same as before."""
    canonical = dump(load(definition, catalogue.current(), reader_of=segment.pk))
    if segment.definition is not None and json.canonical(segment.definition) == json.canonical(canonical):
        return False
    segment.definition = canonical
    segment.version += 1
    SegmentVersion.objects.create(
        segment=segment, number=segment.version, definition=canonical, saved_by=str(actor), reason=reason[:MAX_TEXT]
    )
    _queue_build(segment, cause=cause)
    segment.save(update_fields=["definition", "version", "state", "keys", "error", "updated_at"])
    return True


def _queue_build(segment: Segment, *, cause: str) -> Build:
    """Queue the build of the latest version. Until it is live, the list counts as a reader of both versions' keys."""
    tree = active(load(segment.definition, catalogue.current()))
    assert tree is not None
    _supersede(segment)
    segment.keys = sorted({*depends.keys(tree), *(segment.keys if segment.live_version else [])})
    segment.state, segment.error = Segment.State.BUILDING, ""
    build = Build.objects.create(segment=segment, version=segment.version, cause=cause)
    tasks.ring_builds()
    return build


def _supersede(segment: Segment) -> None:
    Build.objects.filter(segment=segment, state__in=["queued", "running"]).update(
        state=Build.State.SUPERSEDED, finished_at=clock.now(), lease_until=None
    )


def _move(segment_id: int, contact_ids: Iterable[int], actor: Actor, cause: str, *, entering: bool) -> int:
    with transaction.atomic():
        moved = static.move(segment_id, contact_ids, cause, entering=entering)
        if moved:
            tasks.ring_changes()
            action = "added members to" if entering else "removed members from"
            segment = Segment.objects.get(pk=segment_id)
            audit.record(actor, action, segment, {"members": moved, "cause": cause})
    return moved


def _saved(segment: Segment, fields: list[str] | None = None) -> Segment:
    try:
        with transaction.atomic():
            segment.save(update_fields=fields)
    except IntegrityError as error:
        if "segments_segment_name_once" in str(error):
            raise InvalidInput([Problem("/name", _("Another list has this name. Choose a different one."))]) from None
        raise
    return segment


def _name_problems(name: object) -> list[Problem]:
    if not isinstance(name, str) or not name.strip() or not json.is_storable(name):
        return [Problem("/name", _("Give the list a name."))]
    if len(name.strip()) > MAX_NAME:
        return [Problem("/name", _("Use at most 200 characters."))]
    return []


def _detail_problems(details: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for key in _TEXTS:
        value = details.get(key, "")
        if not isinstance(value, str) or not json.is_storable(value) or len(value) > MAX_TEXT:
            problems.append(Problem(f"/{key}", _("Expected a text of at most 20,000 characters.")))
    source = details.get("snapshot_of")
    if source is not None and not Segment.objects.filter(pk=source).exists():
        problems.append(Problem("/snapshot_of", _("There is no such list.")))
    every = details.get("snapshot_every")
    if every is not None and every < timedelta(minutes=1):
        problems.append(Problem("/snapshot_every", _("Renew a snapshot at most once a minute.")))
    return problems


def _columns(details: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(details)
    if "snapshot_of" in columns:
        columns["snapshot_of_id"] = columns.pop("snapshot_of")
    return columns


def _note_snapshot(segment: Segment, details: Mapping[str, Any]) -> None:
    if details.get("snapshot_of") is not None or details.get("snapshot_every") is not None:
        Segment.objects.filter(pk=segment.pk).update(snapshot_due_at=clock.now())
        tasks.ring_snapshots()
