"""Why one contact is in a list, or is not: the truth of every node, what decided it, and what would turn it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from contacts.models import Contact
from crmseg.common import clock

from ... import catalogue
from ...definition.check.worlds import Worlds
from ...definition.load import load
from ...definition.nodes import All, InSegment, Node, active
from ...definition.parts import Part, take_apart
from ...definition.schema import Catalogue
from ...models import Membership, PendingMove, Pin, Segment, SegmentVersion
from .. import cutoffs, live
from . import evidence, future, shown, truth
from .nearest import Nearest
from .question import Question
from .truth import UnknownContact

__all__ = ["UnknownContact", "explain", "explain_definition", "explain_tree", "flips_of", "snapshot"]


@dataclass(frozen=True)
class Explained:
    """What a definition says of one contact. `flips_at` is the next instant at which time alone turns the answer;
    `looked_until` says how far that was looked for, where not to the end."""

    holds: bool
    flips_at: datetime | None
    looked_until: datetime | None
    nearest: str | None
    tree: dict[str, Any]


def explain(segment: Segment, contact_id: int) -> dict[str, Any]:
    """Why the contact is a member of the list now, or is not. Raises UnknownContact."""
    with snapshot() as now:
        if not Contact.objects.filter(pk=contact_id).exists():
            raise UnknownContact
        member = Membership.objects.filter(segment=segment, contact_id=contact_id).first()
        pin = Pin.objects.filter(segment=segment, contact_id=contact_id).first()
        waiting = PendingMove.objects.filter(segment=segment, contact_id=contact_id).first()
        pinned = pin if pin and (pin.expires_at is None or pin.expires_at > now) else None
        version, definition = _followed(segment)
        found = None
        if segment.kind == Segment.Kind.ACTIVE and definition is not None:
            known = catalogue.current()
            found = explain_tree(load(definition, known), known, contact_id, now)
        return {
            "segment": segment.pk,
            "contact": contact_id,
            "version": version,
            "member": member is not None,
            "entered_at": member and member.entered_at,
            "rule": found and found.holds,
            "pinned": pinned and pinned.direction,
            "pin": pinned and {"reason": pinned.reason, "author": pinned.author, "expires_at": pinned.expires_at},
            "pending": waiting and {"entering": waiting.entering, "due_at": waiting.due_at},
            "at": now,
            "flips_at": found and found.flips_at,
            "looked_until": found and found.looked_until,
            "nearest": found and found.nearest,
            "tree": found and found.tree,
        }


def explain_definition(raw: object, contact_id: int) -> dict[str, Any]:
    """What a definition that need not be saved says of the contact now. Raises InvalidInput or UnknownContact."""
    known = catalogue.current()
    tree = load(raw, known)
    kept = active(tree)
    assert kept is not None
    cutoffs.ensure(kept)
    with snapshot() as now:
        found = explain_tree(tree, known, contact_id, now)
    return {
        "contact": contact_id,
        "rule": found.holds,
        "at": now,
        "flips_at": found.flips_at,
        "looked_until": found.looked_until,
        "nearest": found.nearest,
        "tree": found.tree,
    }


def explain_tree(tree: Node, known: Catalogue, contact_id: int, now: datetime) -> Explained:
    """What the tree says of the contact at `now`. Raises UnknownContact."""
    asked, part = truth.Asked(contact_id, known), take_apart(tree)
    question = Question(part)
    today = truth.answers(question.leaves, asked, now)
    held = question.evaluate([answer.holds for answer in today])
    pieces = evidence.gather(question.leaves, asked, now)
    proven = {leaf: pieces[place] for leaf, place in question.place.items()}
    flips, looked_until = flips_of(question, today, asked, now)
    # What is the same in every world cannot be turned, whatever its parts would take.
    turns = Worlds(part, known).always(part) is None
    nearest = Nearest(known, now, held, flips, proven).sentence(part) if turns else None
    told = shown.tree(part, known, held, flips, proven)
    return Explained(held[part], flips.get(part), looked_until, nearest, told)


def flips_of(
    question: Question, today: list[truth.Answer], asked: truth.Asked, now: datetime
) -> tuple[dict[Part, datetime], datetime | None]:
    """When time alone turns each part, lists that are asked included where nothing but their rules decides."""
    rules = _rules(question, asked, now)
    if not rules:
        return future.look(question, today, asked)
    wider = Question(question.tree, rules)
    return future.look(wider, truth.answers(wider.leaves, asked, now), asked)


def _rules(question: Question, asked: truth.Asked, now: datetime) -> dict[int, Part]:
    """The trees of the lists that are asked, directly or not, and now say of the contact what its membership says."""
    wanted = [leaf.segment_id for leaf in question.leaves if isinstance(leaf, InSegment)]
    if not wanted:
        return {}
    current = live.current()
    found: dict[int, Part] = {}
    while wanted:
        listed = current.lists.get(wanted.pop())
        if listed is not None and listed.id not in found:
            found[listed.id] = take_apart(listed.tree)
            wanted += listed.asks
    own = {"segment__in": found, "contact_id": asked.contact_id}
    held_back = {*Pin.objects.filter(**own).values_list("segment_id", flat=True), *current.delays}
    rules = {pk: part for pk, part in found.items() if pk not in held_back}
    members = set(Membership.objects.filter(**own).values_list("segment_id", flat=True))
    everything = Question(Part("", All(()), list(rules.values())))
    answers = truth.answers(everything.leaves, asked, now)
    held = everything.evaluate([answer.holds for answer in answers])
    return {pk: part for pk, part in rules.items() if held[part] == (pk in members)}


def _followed(segment: Segment) -> tuple[int, object]:
    """The version that memberships follow, and its definition."""
    number = segment.live_version or segment.version
    version = SegmentVersion.objects.filter(segment=segment, number=number).first()
    return number, version.definition if version else segment.definition


@contextmanager
def snapshot() -> Iterator[datetime]:
    """One instant in one snapshot: what is read below is read as of `now`."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("SELECT")
        yield clock.now()
