"""What whoever works with a list should know: its goal and how far that is, what each team does, what to beware of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from contacts.fields import FieldType
from crmseg.access import account
from crmseg.access.models import User
from crmseg.access.roles import signed_in
from crmseg.common import clock
from crmseg.web import formats
from segments import beside, catalogue, guards
from segments.definition.schema import Catalogue
from segments.insights import targets
from segments.insights import warnings as beware
from segments.models import Segment, Target

from .shared import segment_of

_NOTES = (
    ("marketing", gettext_lazy("Marketing"), "note_marketing"),
    ("sales", gettext_lazy("Sales"), "note_sales"),
    ("service", gettext_lazy("Service"), "note_service"),
)
AT_ONCE = (Target.Metric.SIZE, Target.Metric.ENTERED)
"""What is known without a look at the members."""


@dataclass(frozen=True)
class Bar:
    """Where things stand between the start and the target, in percent of the width."""

    done: str
    low: str = ""
    spread: str = ""
    time: str = ""


@dataclass(frozen=True)
class Way:
    """A target and how far it is, in words."""

    title: str
    now: str
    range: str
    base: str
    value: str
    progress: targets.Progress
    bar: Bar
    percent: str
    time: str


def brief(request: HttpRequest, segment: Segment, known: Catalogue) -> dict[str, Any]:
    """What stands beside the members."""
    target = Target.objects.filter(segment=segment.pk).first()
    return {
        "target": target,
        "way": way(target, segment, known) if target and target.metric in AT_ONCE else None,
        "team_notes": _notes(request, segment),
        "uses": guards.uses(segment.pk),
        "warnings": beware.at_once(segment, known),
        "beside": beside.shown(segment),
    }


@require_GET
@signed_in
def goal(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The progress of a target that takes a look at the members, asked by the page once it stands."""
    segment, known = segment_of(segment_id), catalogue.current()
    target = Target.objects.filter(segment=segment_id).first()
    found = way(target, segment, known) if target else None
    return render(request, "segments/goal.html", {"segment": segment, "way": found})


@require_GET
@signed_in
def warnings(request: HttpRequest, segment_id: int) -> HttpResponse:
    """What takes a look at the members to be known."""
    found = beware.looked_for(segment_of(segment_id), clock.now())
    return render(request, "segments/warnings.html", {"warnings": found})


def way(target: Target, segment: Segment, known: Catalogue) -> Way:
    progress = targets.progress(target, segment, known, clock.now())
    figure = progress.figure
    low = high = None
    if figure and figure.low is not None and figure.high is not None:
        low, high = figure.low, figure.high
    said = {"low": _shown(target, low, known), "high": _shown(target, high, known)}
    among = {"n": formats.number(figure.looked_at) if figure else ""}
    return Way(
        title=title_of(target, known),
        now=_shown(target, figure.value if figure else None, known),
        range=_("between %(low)s and %(high)s, by %(n)s members looked at") % (said | among) if low is not None else "",
        base=_shown(target, target.base, known),
        value=_shown(target, target.value, known),
        progress=progress,
        bar=_bar(progress, low, high),
        percent=formats.percent(progress.share, 1) if progress.share else formats.percent(0, 1),
        time=formats.percent(progress.time, 1) if progress.time is not None else "",
    )


def title_of(target: Target, known: Catalogue) -> str:
    """What is measured."""
    match target.metric:
        case Target.Metric.AVERAGE:
            asked = known.properties.get(target.property)
            return _("Average of “%(property)s”") % {"property": asked.label if asked else target.property}
        case Target.Metric.DID:
            said = {"event": target.event, "days": target.days}
            return _("Members who did “%(event)s” in %(days)s days") % said
        case Target.Metric.ENTERED:
            return _("People who entered since %(day)s") % {"day": formats.exact(target.since.date())}
    return str(target.get_metric_display())


def _shown(target: Target, value: Decimal | None, known: Catalogue) -> str:
    if value is None:
        return "–"
    if target.metric == Target.Metric.DID:
        return formats.percent(float(value), 100)
    asked = known.properties.get(target.property)
    if asked and asked.type == FieldType.MONEY:
        return formats.money(value, account.current().currency)
    return formats.number(round(value, 2).normalize() + 0)


def _bar(progress: targets.Progress, low: Decimal | None, high: Decimal | None) -> Bar:
    """As SVG wants it, in whatever language."""
    base = progress.target.base or Decimal(0)
    span = progress.target.value - base
    done = f"{progress.share * 100:.1f}%"
    time = f"{progress.time * 100:.1f}%" if progress.time is not None else ""
    if low is None or high is None or not span:
        return Bar(done, time=time)
    first, last = sorted(min(max(float((edge - base) / span), 0.0), 1.0) for edge in (low, high))
    return Bar(done, f"{first * 100:.1f}%", f"{max(last - first, 0.005) * 100:.1f}%", time)


def _notes(request: HttpRequest, segment: Segment) -> list[tuple[str, Any, str]]:
    """What each team should know, the reader's own first."""
    role = request.user.role if isinstance(request.user, User) else ""
    own = role if role in ("sales", "service") else "marketing"
    notes = [(key, label, getattr(segment, name)) for key, label, name in _NOTES]
    return sorted(notes, key=lambda note: note[0] != own)
