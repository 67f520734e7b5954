"""What the pages of one list have in common: what stands above every tab, and how histories are worded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django.db.models import Count
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from contacts import headcount
from crmseg.access.models import Role
from crmseg.access.roles import has_role
from crmseg.web.formats import number
from segments import catalogue, guards, looks, selectors
from segments.definition.describe import times
from segments.definition.windows import Span, Unit
from segments.models import Follow, Segment
from segments.sentences import sentence_of

from .pulse import beat_of

_TABS = (
    ("members", "segments:segment", gettext_lazy("Members")),
    ("explain", "segments:explain", gettext_lazy("Test a contact")),
    ("pins", "segments:pins", pgettext_lazy("contacts", "Pinned")),
    ("waiting", "segments:waiting", gettext_lazy("Waiting")),
    ("ledger", "segments:ledger", gettext_lazy("Entered and left")),
    ("profile", "segments:profile", gettext_lazy("What sets it apart")),
    ("lookalikes", "segments:lookalikes", gettext_lazy("Look-alikes")),
    ("overlap", "segments:overlap", gettext_lazy("Overlap")),
    ("versions", "segments:versions", gettext_lazy("Versions and use")),
    ("about", "segments:about", gettext_lazy("About this list")),
)
CHART_DAYS, MOST_DAYS = 90, 730
RANGES = ((30, gettext_lazy("30 days")), (90, gettext_lazy("90 days")), (365, gettext_lazy("365 days")))


@dataclass(frozen=True)
class Waiting:
    """How many wait for the delay of a list to pass, to enter it and to leave it."""

    entering: int
    leaving: int


def segment_of(segment_id: int) -> Segment:
    return get_object_or_404(selectors.segments_table(), pk=segment_id)


def shared(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """What every tab shows above itself. Whoever sees it looks at the list."""
    if segment.archived_at is None:
        looks.note(segment.pk)
    known, may_delete = catalogue.current(), has_role(request.user, Role.MARKETER)
    waiting = waiting_in(segment.pk)
    return {
        "segment": segment,
        "may_write": may_delete and segment.archived_at is None,
        "may_delete": may_delete,
        "beat": beat_of(segment),
        "everyone": headcount.everybody(),
        "sentence": sentence_of(segment.definition, known) if segment.definition else "",
        "fresh_as_of": selectors.fresh_as_of(),
        "build": selectors.current_build(segment.pk),
        "pinned": selectors.pin_counts([segment.pk]).get(segment.pk, selectors.PinCounts()),
        "waiting": waiting,
        "delays": [delay_in_words(delay) for delay in (segment.entry_delay, segment.exit_delay)],
        "tabs": _tabs(segment, waiting),
        "delete_lines": _what_deleting_touches(segment),
        "followed": Follow.objects.filter(user=request.user.pk, segment=segment.pk).exists(),
        "days": days_asked(request),
        "days_text": str(days_asked(request)),
        "ranges": [(days, label, _with_days(request, days)) for days, label in RANGES],
    }


def days_asked(request: HttpRequest) -> int:
    """`?days=30`, how far back the chart goes; 90 without a word, and no more than two years."""
    asked = request.GET.get("days", "")
    return min(max(int(asked), 2), MOST_DAYS) if asked.isdecimal() and len(asked) < 5 else CHART_DAYS


def waiting_in(segment_id: int) -> Waiting:
    counts = selectors.pending_moves(segment_id).order_by().values_list("entering").annotate(Count("pk"))
    by_way = dict(counts)
    return Waiting(by_way.get(True, 0), by_way.get(False, 0))


def delay_in_words(delay: timedelta | None) -> str:
    """`3 days`, in the largest unit that says it exactly; seconds are rounded up."""
    if not delay:
        return ""
    minutes = -(-delay // timedelta(minutes=1))
    for unit, size in (("day", 1440), ("hour", 60)):
        if minutes % size == 0:
            return times.length(Span(minutes // size, cast(Unit, unit)))
    return times.length(Span(minutes, "minute"))


def who(actor: str) -> str:
    """The name in what histories write as `user:Ada`."""
    return actor.partition(":")[2] or actor


def readable(definition: object) -> str:
    return json.dumps(definition, indent=2, ensure_ascii=False, default=str)


def _with_days(request: HttpRequest, days: int) -> str:
    """The address of this page with another range of days."""
    query = request.GET.copy()
    query["days"] = str(days)
    return f"?{query.urlencode()}"


def _tabs(segment: Segment, waiting: Waiting) -> list[tuple[str, str, object]]:
    """Pins and delays are for active lists; nobody waits where there is no delay."""
    hidden = set()
    if segment.kind != Segment.Kind.ACTIVE:
        hidden |= {"pins", "waiting"}
    elif not (segment.entry_delay or segment.exit_delay or waiting.entering or waiting.leaving):
        hidden.add("waiting")
    return [tab for tab in _TABS if tab[0] not in hidden]


def _what_deleting_touches(segment: Segment) -> list[str]:
    size = ngettext(
        "%(size)s person is no longer gathered in it, and stays a contact.",
        "%(size)s people are no longer gathered in it; they stay contacts.",
        segment.size,
    )
    return [
        size % {"size": number(segment.size)},
        _("What happened in it stays in the history of each contact."),
        *(_("It is used by %(place)s: remove it there first.") % {"place": place} for place in guards.uses(segment.pk)),
    ]
