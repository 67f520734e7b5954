"""Make a version of an active list true for everyone, while the old membership serves and changes go on.

The build walks over blocks of contacts and keeps who is in, in memory; contacts that change meanwhile are noted by
whoever handles the change. At the end, under the locks of all contacts, the noted ones are looked at again, the
difference to the present membership is written in one statement, and the version is live. Killed anywhere, a build
starts again from the beginning; superseded or cancelled, it stops at the next block. Lists that read the ledger of
others are walked for after those are live.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Case, F, PositiveBigIntegerField, Q, Value, When

from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.sql import scratch_table

from .. import catalogue
from ..models import Build, BuildTouched, Pin, ScoreModel, Segment
from . import feed, locks, moves
from .live import COLLEAGUE, QUIET, Delays, Followed, follow, in_order, in_stages
from .overrides import pins_of_block, settle_build, settle_delayed
from .plan import BLOCK, Ids, Truth, plan_for
from .refresh import note_due, touch_builds

LEASE = timedelta(seconds=30)
MOST_AT_ONCE = 100
PERCENTILES = "percentiles"
"""The cause of builds that come every hour, because everybody is compared with other values from then on."""
SCORES = "scores"
"""The cause of builds that come when everybody was scored anew."""
WORTH = "worth"
"""The cause of builds that come when the worth of many was compared anew."""
UNASKED = frozenset({PERCENTILES, SCORES, WORTH})
"""Causes that nobody who edits a list asked for: its delays go on."""
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
        INSERT INTO segments_ledgerentry (segment_id, contact_id, change, at, cause, version, quiet)
        SELECT %(segment)s, contact_id, change, %(now)s, %(cause)s, %(version)s, %(quiet)s FROM moved
    ), told AS (
        INSERT INTO contacts_contactchange (contact_id, keys, at)
        SELECT contact_id, %(keys)s, %(now)s FROM moved WHERE %(is_read)s
    )
    SELECT count(*) FILTER (WHERE change = 'entered'), count(*) FILTER (WHERE change = 'left') FROM moved
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
        by_segment = {build.segment_id: build for build in builds if build not in lost}
        live: set[int] = set()
        for stage in in_stages(in_order(versions.values())):
            found = _walk(builds, stage)
            if found is None:
                break
            _go_live_in_order(by_segment, stage, found, live)
        return len(live)
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


@dataclass
class Found:
    """What a walk found of one list: whom its rule, or a pin, lets in, and whom it met a pin of."""

    members: Ids
    pinned: set[int]


def _walk(builds: Sequence[Build], ordered: tuple[Followed, ...]) -> dict[int, Found] | None:
    """Who is in each list, block by block; None when every build was stopped."""
    plan = plan_for(ordered, BLOCK)
    found: dict[int, list[Ids]] = {listed.id: [] for listed in ordered}
    pinned: dict[int, set[int]] = {listed.id: set() for listed in ordered}
    walking = [build.pk for build in builds if build.segment_id in found]
    done, block = 0, _next_block(0)
    while block is not None:
        now = clock.now()
        with transaction.atomic():
            first, last = block * locks.BLOCK, (block + 1) * locks.BLOCK - 1
            locks.lock_contacts([first])
            pins = pins_of_block(first, last, now)
            truth = plan.evaluate(now, override=pins.apply, first_id=first, last_id=last)
            _note_due(truth)
            done += len(truth.ids)
            running = Build.objects.filter(pk__in=[build.pk for build in builds], state=Build.State.RUNNING)
            # In one statement: a row that a transaction updates twice has its list locked at the commit.
            done_of = Case(
                When(pk__in=walking, then=Value(done)), default=F("done"), output_field=PositiveBigIntegerField()
            )
            if not running.update(lease_until=now + LEASE, done=done_of):
                return None
        for segment_id, blocks in found.items():
            blocks.append(truth.members_of(segment_id))
        for segment_id, pk in pins.pins:
            if segment_id in pinned:
                pinned[segment_id].add(pk)
        block = _next_block(last + 1)
    return {
        pk: Found(np.concatenate(blocks) if blocks else np.empty(0, np.int64), pinned[pk])
        for pk, blocks in found.items()
    }


def _note_due(truth: Truth) -> None:
    due = {pk: instant for pk, instant in zip(truth.ids.tolist(), truth.due, strict=True) if instant}
    note_due([], due, exact=False)


def _go_live_in_order(
    by_segment: Mapping[int, Build], ordered: Sequence[Followed], found: Mapping[int, Found], live: set[int]
) -> None:
    """Make the lists live, those that others ask first, and note them in `live`."""
    for listed in ordered:
        build = by_segment[listed.id]
        asked = catalogue.referenced(sorted(listed.keys)) & by_segment.keys()
        if not asked <= live:
            # A list that this one asks was superseded on the way: what was found rests on its old definition.
            Build.objects.filter(pk=build.pk, state=Build.State.RUNNING).update(
                state=Build.State.QUEUED, lease_until=None
            )
        elif _go_live(build, listed, found[listed.id]):
            live.add(listed.id)


def _next_block(contact_id: int) -> int | None:
    """The first block from `contact_id` on that has anybody."""
    first = Contact.objects.filter(pk__gte=contact_id).order_by("pk").values_list("pk", flat=True).first()
    return None if first is None else first // locks.BLOCK


def _go_live(build: Build, listed: Followed, found: Found) -> bool:
    with transaction.atomic():
        locks.share_graph()
        locks.lock_everyone()
        segment = Segment.objects.select_for_update(no_key=True).filter(pk=build.segment_id).first()
        if segment is None or not Build.objects.filter(pk=build.pk, state=Build.State.RUNNING).exists():
            return False
        now = clock.now()
        members = _settled(build, segment, _look_again(build, listed, found, now), now)
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
                    "quiet": build.quiet,
                    "keys": [f"segment:{segment.pk}", *([QUIET] if build.quiet else [])],
                    "is_read": is_read(segment.pk),
                },
            )
            moved = moves.Moved(*cursor.fetchone())
        moves.add({segment.pk: moved}, now, built=build.cause == moves.FIRST_BUILD)
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


def _look_again(build: Build, listed: Followed, found: Found, now: datetime) -> Ids:
    """Whom the rule lets in: corrected for the contacts that changed while the build walked, and those with pins."""
    touched = set(BuildTouched.objects.filter(build=build).values_list("contact_id", flat=True)) | found.pinned
    touched |= set(Pin.objects.filter(segment=listed.id).values_list("contact_id", flat=True))
    if not touched:
        return found.members
    ids = sorted(touched)
    truth = plan_for((listed,)).evaluate(now, ids=ids)
    _note_due(truth)
    others = np.setdiff1d(found.members, np.array(ids, np.int64), assume_unique=True)
    return np.union1d(others, truth.members_of(listed.id))


def _settled(build: Build, segment: Segment, rule: Ids, now: datetime) -> Ids:
    """The members that the rule comes to with the pins of the list, and where nobody asked for it, with its delays."""
    delays = Delays(segment.entry_delay, segment.exit_delay)
    if not any(delays) or build.cause not in UNASKED or segment.live_version != build.version:
        return settle_build(segment.pk, rule, now)
    members, overrides, waiting = settle_delayed(segment.pk, rule, delays, now)
    note_due([], overrides.due(), exact=False)
    # Lists of the same walk that ask this one were answered by its rule.
    touch_builds(waiting.tolist())
    return members


def is_read(segment_id: int) -> bool:
    """Whether another list or a score asks this one, live or about to be. Ask it while sharing the graph."""
    keys = [f"segment:{segment_id}", f"{COLLEAGUE}segment:{segment_id}"]
    lists, models = Segment.objects.filter(keys__overlap=keys), ScoreModel.objects.filter(keys__overlap=keys)
    return lists.exists() or models.exists()


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
