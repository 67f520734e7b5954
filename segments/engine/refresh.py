"""Make every list true for some contacts: evaluate them once, write the difference, note when to look again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from crmseg.common import clock

from ..definition import depends
from ..models import Build, ContactDue
from . import locks, timer
from .ledger import Move, write
from .live import Followed, live_lists, touched_by
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
        touch_builds(contact_ids)
        keys = set().union(*moved.values())
        lists = live_lists()
        affected = tuple(touched_by(keys, lists))
        truth = plan_for(affected).evaluate(now, ids=contact_ids)
        gone = sorted(set(contact_ids).difference(truth.ids.tolist()))
        entered, left = difference(truth, affected, moved, now)
        written = write(entered, left + exits_of(gone), now)
        all_clocks = all(listed in affected for listed in lists.values() if listed.reads_clock)
        note_due(truth, exact=all_clocks, gone=gone)
    return written


def difference(truth: Truth, lists: Sequence[Followed], moved: Keys, now: datetime) -> tuple[list[Move], list[Move]]:
    """The entries and exits that turn the memberships of `truth.ids` into the truth."""
    current = _memberships(truth.ids.tolist())
    entered, left = [], []
    for listed in lists:
        should = set(truth.members_of(listed.id).tolist())
        are = current.get(listed.id, set())
        for contact_id in sorted(should - are):
            entered.append(Move(listed.id, contact_id, _cause(moved[contact_id], listed), listed.version))
        for contact_id in sorted(are - should):
            left.append(Move(listed.id, contact_id, _cause(moved[contact_id], listed), listed.version))
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


def note_due(truth: Truth, *, exact: bool, gone: Sequence[int] = ()) -> None:
    """Keep each contact's next instant. `exact` when every list that reads the clock was asked; else only earlier."""
    if gone:
        ContactDue.objects.filter(contact_id__in=gone).delete()
    coming = [instant for instant in truth.due if instant]
    if exact or coming:
        with connection.cursor() as cursor:
            cursor.execute(_DUE_EXACT if exact else _DUE_EARLIER, [truth.ids.tolist(), truth.due])
    if coming:
        timer.wake_for(min(coming))


def touch_builds(contact_ids: Iterable[int]) -> None:
    """Have every build that runs now look at these contacts again before it goes live."""
    builds = list(Build.objects.filter(state=Build.State.RUNNING).values_list("id", flat=True))
    if builds:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO segments_buildtouched (build_id, contact_id)
                SELECT build_id, contact_id FROM unnest(%s::bigint[]) AS build_id, unnest(%s::bigint[]) AS contact_id
                ON CONFLICT DO NOTHING
                """,
                [builds, list(contact_ids)],
            )


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
