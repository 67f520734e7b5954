"""Who stays, who leaves, and who does less than before: by month of the first order, and against one's own past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, Q
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crmseg.access import account
from crmseg.access.roles import signed_in
from crmseg.common import clock
from crmseg.common.problems import InvalidInput

from ... import filters
from ...models import Contact, EventType, Worth
from ...worth import churn as falls
from ...worth import cohorts, rules
from ...worth.among import Among

MONTHS = (6, 12, 24)
YEAR, FEW = 365, 0.05
UNITS = ("year", "quarter")


@dataclass(frozen=True)
class Asked:
    """What the address asks; `problem` says in words what of it cannot be."""

    event: EventType | None
    days: int
    months: int
    unit: str
    segment: str
    among: Among
    problem: str

    @property
    def both(self) -> int:
        return 2 * self.days

    @property
    def query(self) -> str:
        return f"unit={self.unit}&segment={self.segment}"


@require_GET
@signed_in
def churn(request: HttpRequest) -> HttpResponseBase:
    """The frame; what reads many events comes when it stands."""
    asked = read(request)
    context = {
        "asked": asked,
        "spans": falls.SPANS,
        "months": MONTHS,
        "units": [("year", _("Year")), ("quarter", _("Quarter"))],
        "events": EventType.objects.order_by("name").values_list("pk", "name")[:500],
        "lists": filters.choices("segment")[:500],
        "buyers": Worth.objects.filter(orders__gt=0).exists(),
        "has_events": EventType.objects.exists(),
        "curves": cohorts.survival(clock.now(), unit=asked.unit, among=asked.among),
    }
    return render(request, "worth/churn.html", context)


@require_GET
@signed_in
def retention(request: HttpRequest) -> HttpResponseBase:
    asked = read(request)
    found = cohorts.retention(clock.now(), months=asked.months, among=asked.among)
    context = {"retention": found, "months": range(found.months), "asked": asked}
    return render(request, "worth/retention.html", context)


@require_GET
@signed_in
def change(request: HttpRequest) -> HttpResponseBase:
    asked = read(request)
    context: dict[str, Any] = {"asked": asked, "now": clock.now()}
    if asked.event:
        found = falls.churn(asked.event, asked.days, clock.now(), asked.among)
        context |= {
            "churn": found,
            "whole": sum(found.bands.values()),
            "bands": [(band, falls.label(band), found.bands[band]) for band in falls.BANDS],
            "falling": falls.falling(asked.event, asked.days, clock.now(), asked.among),
        }
    return render(request, "worth/change.html", context)


@require_GET
@signed_in
def survival_chart(request: HttpRequest) -> JsonResponse:
    asked = read(request)
    curves = cohorts.survival(clock.now(), unit=asked.unit, among=asked.among)
    longest = max((len(curve.share) for curve in curves), default=0)
    series = [
        {
            "name": curve.name or _("Everyone"),
            "values": [round(100 * share, 1) for share in curve.share] + [None] * (longest - len(curve.share)),
        }
        for curve in curves[:5]
    ]
    return JsonResponse({"kind": "line", "labels": [str(month) for month in range(longest)], "series": series})


def read(request: HttpRequest) -> Asked:
    get = request.GET
    problem, segment, among = "", get.get("segment", ""), None
    if segment:
        try:
            among = filters.apply("segment", Contact.objects.all(), segment)
        except InvalidInput as error:
            problem, segment = error.problems[0].message, ""
    event = _event(get.get("event", ""))
    if get.get("event") and event is None:
        problem = problem or _("There is no such event.")
    months, unit = _usual(clock.now())
    return Asked(
        event=event or EventType.objects.filter(name=rules.current().order_event).first(),
        days=_one_of(get.get("days", ""), falls.SPANS, 30),
        months=_one_of(get.get("months", ""), MONTHS, months),
        unit=get.get("unit", "") if get.get("unit") in UNITS else unit,
        segment=segment,
        among=among,
        problem=problem,
    )


def _usual(now: datetime) -> tuple[int, str]:
    """The months and the unit of curves that show something: not one year alone, and not of a few newcomers only."""
    lately = Count("pk", filter=Q(first_order_at__gt=now - timedelta(days=YEAR)))
    orders = Worth.objects.aggregate(
        first=Min("first_order_at"), last=Max("first_order_at"), buyers=Count("first_order_at"), lately=lately
    )
    if orders["first"] is None:
        return 12, "year"
    zone = ZoneInfo(account.current().time_zone)
    first, last = (orders[end].astimezone(zone) for end in ("first", "last"))
    months = 12 if orders["lately"] >= FEW * orders["buyers"] else MONTHS[-1]
    return months, "year" if first.year < last.year else "quarter"


def _event(asked: str) -> EventType | None:
    return EventType.objects.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 10 else None


def _one_of(asked: str, known: tuple[int, ...], usual: int) -> int:
    return int(asked) if asked in map(str, known) else usual
