"""What lists show on the home page: which grew and shrank, who entered those one follows, reviews, what to mend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.models import Contact
from crmseg.access.models import Role
from crmseg.common import clock
from crmseg.web import panels as shell

from . import hints, selectors
from .insights import warnings
from .models import Follow, MoveCount, Segment, Target

MOST = 5
MOST_FOLLOWED = 12
NAMED = 3
MOST_TO_MEND = 6
MOST_TARGETS = 8
SOON = timedelta(days=7)
_LATEST = """
    SELECT listed.pk, entry.contact_id, entry.at
      FROM unnest(%(lists)s::bigint[]) AS listed (pk)
     CROSS JOIN LATERAL (
        SELECT contact_id, at FROM segments_ledgerentry AS l
         WHERE l.segment_id = listed.pk AND l.at >= %(since)s AND l.change = 'entered' AND l.cause <> 'build'
         ORDER BY l.at DESC, l.id DESC LIMIT %(named)s) AS entry
"""


@dataclass(frozen=True)
class Moved:
    """A list and who came and went since some instant."""

    segment: Segment
    entered: int
    left: int

    @property
    def change(self) -> int:
        return self.entered - self.left


@dataclass(frozen=True)
class Period:
    """The lists that grew most and shrank most."""

    label: str
    grown: list[Moved]
    shrunk: list[Moved]


def connect() -> None:
    shell.register_home(
        shell.HomePanel(20, "segments/home_panel.html", changed),
        shell.HomePanel(25, "segments/home_followed.html", followed),
        shell.HomePanel(45, "segments/home_reviews.html", reviews),
    )
    shell.register_mend(to_mend)
    shell.register_slow_mend(too_small)
    shell.register_first_step(
        shell.FirstStep(
            20,
            gettext_lazy("Make the first list"),
            gettext_lazy("from a goal, from a template, or from scratch: it follows your contacts by itself"),
            "segments:gallery",
            lambda _request: Segment.objects.exists(),
            Role.MARKETER,
        )
    )


def changed(request: HttpRequest) -> dict[str, Any] | None:
    """Since yesterday, and this week; without whom first builds found."""
    now = clock.now()
    week, day = (selectors.quarter_of(now - timedelta(days=days)) for days in (7, 1))
    rows = list(
        MoveCount.objects.filter(quarter__gte=week, built=False, segment__archived_at=None)
        .values("segment_id")
        .annotate(
            came=Sum("entered"),
            went=Sum("gone"),
            came_1d=Sum("entered", filter=Q(quarter__gte=day), default=0),
            went_1d=Sum("gone", filter=Q(quarter__gte=day), default=0),
        )
        .order_by()
    )
    by_day = [(row["segment_id"], int(row["came_1d"]), int(row["went_1d"])) for row in rows]
    by_week = [(row["segment_id"], int(row["came"]), int(row["went"])) for row in rows]
    chosen = {pk for moves in (by_day, by_week) for pk, _entered, _left in [*_grown(moves), *_shrunk(moves)]}
    known = Segment.objects.only("pk", "name", "size").in_bulk(chosen)
    if not known:
        return {"periods": []} if Segment.objects.exists() else None
    return {"periods": [_period(_("Since yesterday"), by_day, known), _period(_("This week"), by_week, known)]}


def followed(request: HttpRequest) -> dict[str, Any] | None:
    """Who entered the lists that the reader follows, within a week."""
    lists = list(Segment.unarchived.filter(follows__user=request.user.pk).order_by("name")[:MOST_FOLLOWED])
    if not lists:
        return None
    since = clock.now() - timedelta(days=7)
    entered = _entered_since(lists, since)
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, {"lists": [one.pk for one in lists], "since": since, "named": NAMED})
        by_list: dict[int, list[tuple[int, datetime]]] = {}
        for pk, contact_id, at in cursor.fetchall():
            by_list.setdefault(pk, []).append((contact_id, at))
    people = Contact.objects.in_bulk({pk for latest in by_list.values() for pk, _at in latest})
    rows = [
        (one, entered.get(one.pk, 0), [(people[pk], at) for pk, at in by_list.get(one.pk, ()) if pk in people])
        for one in sorted(lists, key=lambda one: -entered.get(one.pk, 0))
    ]
    more = Follow.objects.filter(user=request.user.pk, segment__archived_at=None).count() - len(lists)
    return {"lists": rows, "more": more}


def reviews(request: HttpRequest) -> dict[str, Any] | None:
    """The lists that somebody is to look over again by now, or within a week."""
    today = clock.now().date()
    due = Segment.unarchived.filter(review_on__lte=today + SOON).select_related("owner").order_by("review_on", "name")
    found = list(due[:MOST])
    return {"lists": found, "today": today} if found else None


def to_mend(request: HttpRequest) -> Iterator[shell.Mend]:
    """What the hints say, those of reviews apart; the rest of many is behind a link."""
    found = [hint for hint in hints.current() if hint.kind != hints.Kind.REVIEW]
    for hint in found[:MOST_TO_MEND]:
        text = _("“%(list)s”: %(problem)s") % {"list": hint.name, "problem": hint.text}
        action = _("Compare them") if hint.other_id else _("Open the list")
        yield shell.Mend(text, hint.url, action, bad=hint.kind == hints.Kind.FAILED)
    if (more := len(found) - MOST_TO_MEND) > 0:
        said = ngettext("%(n)s more list has something to mend.", "%(n)s more lists have something to mend.", more)
        yield shell.Mend(said % {"n": more}, reverse("segments:list"), _("All lists"))


def too_small(request: HttpRequest) -> Iterator[shell.Mend]:
    """Lists with a target in which no test could show a usual effect."""
    now = clock.now()
    targets = Target.objects.filter(segment__archived_at=None, segment__size__gt=0).select_related("segment")
    for target in targets.order_by("-since")[:MOST_TARGETS]:
        segment = target.segment
        for warning in warnings.too_small(segment, now):
            text = _("“%(list)s”: %(problem)s") % {"list": segment.name, "problem": warning.text}
            yield shell.Mend(text, reverse("segments:segment", args=[segment.pk]), _("Open the list"))


def _entered_since(lists: Sequence[Segment], since: datetime) -> dict[int, int]:
    counts = MoveCount.objects.filter(segment__in=lists, quarter__gte=selectors.quarter_of(since), built=False)
    return {pk: int(n) for pk, n in counts.values_list("segment_id").annotate(Sum("entered")).order_by()}


def _grown(moves: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    return sorted((move for move in moves if move[1] > move[2]), key=lambda move: (move[2] - move[1], move[0]))[:MOST]


def _shrunk(moves: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    return sorted((move for move in moves if move[1] < move[2]), key=lambda move: (move[1] - move[2], move[0]))[:MOST]


def _period(label: str, moves: list[tuple[int, int, int]], known: dict[int, Segment]) -> Period:
    grown, shrunk = (
        [Moved(known[pk], entered, left) for pk, entered, left in part if pk in known]
        for part in (_grown(moves), _shrunk(moves))
    )
    return Period(label, grown, shrunk)
