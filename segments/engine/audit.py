"""Hold the memberships against the truth, found by another path than the one that wrote them.

The audit waits for the backlog, then compares at one instant in one database snapshot: each active list is evaluated
by its plain statement, lists that ask others after those, against the truth of those and not against what is stored.
Pins are part of the truth. In a list with delays, what is stored may differ from the rule where a pending move says so,
and only there: one that is overdue, or that the rule gives no reason for, is a difference itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from django.db import connection, transaction

from contacts.models import Contact, ContactChange
from crmseg.common import clock
from crmseg.common.sql import scratch_table

from ..definition import depends
from ..models import AuditReport, Build, ContactDue, Segment
from . import companions, plain
from .build import run_waiting
from .clock import pop_due
from .drain import drain
from .live import Delays, Followed, current, in_order
from .refresh import refresh

WAIT = timedelta(seconds=60)
NO_DELAYS = Delays(None, None)
_REPAIR = 1000
# `truth` is what the rule says when these begin; `held` is what the list would say without pins, as it is stored.
_PENDING = """
    WITH truth AS (SELECT contact_id FROM audit_truth WHERE segment_id = %(pk)s),
         pending AS (
            SELECT p.contact_id, p.entering,
                   p.contact_id IN (SELECT contact_id FROM truth) AS rule,
                   COALESCE(pin.held, EXISTS (
                       SELECT FROM segments_membership AS m
                        WHERE m.segment_id = p.segment_id AND m.contact_id = p.contact_id)) AS held,
                   p.due_at > %(now)s AND p.due_at - p.since = delay.length AS in_time
              FROM segments_pendingmove AS p
              CROSS JOIN LATERAL (
                  SELECT CASE WHEN p.entering THEN %(entry)s::interval ELSE %(exit)s::interval END AS length) AS delay
              LEFT JOIN segments_pin AS pin ON pin.segment_id = p.segment_id AND pin.contact_id = p.contact_id
             WHERE p.segment_id = %(pk)s
         )
"""
_WRONG = "SELECT contact_id, entering FROM pending WHERE (entering IS DISTINCT FROM rule OR rule = held)"
_STAYS = """
    , outside AS (
        DELETE FROM audit_truth USING pending AS p
         WHERE segment_id = %(pk)s AND audit_truth.contact_id = p.contact_id
           AND p.entering AND p.rule AND NOT p.held AND p.in_time
    )
    INSERT INTO audit_truth SELECT %(pk)s, contact_id FROM pending
     WHERE NOT entering AND NOT rule AND held AND in_time
"""
_PINS = """
    WITH pinned AS (
        SELECT contact_id, direction FROM segments_pin
         WHERE segment_id = %(pk)s AND (expires_at IS NULL OR expires_at > %(now)s)
    ), outside AS (
        DELETE FROM audit_truth USING pinned
         WHERE segment_id = %(pk)s AND audit_truth.contact_id = pinned.contact_id AND direction = 'out'
    )
    INSERT INTO audit_truth
    SELECT %(pk)s, contact_id FROM pinned JOIN contacts_contact AS contact ON contact.id = pinned.contact_id
     WHERE direction = 'in'
        ON CONFLICT DO NOTHING
