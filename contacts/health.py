"""What operators are told of contacts: changes lists have not seen, imports, long work, and the months of events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crmseg.access.health import GOOD, QUIET, WARN, Fact, register
from crmseg.access.health.facts import graded, seconds_since
from crmseg.common.clock import now
from crmseg.jobs.models import Job

from . import partitions
from .models import ContactChange, ContactImport

COUNT_LIMIT = 100_000
LATELY = timedelta(days=1)


def connect() -> None:
    register("changes", 20, gettext_lazy("Changes and long work"), backlog)
    register("events", 35, gettext_lazy("Events by month"), months)


def backlog() -> Iterator[Fact]:
    waiting = ContactChange.objects.order_by()[: COUNT_LIMIT + 1].count()
    oldest = ContactChange.objects.order_by("pk").values_list("at", flat=True).first()
    lag = round(seconds_since(oldest))
    state = graded(lag, 10, 120)
    advice = _("Lists are that much behind. See that the worker “live” speaks and that no transaction is very long.")
    yield Fact("changes.waiting", _("Changes lists have not seen"), waiting, str(waiting), QUIET)
    says = _("%(seconds)s s") % {"seconds": lag}
    label = _("Oldest change lists have not seen")
    yield Fact("changes.lag_seconds", label, lag, says, state, advice if state != GOOD else "")
    State = ContactImport.State
    yield from _work(
        "imports",
        _("Imports"),
        ContactImport.objects.filter(state__in=[State.QUEUED, State.RUNNING, State.UNDOING]).count(),
        ContactImport.objects.filter(state=State.FAILED, created_at__gte=now() - LATELY).count(),
        _("Its page says which row or which error stopped it; drop the mended file again."),
    )
    Work = Job.State
    yield from _work(
        "jobs",
        _("Bulk actions"),
        Job.objects.filter(state__in=[Work.QUEUED, Work.RUNNING, Work.UNDOING]).count(),
        Job.objects.filter(state=Work.FAILED, created_at__gte=now() - LATELY).count(),
        _("Its page says what stopped it; whoever began it can start it again."),
    )


def _work(key: str, label: str, running: int, failed: int, advice: str) -> Iterator[Fact]:
    says = _("%(running)s running or waiting, %(failed)s failed since yesterday")
    told = says % {"running": running, "failed": failed}
    yield Fact(f"{key}.open", label, running, told, WARN if failed else GOOD, advice if failed else "")


def months() -> Iterator[Fact]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'contacts_event'::regclass")
        present = int(cursor.fetchone()[0])
        following = partitions.name_of(partitions.shift(partitions.month_of(now()), 1))
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [following])
        has_next = bool(cursor.fetchone()[0])
        cursor.execute(f"SELECT count(*) FROM (SELECT 1 FROM {partitions.DEFAULT} LIMIT %s) AS few", [COUNT_LIMIT])
        elsewhere = int(cursor.fetchone()[0])
    yield Fact("events.partitions", _("Partitions"), present, str(present), QUIET)
    advice = _("The clock makes it every hour. Until then events of that month go to the partition for all others.")
    says = _("there") if has_next else _("missing")
    state = GOOD if has_next else WARN
    yield Fact("events.next_month", _("Next month"), has_next, says, state, "" if has_next else advice)
    yield Fact("events.elsewhere", _("Events of far away months"), elsewhere, str(elsewhere), QUIET)
