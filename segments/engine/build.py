"""Make a version of an active list true for everyone, while the old membership serves and changes go on.

The build walks over blocks of contacts and keeps who is in, in memory; contacts that change meanwhile are noted by
whoever handles the change. At the end, under the locks of all contacts, the noted ones are looked at again, the
difference to the present membership is written in one statement, and the version is live. Killed anywhere, a build
starts again from the beginning; superseded or cancelled, it stops at the next block.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q

from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.sql import scratch_table

from .. import catalogue
from ..models import Build, BuildTouched, Segment
from . import feed, locks
from .live import Followed, follow, in_order
from .plan import BLOCK, plan_for
from .refresh import note_due

LEASE = timedelta(seconds=30)
MOST_AT_ONCE = 100
Ids = np.ndarray[Any, np.dtype[np.int64]]
_SWITCH = """
    WITH entered AS (
        INSERT INTO segments_membership (segment_id, contact_id, entered_at)
        SELECT %(segment)s, truth.contact_id, %(now)s FROM build_truth AS truth
         WHERE NOT EXISTS (SELECT FROM segments_membership AS m
                            WHERE m.segment_id = %(segment)s AND m.contact_id = truth.contact_id)
        RETURNING contact_id
    ), gone AS (
        DELETE FROM segments_membership AS m
         WHERE m.segment_id = %(segment)s
           AND NOT EXISTS (SELECT FROM build_truth AS truth WHERE truth.contact_id = m.contact_id)
        RETURNING contact_id
    ), moved AS (
        SELECT contact_id, 'entered' AS change FROM entered UNION ALL SELECT contact_id, 'left' FROM gone
    ), recorded AS (
        INSERT INTO segments_ledgerentry (segment_id, contact_id, change, at, cause, version)
        SELECT %(segment)s, contact_id, change, %(now)s, %(cause)s, %(version)s FROM moved
    ), told AS (
        INSERT INTO contacts_contactchange (contact_id, keys, at)
        SELECT contact_id, %(keys)s, %(now)s FROM moved WHERE %(is_read)s
    )
    SELECT count(*) FROM moved
"""


def run_waiting() -> int:
    """Do every build that is nobody's, together in one walk; return how many lists went live."""
    builds = _claim()
    if not builds:
        return 0
    try:
        versions = follow([(build.segment_id, build.version) for build in builds])
        lost = [build for build in builds if build.segment_id not in versions]
        _fail(lost, LookupError("The definition cannot be read any more."))
        if not versions:
            return 0
        ordered = in_order(versions.values())
        members = _walk(builds, tuple(ordered))
        return _go_live_in_order(builds, ordered, members) if members is not None else 0
    except (OperationalError, InterfaceError):
        raise  # The database went away: the lease runs out, and the builds start again.
    except Exception as error:
        _fail(builds, error)
        raise


def _claim() -> list[Build]:
    now = clock.now()
    free = Q(state=Build.State.QUEUED) | Q(state=Build.State.RUNNING, lease_until__lt=now)
    with transaction.atomic():
        builds = list(Build.objects.filter(free).order_by("pk").select_for_update(skip_locked=True)[:MOST_AT_ONCE])
        total = Contact.objects.count()
        Build.objects.filter(pk__in=[build.pk for build in builds]).update(
            state=Build.State.RUNNING, lease_until=now + LEASE, done=0, total=total
        )
    return builds


def _walk(builds: Sequence[Build], ordered: tuple[Followed, ...]) -> dict[int, Ids] | None:
    """Who is in each list, block by block; None when every build was stopped."""
    plan = plan_for(ordered, BLOCK)
    found: dict[int, list[Ids]] = {listed.id: [] for listed in ordered}
    done, block = 0, _next_block(0)
    while block is not None:
        now = clock.now()
        with transaction.atomic():
            first, last = block * locks.BLOCK, (block + 1) * locks.BLOCK - 1
            locks.lock_contacts([first])
            truth = plan.evaluate(now, first_id=first, last_id=last)
            note_due(truth, exact=False)
            done += len(truth.ids)
            running = Build.objects.filter(pk__in=[build.pk for build in builds], state=Build.State.RUNNING)
            if not running.update(done=done, lease_until=now + LEASE):
                return None
        for segment_id, blocks in found.items():
            blocks.append(truth.members_of(segment_id))
        block = _next_block(last + 1)
    return {pk: np.concatenate(blocks) if blocks else np.empty(0, np.int64) for pk, blocks in found.items()}


