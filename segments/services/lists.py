"""Create, change and delete lists. A definition that is saved is a version, and none is ever lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from django.db import transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import clock, json
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import guards, tasks
from ..engine import locks, overrides
from ..engine.live import Delays
from ..models import Segment, SegmentVersion
from .builds import definition_problems, save_definition
from .details import Details, columns_of, detail_problems, name_problems, save_named
from .holding import hold

_DELAYS = {"entry_delay", "exit_delay"}


def create_segment(
    *,
    name: str,
    kind: str,
    definition: object = None,
    reason: str = "",
    quiet: bool = False,
    actor: Actor,
    **details: Unpack[Details],
) -> Segment:
    """Create a list. An active one is built at once, in the background; a static one starts empty."""
    problems = name_problems(name) + detail_problems(details)
    if kind not in Segment.Kind.values:
        problems.append(Problem("/kind", _("Expected “static” or “active”.")))
    with transaction.atomic():
        locks.lock_graph()
        if kind == Segment.Kind.ACTIVE and definition is None:
            problems.append(Problem("/definition", _("An active list needs a definition.")))
        elif kind == Segment.Kind.STATIC and definition is not None:
            problems.append(Problem("/definition", _("A static list has no definition: its members are put in.")))
        elif definition is not None:
            problems += definition_problems(definition, None)
        if kind == Segment.Kind.STATIC:
            problems += _delay_problems(details)
        if problems:
            raise InvalidInput(problems)
        segment = save_named(Segment(name=name.strip(), kind=kind, **columns_of(details)))
        if definition is not None:
            save_definition(segment, definition, actor, reason=reason, quiet=quiet, cause="build")
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
    quiet: bool = False,
    **details: Unpack[Details],
) -> Segment:
    """Change a list. A new definition is a new version: the old membership serves until the new one is complete.

    What a `quiet` edit does to the members triggers nothing.
    """
    with transaction.atomic():
        locks.lock_graph()
        if not _DELAYS.isdisjoint(details):
            locks.lock_everyone()
        segment = hold(segment_id)
        problems = (name_problems(name) if name is not None else []) + detail_problems(details)
        if segment.kind == Segment.Kind.STATIC and json.canonical(definition) == json.canonical(segment.definition):
            definition = None  # what a static list keeps was read and sent back
        if definition is not None and segment.kind == Segment.Kind.STATIC:
            raise Conflict([Problem("/definition", _("This list is static. Make it active to give it a definition."))])
        if definition is not None:
            problems += definition_problems(definition, segment_id)
        if segment.kind == Segment.Kind.STATIC:
            problems += _delay_problems(
                {key: details.get(key) for key in _DELAYS if details.get(key) != getattr(segment, key)}
            )
        if problems:
            raise InvalidInput(problems)
        changes: dict[str, Any] = dict(columns_of(details))
        if name is not None:
            changes["name"] = name.strip()
        before = {key: getattr(segment, key) for key in changes} | {"definition": segment.definition}
        for key, value in changes.items():
            setattr(segment, key, value)
        save_named(segment, [*changes, "updated_at"])
        if any(before[key] != changes[key] for key in _DELAYS & changes.keys()):
            overrides.reschedule(segment.pk, Delays(segment.entry_delay, segment.exit_delay), clock.now())
            tasks.ring_changes()
        if definition is not None:
            saved = save_definition(segment, definition, actor, reason=reason, quiet=quiet, cause="edit")
            changes |= {"definition": segment.definition} if saved else {}
        _note_snapshot(segment, details)
        if changes:
            changes = {key: value for key, value in changes.items() if value != before[key]}
            audit.record(actor, "updated", segment, changes, before=before)
    return segment


def rollback(segment_id: int, number: int, *, actor: Actor, reason: str = "", quiet: bool = False) -> Segment:
    """Save the definition of an earlier version as a new one."""
    version = SegmentVersion.objects.filter(segment=segment_id, number=number).first()
    if version is None:
        raise InvalidInput([Problem("/version", _("There is no such version of this list."))])
    with transaction.atomic():
        locks.lock_graph()
        before = Segment.objects.get(pk=segment_id).version
        reason = reason or _("Back to version %(number)s.") % {"number": number}
        definition = version.definition
        segment = update_segment(segment_id, definition=definition, reason=reason, quiet=quiet, actor=actor)
        if segment.version == before:
            raise Conflict([Problem("/version", _("The list has this definition already."))])
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


def _delay_problems(details: Mapping[str, Any]) -> list[Problem]:
    said = _("Who is in a static list enters and leaves by hand, without delay.")
    return [Problem(f"/{key}", said) for key in sorted(_DELAYS) if details.get(key)]


def _note_snapshot(segment: Segment, details: Mapping[str, Any]) -> None:
    if details.get("snapshot_of") is not None or details.get("snapshot_every") is not None:
        Segment.objects.filter(pk=segment.pk).update(snapshot_due_at=clock.now())
        tasks.ring_snapshots()