"""


@dataclass
class Difference:
    """What is wrong with one list: contacts that should be in and are not, and the other way round."""

    segment_id: int
    missing: list[int] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)


@dataclass
class Audit:
    """Every active list compared, and where it differs."""

    at: datetime
    segments: int
    contacts: int
    differences: list[Difference]
    beside: dict[str, list[companions.Wrong]] = field(default_factory=dict)
    """What is wrong beside memberships, by who keeps it: scores, for one."""

    @property
    def wrong(self) -> bool:
        return bool(self.differences) or any(self.beside.values())

    @property
    def missing(self) -> int:
        return sum(len(difference.missing) for difference in self.differences)

    @property
    def extra(self) -> int:
        return sum(len(difference.extra) for difference in self.differences)

    def summary(self) -> dict[str, Any]:
        return {
            "segments": self.segments,
            "contacts": self.contacts,
            "missing": self.missing,
            "extra": self.extra,
        }

    def counted(self) -> dict[str, int]:
        """How many contacts are wrong in what is kept beside memberships."""
        return {name: sum(len(one.contacts) for one in found) for name, found in self.beside.items()}


def audit() -> Audit:
    """Compare every active list. Where work keeps arriving, the contacts still waiting are left to the next audit."""
    settle()
    with _snapshot() as now:
        live = current()
        lists = in_order(live.lists.values())
        waiting = _waiting(now)
        with connection.cursor() as cursor:
            columns = "segment_id bigint, contact_id bigint, PRIMARY KEY (segment_id, contact_id)"
            scratch_table(cursor, "audit_truth", columns)
            static = list(Segment.unarchived.filter(kind=Segment.Kind.STATIC).values_list("pk", flat=True))
            cursor.execute(
                "INSERT INTO audit_truth SELECT segment_id, contact_id FROM segments_membership"
                " WHERE segment_id = ANY(%s)",
                [static],
            )
        differences = []
        for listed in lists:
            difference = _compare(listed, now, waiting, live.delays.get(listed.id, NO_DELAYS))
            if difference.missing or difference.extra:
                differences.append(difference)
        return Audit(now, len(lists), Contact.objects.count(), differences, companions.audit(now, waiting))


def repair(found: Audit) -> int:
    """Re-evaluate the contacts that differ, and say in the report what was found; return how many memberships moved."""
    moved = 0
    beside = {pk for wrongs in found.beside.values() for one in wrongs for pk in one.contacts}
    contacts = sorted(beside.union(*([*one.missing, *one.extra] for one in found.differences)))
    for start in range(0, len(contacts), _REPAIR):
        moved += refresh({pk: {depends.EVERYTHING} for pk in contacts[start : start + _REPAIR]}, clock.now())
    details = [
        {"segment": one.segment_id, "missing": one.missing[:100], "extra": one.extra[:100]} for one in found.differences
    ]
    AuditReport.objects.create(**found.summary(), repaired=bool(moved), details=details)
    return moved


def settle(patience: timedelta = WAIT) -> bool:
    """Do the work that is waiting, or wait while others do it; return whether nothing is left."""
    until = clock.now() + patience
    while clock.now() < until:
        drain()
        while pop_due(clock.now()):
            pass
        run_waiting()
        if companions.settle() and not _busy():
            return True
        sleep(0.2)
    return False


def _busy() -> bool:
    return (
        ContactChange.objects.exists()
        or ContactDue.objects.filter(due_at__lte=clock.now()).exists()
        or Build.objects.filter(state__in=["queued", "running"]).exists()
    )


@contextmanager
def _snapshot() -> Iterator[datetime]:
    """One instant in one snapshot: what is read below is read as of `now`."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            if len(connection.savepoint_ids) == 0:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SET LOCAL work_mem = '128MB'")
            # The first query takes the snapshot: what it holds was evaluated before the `now` that is asked next.
            cursor.execute("SELECT")
        yield clock.now()


def _waiting(now: datetime) -> list[int]:
    """Contacts whose memberships are about to be looked at, in this snapshot."""
    changed = ContactChange.objects.values_list("contact_id", flat=True)
    due = ContactDue.objects.filter(due_at__lte=now).values_list("contact_id", flat=True)
    return sorted({*changed, *due})


def _compare(listed: Followed, now: datetime, waiting: list[int], delays: Delays) -> Difference:
    params = listed.params(members="audit_truth")
    truth = plain.matching(listed.tree, params)
    segment_id = params.add(listed.id, "bigint")
    given: dict[str, Any] = {
        "pk": listed.id,
        "now": now,
        "entry": delays.entry,
        "exit": delays.exit,
        "waiting": waiting,
    }
    difference = Difference(listed.id)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO audit_truth SELECT {segment_id}, id FROM ({truth}) AS t", params.at(now))
        cursor.execute(f"{_PENDING} {_WRONG} AND contact_id <> ALL(%(waiting)s)", given)
        for pk, entering in cursor:
            (difference.extra if entering else difference.missing).append(pk)
        cursor.execute(_PENDING + _STAYS, given)
        cursor.execute(_PINS, given)
        for found, this, that in (
            (difference.missing, "audit_truth", "segments_membership"),
            (difference.extra, "segments_membership", "audit_truth"),
        ):
            cursor.execute(
                f"SELECT contact_id FROM {this} WHERE segment_id = %(pk)s AND contact_id <> ALL(%(waiting)s)"
                f" EXCEPT SELECT contact_id FROM {that} WHERE segment_id = %(pk)s",
                given,
            )
            found.extend(pk for (pk,) in cursor)
    return difference