def _go_live_in_order(builds: Sequence[Build], ordered: Sequence[Followed], members: dict[int, Ids]) -> int:
    """Make the lists live, those that others ask first."""
    by_segment = {build.segment_id: build for build in builds}
    live: set[int] = set()
    for listed in ordered:
        build = by_segment[listed.id]
        asked = catalogue.referenced(sorted(listed.keys)) & members.keys()
        if not asked <= live:
            # A list that this one asks was superseded on the way: what was found rests on its old definition.
            Build.objects.filter(pk=build.pk, state=Build.State.RUNNING).update(
                state=Build.State.QUEUED, lease_until=None
            )
        elif _go_live(build, listed, members[listed.id]):
            live.add(listed.id)
    return len(live)


def _next_block(contact_id: int) -> int | None:
    """The first block from `contact_id` on that has anybody."""
    first = Contact.objects.filter(pk__gte=contact_id).order_by("pk").values_list("pk", flat=True).first()
    return None if first is None else first // locks.BLOCK


def _go_live(build: Build, listed: Followed, members: Ids) -> bool:
    with transaction.atomic():
        locks.share_graph()
        locks.lock_everyone()
        segment = Segment.objects.select_for_update().filter(pk=build.segment_id).first()
        if segment is None or not Build.objects.filter(pk=build.pk, state=Build.State.RUNNING).exists():
            return False
        now = clock.now()
        members = _look_again(build, listed, members, now)
        with connection.cursor() as cursor:
            scratch_table(cursor, "build_truth", "contact_id bigint PRIMARY KEY")
            with cursor.copy("COPY build_truth FROM STDIN") as copy:
                copy.write("".join([f"{pk}\n" for pk in members.tolist()]))
            cursor.execute("ANALYZE build_truth")
            cursor.execute(
                _SWITCH,
                {
                    "segment": segment.pk,
                    "version": listed.version,
                    "now": now,
                    "cause": build.cause,
                    "keys": [f"segment:{segment.pk}"],
                    "is_read": is_read(segment.pk),
                },
            )
        Segment.objects.filter(pk=segment.pk).update(
            state=Segment.State.LIVE,
            live_version=listed.version,
            keys=sorted(listed.keys),
            size=len(members),
            error="",
        )
        BuildTouched.objects.filter(build=build).delete()
        Build.objects.filter(pk=build.pk).update(
            state=Build.State.DONE, finished_at=now, lease_until=None, done=build.total
        )
        feed.number_soon()
    return True


def _look_again(build: Build, listed: Followed, members: Ids, now: datetime) -> Ids:
    """Correct `members` for the contacts that changed while the build walked."""
    touched = list(BuildTouched.objects.filter(build=build).values_list("contact_id", flat=True))
    if not touched:
        return members
    truth = plan_for((listed,)).evaluate(now, ids=touched)
    note_due(truth, exact=False)
    others = np.setdiff1d(members, np.array(touched, np.int64), assume_unique=True)
    return np.union1d(others, truth.members_of(listed.id))


def is_read(segment_id: int) -> bool:
    """Whether another list asks this one, live or about to be. Ask it while sharing the graph."""
    return Segment.objects.filter(keys__contains=[f"segment:{segment_id}"]).exists()


def _fail(builds: Sequence[Build], error: Exception) -> None:
    said = f"{type(error).__name__}: {error}"[:1000]
    for build in builds:
        failed = Build.objects.filter(pk=build.pk, state=Build.State.RUNNING).update(
            state=Build.State.FAILED, error=said, finished_at=clock.now(), lease_until=None
        )
        if failed:
            Segment.objects.filter(pk=build.segment_id, version=build.version).update(
                state=Segment.State.FAILED, error=said
            )
