"""Make every list true for some contacts: evaluate them once, write the difference, note when to look again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from crmseg.common import clock

from ..definition import depends
from ..models import Build, ContactDue
from . import colleagues, companions, locks, timer
from .ledger import Move, write
from .live import QUIET, Followed, current, follow, in_stages, touched_by
from .overrides import Overrides, of_contacts
from .plan import Truth, plan_for

Keys = Mapping[int, Collection[str]]
_DUE_EXACT = """
    WITH due AS (SELECT * FROM unnest(%s::bigint[], %s::timestamptz[]) AS one (contact_id, due_at)),
         never AS (DELETE FROM segments_contactdue USING due
                    WHERE segments_contactdue.contact_id = due.contact_id AND due.due_at IS NULL)
    INSERT INTO segments_contactdue AS kept (contact_id, due_at)
    SELECT contact_id, due_at FROM due WHERE due_at IS NOT NULL
    ON CONFLICT (contact_id) DO UPDATE SET due_at = excluded.due_at WHERE kept.due_at <> excluded.due_at
"""
_DUE_EARLIER = """
    INSERT INTO segments_contactdue AS kept (contact_id, due_at)
    SELECT * FROM unnest(%s::bigint[], %s::timestamptz[]) AS one (contact_id, due_at) WHERE one.due_at IS NOT NULL
    ON CONFLICT (contact_id) DO UPDATE SET due_at = excluded.due_at WHERE excluded.due_at < kept.due_at
"""


def refresh(moved: Keys, now: datetime) -> int:
    """Re-evaluate the contacts of `moved` as of `now`, each for the keys that moved; return how many memberships moved.

    Runs in the caller's transaction if there is one. `now` must not be later than the present; where waiting for the
    locks has made it earlier, the present counts, because others may have looked at these contacts meanwhile.
    """
    if not moved:
        return 0
    with transaction.atomic():
        contact_ids = sorted(moved)
        locks.lock_contacts(contact_ids)
        now = max(now, clock.now())
        # Read after the locks: a build committed before them is either seen here or sees our writes.
        building = touch_builds(contact_ids)
        live = current()
        moved = companions.look_before(moved, now)
        members = _memberships(contact_ids)
        overrides = of_contacts(live, contact_ids, members, now)
        moved = _with(moved, overrides.overdue())
        affected = touched_by(set().union(*moved.values()), live.lists)
        moves: list[Move] = []
        written, due, gone = 0, dict[int, datetime](), list[int]()
        for number, stage in enumerate(in_stages(affected)):
            # A stage reads what the stages before it wrote to the ledger.
            truth = plan_for(stage).evaluate(now, override=overrides.apply, ids=contact_ids)
            entered, left = difference(truth, stage, moved, members, overrides)
            if number == 0:
                gone = sorted(set(contact_ids).difference(truth.ids.tolist()))
                left += exits_of(gone)
            written += write(entered, left, now)
            moves += [*entered, *left]
            _note_earliest(due, zip(truth.ids.tolist(), truth.due, strict=True))
        overrides.write(gone)
        _note_earliest(due, overrides.due().items())
        companions.look_after(_with(moved, _as_keys(moves)), now)
        _note_earliest(due, companions.due(contact_ids))
        asked = set(affected)
        all_clocks = all(listed in asked for listed in live.lists.values() if listed.reads_clock)
        note_due(sorted(set(contact_ids).difference(gone)), due, exact=all_clocks, gone=gone)
        reads = frozenset[str]().union(*(listed.colleague_keys for listed in [*live.lists.values(), *building]))
        if reads:
            colleagues.tell(_with(moved, _as_keys(moves)), reads, now)
    return written


def difference(
    truth: Truth, lists: Sequence[Followed], moved: Keys, members: Mapping[int, set[int]], overrides: Overrides
) -> tuple[list[Move], list[Move]]:
    """The entries and exits that turn `members` into the truth, for the contacts of `truth.ids`."""
    entered, left = [], []
    ids = truth.ids.tolist()

    def move(listed: Followed, pk: int) -> Move:
        cause = overrides.cause(listed.id, pk, moved[pk]) or _cause(moved[pk], listed)
        return Move(listed.id, pk, cause, listed.version, QUIET in moved[pk])

    for listed in lists:
        should = set(truth.members_of(listed.id).tolist())
        are = members.get(listed.id, set()).intersection(ids)
        entered += [move(listed, pk) for pk in sorted(should - are)]
        left += [move(listed, pk) for pk in sorted(are - should)]
    return entered, left


def exits_of(gone: Sequence[int]) -> list[Move]:
    """Contacts that no longer exist leave every list, static ones too."""
    if not gone:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT member.segment_id, member.contact_id, segment.live_version
              FROM segments_membership AS member JOIN segments_segment AS segment ON segment.id = member.segment_id
             WHERE member.contact_id = ANY(%s)
            """,
            [list(gone)],
        )
        return [Move(segment_id, contact_id, "deleted", version) for segment_id, contact_id, version in cursor]


