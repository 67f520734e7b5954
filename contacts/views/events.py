"""The events explorer: every type of event, one type with its properties and newest events, and those that arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from crmseg.access import audit
from crmseg.access.actors import actor_of, person_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.ids import LARGEST_ID, read_id
from crmseg.common.problems import Conflict, InvalidInput
from crmseg.web import htmx
from crmseg.web.listed import ListedTable
from crmseg.web.tables import Column

from .. import counting, explorer, money, properties, reading, services
from ..bulk import exporting_events
from ..counting import Lately
from ..models import Event, EventType
from ..reading import Use
from ..saved_views import keep_filter
from . import asked

COLUMNS = {
    "name": Column(gettext_lazy("Event"), order=("name",)),
    "last": Column(gettext_lazy("Last seen"), order=("last",), descending_first=True),
    "day": Column(gettext_lazy("24 hours"), order=("day",), numeric=True, descending_first=True),
    "week": Column(gettext_lazy("7 days"), order=("week",), numeric=True, descending_first=True),
    "month": Column(gettext_lazy("30 days"), order=("month",), numeric=True, descending_first=True),
    "people": Column(gettext_lazy("People in 30 days"), order=("people",), numeric=True, descending_first=True),
    "uses": Column(gettext_lazy("Read by"), order=("uses",), numeric=True, descending_first=True),
}
SPANS = (30, 90, 365)
MOST_PROPERTIES = 8
OF_THE_AMOUNT = ("revenue", "currency")


@dataclass(frozen=True)
class Row:
    type: EventType
    lately: Lately
    uses: list[Use]


KEYS = {
    "name": lambda row: row.type.name.casefold(),
    "last": lambda row: row.lately.last_at,
    "day": lambda row: row.lately.events_1d,
    "week": lambda row: row.lately.events_7d,
    "month": lambda row: row.lately.events_30d,
    "people": lambda row: row.lately.people_30d,
    "uses": lambda row: len(row.uses),
}


@require_GET
@signed_in
def table(request: HttpRequest) -> HttpResponseBase:
    query = request.GET.get("q", "").strip()[:200]
    types = list(EventType.objects.filter(name__icontains=query).order_by("name"))
    figures = counting.lately()
    used = reading.uses([f"event:{one.name}" for one in types])
    rows = [Row(one, figures.by_type.get(one.pk, Lately()), used[f"event:{one.name}"]) for one in types]
    context = {
        "table": ListedTable(request, rows, COLUMNS, KEYS, sort="-month", id="events-table"),
        "query": query,
        "as_of": figures.as_of,
        "span": _span(request),
        "tail": _tail_context(None, explorer.last_id()),
    }
    return htmx.varying(render(request, "events/table.html", context))


def type_or_404(type_id: int) -> EventType:
    found = EventType.objects.filter(pk=type_id).first() if type_id <= LARGEST_ID else None
    if found is None:
        raise Http404
    return found


@require_GET
@signed_in
def event_type(request: HttpRequest, type_id: int) -> HttpResponseBase:
    found = type_or_404(type_id)
    wanted = asked.read(request, type_id)
    before = request.GET.get("before", "")
    context: dict[str, Any] = {
        "type": found,
        "asked": wanted,
        "newest": _newest(wanted, before),
        "before": before,
    }
    if htmx.wants_part(request, "newest-rows"):
        return htmx.varying(render(request, "events/newest_rows.html", context))
    key = f"event:{found.name}"
    figures, as_of = counting.lately_of(type_id)
    context |= {
        "lately": figures,
        "as_of": as_of,
        "sample": properties.sample(type_id),
        "uses": reading.uses([key])[key],
        "span": _span(request),
        "is_kept": Event.objects.filter(type=found).exists(),
        "tail": _tail_context(type_id, explorer.last_id()),
    }
    return htmx.varying(render(request, "events/type.html", context))


def _newest(wanted: asked.Asked, before: str) -> explorer.Found:
    if wanted.problems:
        return explorer.Found([])
    found = explorer.newest(wanted.wanted, before=before)
    for event in found.events:
        _as_shown(event)
    return found


def _as_shown(event: Event) -> None:
    """Beside the row, as pages write it: the amount, and the first properties but those the amount says already."""
    amount, currency = event.amount, event.currency or "USD"
    event.shown_amount = None if amount is None else money.from_minor(amount, currency)  # type: ignore[attr-defined]
    said = OF_THE_AMOUNT if amount is not None else ()
    shown = [(key, value) for key, value in event.properties.items() if key not in said]
    event.shown_properties = shown[:MOST_PROPERTIES]  # type: ignore[attr-defined]


@require_GET
@signed_in
def tail(request: HttpRequest) -> HttpResponseBase:
    """What arrived since the page was opened; nothing (204) where nothing new did."""
    type_id, since = _number(request, "type"), _number(request, "since")
    if since is None:
        raise Http404
    context = _tail_context(type_id, since)
    if context["found"].seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "events/tail_rows.html", {"tail": context, "is_answer": True})


def _tail_context(type_id: int | None, since: int) -> dict[str, Any]:
    found = explorer.tail(since, type_id)
    for event in found.events:
        _as_shown(event)
    return {"found": found, "since": since, "type_id": type_id}


def _number(request: HttpRequest, name: str) -> int | None:
    return read_id(request.GET.get(name, ""))


@dataclass(frozen=True)
class Span:
    """How far back a chart goes, and in what steps; `choices` are the addresses of the others."""

    days: int
    by: str

    @property
    def query(self) -> str:
        return f"days={self.days}&by={self.by}"


def _span(request: HttpRequest) -> dict[str, Any]:
    days = _number(request, "days")
    chosen = Span(days if days in SPANS else 90, "week" if request.GET.get("by") == "week" else "day")
    return {
        "chosen": chosen,
        "days": [(n, Span(n, "week" if n == 365 else chosen.by).query, n == chosen.days) for n in SPANS],
        "by": [
            (label, Span(chosen.days, by).query, by == chosen.by)
            for by, label in (("day", _("Days")), ("week", _("Weeks")))
        ],
    }


@require_GET
@signed_in
def chart(request: HttpRequest) -> JsonResponse:
    """Events by day or by week, up to today."""
    span: Span = _span(request)["chosen"]
    today = timezone.localdate()
    first = today - timedelta(days=span.days - 1)
    if span.by == "week":
        first -= timedelta(days=first.weekday())
    counts = counting.by_day(first, _number(request, "type"))
    days = [first + timedelta(days=n) for n in range((today - first).days + 1)]
    volume: dict[date, int] = {}
    for day in days:
        start = day - timedelta(days=day.weekday()) if span.by == "week" else day
        volume[start] = volume.get(start, 0) + counts.get(day, 0)
    series = [{"name": _("Events"), "values": list(volume.values())}]
    return JsonResponse({"kind": "bars", "labels": [day.isoformat() for day in volume], "series": series})


@require_GET
@signed_in
def people(request: HttpRequest, type_id: int) -> HttpResponseBase:
    """To the contacts who did it in the last 30 days."""
    asked = {"event": type_or_404(type_id).name, "op": "did", "window": {"last": 30, "unit": "day"}}
    return redirect(f"{reverse('contacts:list')}?filter={keep_filter(asked)}")


@require_POST
@signed_in
def export(request: HttpRequest, type_id: int) -> HttpResponseBase:
    """Begin to write those that the address asks for into a file, which waits among the exports."""
    found = type_or_404(type_id)
    wanted = asked.read(request, type_id)
    if wanted.problems:
        raise InvalidInput(" ".join(wanted.problems.values()))
    audit.record(actor_of(request), "exported", found, {"events": request.GET.urlencode()})
    exporting_events.start(wanted.wanted, name=found.name, user=person_of(request), actor=actor_of(request))
    return redirect("contacts:exports")


@require_POST
@role_required("marketer")
def describe(request: HttpRequest, type_id: int) -> HttpResponseBase:
    found = type_or_404(type_id)
    services.describe_event_type(found.name, description=request.POST.get("description"), actor=actor_of(request))
    messages.success(request, _("The changes were saved."))
    return redirect("contacts:event_type", type_id)


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, type_id: int) -> HttpResponseBase:
    found = type_or_404(type_id)
    try:
        services.delete_event_type(type_id, actor=actor_of(request))
    except Conflict as error:
        messages.error(request, " ".join(problem.message for problem in error.problems))
        return redirect("contacts:event_type", type_id)
    messages.success(request, _("“%(name)s” was deleted.") % {"name": found.name})
    return redirect("contacts:events")
