"""What operators are told of lists: due instants, builds, the feed, and what the last audit found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crmseg.access.health import BAD, GOOD, QUIET, WARN, Fact, register
from crmseg.access.health.facts import graded, seconds_since
from crmseg.common.clock import now
from crmseg.web import formats

from .models import AuditReport, Build, ContactDue, LedgerEntry

COUNT_LIMIT = 100_000
LATELY = timedelta(days=1)
AUDIT_EVERY = timedelta(hours=26)


def connect() -> None:
    register("lists", 15, gettext_lazy("Lists"), lists)


def lists() -> Iterator[Fact]:
    yield from _due()
    yield from _feed()
    yield from _builds()
    yield from _audit()


def _due() -> Iterator[Fact]:
    overdue = ContactDue.objects.filter(due_at__lte=now())
    lag = round(seconds_since(overdue.order_by("due_at").values_list("due_at", flat=True).first()))
    count = overdue.order_by()[: COUNT_LIMIT + 1].count()
    state = graded(lag, 10, 120)
    says = _("%(count)s, the oldest %(seconds)s s") % {"count": count, "seconds": lag} if count else "0"
    advice = _("Nobody enters or leaves by time alone meanwhile. See that the clock and the worker “live” speak.")
    yield Fact("lists.due_lag_seconds", _("Contacts due"), lag, says, state, advice if state != GOOD else "")


def _feed() -> Iterator[Fact]:
    unnumbered = LedgerEntry.objects.filter(cursor=None)
    oldest = unnumbered.order_by("pk").values_list("at", flat=True).first()
    lag = round(seconds_since(oldest))
    state = graded(lag, 30, 300)
    count = unnumbered.order_by()[: COUNT_LIMIT + 1].count()
    says = _("%(count)s, the oldest %(seconds)s s") % {"count": count, "seconds": lag} if count else "0"
    advice = _("Readers of the feed and campaigns wait for these moves. See that the workers speak.")
    yield Fact(
        "lists.feed_lag_seconds", _("Moves not in the feed yet"), lag, says, state, advice if state != GOOD else ""
    )


def _builds() -> Iterator[Fact]:
    open_states = [Build.State.QUEUED, Build.State.RUNNING]
    working = dict.fromkeys(open_states, 0)
    for state in Build.objects.filter(state__in=open_states).values_list("state", flat=True):
        working[Build.State(state)] += 1
    failed = Build.objects.filter(state=Build.State.FAILED, finished_at__gte=now() - LATELY).count()
    told = {"queued": working[Build.State.QUEUED], "running": working[Build.State.RUNNING], "failed": failed}
    says = _("%(running)s running, %(queued)s waiting, %(failed)s failed since yesterday") % told
    advice = _("The lists keep the members they had. Their pages say what went wrong; saving again builds again.")
    yield Fact("lists.builds", _("Builds"), told, says, WARN if failed else GOOD, advice if failed else "")


def _audit() -> Iterator[Fact]:
    last = AuditReport.objects.order_by("-pk").first()
    if last is None:
        says = _("none yet")
        yield Fact("lists.audit", _("Last audit"), None, says, QUIET)
        return
    wrong = last.missing + last.extra
    told = {"at": last.at.isoformat(), "missing": last.missing, "extra": last.extra, "repaired": last.repaired}
    when = {"when": formats.relative(last.at, now())}
    says = _("%(when)s: %(missing)s missing, %(extra)s too many") % (told | when)
    late = now() - last.at > AUDIT_EVERY
    state = (WARN if last.repaired else BAD) if wrong else WARN if late else GOOD
    advice = (
        _("Run `dev.py manage segments_audit`, and keep its output: it names the lists and the contacts.")
        if wrong
        else _("It runs every night at 03:10 UTC: see that the clock and the worker “bulk” speak.")
    )
    yield Fact("lists.audit", _("Last audit"), told, says, state, advice if state != GOOD else "")