def note_due(contact_ids: Sequence[int], due: Mapping[int, datetime], *, exact: bool, gone: Sequence[int] = ()) -> None:
    """Keep each contact's next instant. `exact` when every list that reads the clock was asked; else only earlier."""
    if gone:
        ContactDue.objects.filter(contact_id__in=gone).delete()
    ids = list(contact_ids) if exact else sorted(due)
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_DUE_EXACT if exact else _DUE_EARLIER, [ids, [due.get(pk) for pk in ids]])
    if due:
        timer.wake_for(min(due.values()))


def touch_builds(contact_ids: Iterable[int]) -> list[Followed]:
    """Have every build that runs now look at these contacts again before it goes live; return what is being built."""
    builds = list(Build.objects.filter(state=Build.State.RUNNING).values_list("id", "segment_id", "version"))
    if not builds:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO segments_buildtouched (build_id, contact_id)
            SELECT build_id, contact_id FROM unnest(%s::bigint[]) AS build_id, unnest(%s::bigint[]) AS contact_id
            ON CONFLICT DO NOTHING
            """,
            [[build[0] for build in builds], list(contact_ids)],
        )
    return list(follow([build[1:] for build in builds]).values())


def _note_earliest(due: dict[int, datetime], found: Iterable[tuple[int, datetime | None]]) -> None:
    for pk, instant in found:
        if instant is not None:
            due[pk] = min(due.get(pk, instant), instant)


def _with(moved: Keys, more: Keys) -> Keys:
    if not more:
        return moved
    return {pk: {*keys, *more.get(pk, ())} for pk, keys in moved.items()}


def _as_keys(moves: Iterable[Move]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for move in moves:
        found.setdefault(move.contact_id, set()).add(f"segment:{move.segment_id}")
    return found


def _memberships(contact_ids: list[int]) -> dict[int, set[int]]:
    """Who of the contacts is in which list now. Of all lists: a contact is in few, and asking for some costs more."""
    found: dict[int, set[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT segment_id, contact_id FROM segments_membership WHERE contact_id = ANY(%s)", [contact_ids]
        )
        for segment_id, contact_id in cursor:
            found.setdefault(segment_id, set()).add(contact_id)
    return found


def _cause(moved: Collection[str], listed: Followed) -> str:
    """Why the list looked again at this contact: the moved keys that it reads, or the lists it asks."""
    if depends.EVERYTHING in moved:
        return "created"
    shared = sorted(listed.keys.intersection(moved))
    if shared == [depends.CLOCK]:
        return depends.CLOCK
    own = [key for key in shared if key != depends.CLOCK]
    asked = sorted(key for key in listed.keys if key.startswith("segment:"))
    return ", ".join(own or asked) or depends.CLOCK
