"""Up to six lists side by side: how they grew, whom they share, who moved between them, and lists made of that.

The address holds everything: `?ids=1,2,3&days=30`. The page comes at once; what has to be counted comes after it, part
by part, each from an address of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from contacts.models import Contact
from crmseg.access import account
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common import clock
from crmseg.common.problems import InvalidInput
from crmseg.web.formats import number
from crmseg.web.htmx import go
from crmseg.web.problems import tell
from crmseg.web.tables import Column, Table
from segments import catalogue, selectors, services
from segments.insights import movements, overlap
from segments.insights import people as insights
from segments.insights.choice import Choice, read_choice, read_ids
from segments.models import Segment
from segments.sentences import sentence_of

from .names import free_name

DAYS = 30
DRAWN_BARS = 24
DRAWN_SIDES = 8
LISTED_FLOWS = 60
COLUMNS = {
    "name": Column(gettext_lazy("Name"), order=("last_name", "first_name")),
    "email": Column(gettext_lazy("E-mail"), order=("email",)),
    "lifecycle_stage": Column(gettext_lazy("Stage"), order=("lifecycle_stage",)),
    "country": Column(gettext_lazy("Country"), order=("country", "city")),
    "created_at": Column(gettext_lazy("Created"), order=("created_at",), numeric=True, descending_first=True),
}


@dataclass(frozen=True)
class Asked:
    """The lists that the address names and that exist, in its order, and the period to look back on."""

    lists: list[Segment]
    days: int
    now: datetime

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(one.pk for one in self.lists)

    @property
    def names(self) -> dict[int, str]:
        return {one.pk: one.name for one in self.lists}

    @property
    def query(self) -> str:
        return f"ids={','.join(map(str, self.ids))}&days={self.days}"

    @property
    def enough(self) -> bool:
        return len(self.lists) > 1


@dataclass(frozen=True)
class Made:
    """Some people that the lists make together, how many, and their part of everybody in any of them."""

    label: str
    choice: Choice
    count: int
    marks: list[bool]


@require_GET
@signed_in
def compare(request: HttpRequest) -> HttpResponseBase:
    asked = _asked(request)
    if "add" in request.GET or "remove" in request.GET:
        return redirect(f"{reverse('segments:compare')}?{_changed(request, asked)}")
    others = Segment.unarchived.exclude(pk__in=asked.ids).order_by("name")
    context = {
        "asked": asked,
        "chosen": [(one, _without(asked, one)) for one in asked.lists],
        "others": others.only("pk", "name", "size") if len(asked.lists) < overlap.MOST_LISTS else [],
        "periods": movements.PERIODS,
        "largest": list(Segment.unarchived.order_by("-size", "name")[:3]) if not asked.enough else [],
        "fresh_as_of": selectors.fresh_as_of(),
    }
    return render(request, "segments/compare/page.html", context)


@require_GET
@signed_in
def growth(request: HttpRequest) -> HttpResponse:
    """Size, share, entered and left of each list."""
    asked = _asked(request)
    week, month = (movements.growth(asked.lists, days, asked.now) for days in (7, 30))
    rows = [(one, week[one.pk], month[one.pk]) for one in asked.lists]
    return render(request, "segments/compare/growth.html", {"rows": rows, "everyone": Contact.objects.count()})


@require_GET
@signed_in
def overlapping(request: HttpRequest) -> HttpResponse:
    """Every combination with its people, as a chart and as a table."""
    asked = _asked(request)
    counts = overlap.count_masks(asked.ids)
    found = [_combined(asked, one) for one in overlap.combinations(asked.ids, counts)]
    context = {
        "asked": asked,
        "union": overlap.in_any(counts),
        "combinations": found,
        "made": _made(asked, counts),
        "pairs": _pairs(asked, counts),
        "chart": _upset(asked, found),
    }
    return render(request, "segments/compare/overlap.html", context)


@require_GET
@signed_in
def moved(request: HttpRequest) -> HttpResponse:
    """Who went from where to where since the beginning of the period."""
    asked = _asked(request)
    since, younger = _since(asked)
    flows = movements.flows(asked.ids, since)
    went = [flow for flow in flows if flow.moved]
    rows = [
        (_said(asked, one.before), _said(asked, one.after), one.count, _flow_choice(asked, one, since)) for one in went
    ]
    context = {
        "asked": asked,
        "since": since,
        "rows": rows[:LISTED_FLOWS],
        "more": len(rows) - LISTED_FLOWS,
        "moved": sum(flow.count for flow in went),
        "stayed": sum(flow.count for flow in flows if not flow.moved),
        "younger": younger,
        "periods": movements.PERIODS,
        "chart": _sankey(asked, went, since),
    }
    return render(request, "segments/compare/movements.html", context)


@require_GET
@signed_in
def people(request: HttpRequest) -> HttpResponse:
    """Averages of what is known, and the stages."""
    asked, known = _asked(request), account.current()
    found = insights.people(asked.ids, asked.now, known.time_zone)
    measured = insights.spending(asked.ids, asked.now, known.currency) + found.measured
    stages = [(row.stage, _cells(asked, row)) for row in found.stages]
    context = {"asked": asked, "measured": measured, "stages": stages, "currency": known.currency}
    return render(request, "segments/compare/people.html", context)


@require_GET
@signed_in
def members(request: HttpRequest) -> HttpResponseBase:
    """The people of one combination, and how they become a list."""
    choice = read_choice(request.GET)
    names = dict(Segment.objects.filter(pk__in=choice.ids).values_list("pk", "name"))
    if choice.asks_nothing or set(choice.ids) - set(names):
        messages.error(request, _("One of these lists is no longer there. Choose the lists again."))
        return redirect("segments:compare")
    contacts = choice.contacts()
    count = contacts.count()
    context = {
        "choice": choice,
        "heading": choice.title(names),
        "sentence": sentence_of(choice.definition(), catalogue.current()),
        "count": count,
        "table": Table(request, contacts, COLUMNS, sort="-created_at", id="chosen", known_count=count),
        "back": f"{reverse('segments:compare')}?ids={','.join(map(str, choice.ids))}",
        "name": free_name(choice.title(names)),
    }
    return render(request, "segments/compare/members.html", context)


@require_POST
@role_required("marketer")
def save(request: HttpRequest) -> HttpResponseBase:
    """The chosen people as a list: an active one that follows the lists it names, or a copy that stays."""
    choice = read_choice(request.GET)
    names = dict(Segment.objects.filter(pk__in=choice.ids).values_list("pk", "name"))
    kind = Segment.Kind.STATIC if request.POST.get("kind") == "static" else Segment.Kind.ACTIVE
    if choice.asks_nothing or set(choice.ids) - set(names):
        messages.error(request, _("One of these lists is no longer there. Choose the lists again."))
        return redirect("segments:compare")
    name = request.POST.get("name", "").strip() or free_name(choice.title(names))
    try:
        made = _create(request, choice, name, kind)
    except InvalidInput as error:
        tell(request, error)
        return go(request, f"{reverse('segments:compare_members')}?{choice.query}")
    said = _("“%(name)s” is being built.") if kind == Segment.Kind.ACTIVE else _("“%(name)s” holds a copy of them.")
    messages.success(request, said % {"name": made.name})
    return go(request, reverse("segments:segment", args=[made.pk]))


def _create(request: HttpRequest, choice: Choice, name: str, kind: str) -> Segment:
    actor = actor_of(request)
    if kind == Segment.Kind.ACTIVE:
        return services.create_segment(name=name, kind=kind, definition=choice.definition(), actor=actor)
    with transaction.atomic():
        made = services.create_segment(name=name, kind=kind, actor=actor)
        ids = choice.contacts().order_by().values_list("pk", flat=True)
        services.add_members(made.pk, list(ids), actor=actor, cause="copy")
    return made


def _since(asked: Asked) -> tuple[datetime, Segment | None]:
    """The beginning of the period, or of the youngest list where that is later: before, all would come from nowhere."""
    since = movements.beginning(asked.days, asked.now, account.current().time_zone)
    births = movements.births(asked.lists)
    youngest = max(asked.lists, key=lambda one: births.get(one.pk, since), default=None)
    began = births.get(youngest.pk, since) if youngest else since
    return (began, youngest) if began > since else (since, None)


def _cells(asked: Asked, row: insights.StageRow) -> list[tuple[int, str]]:
    """How many of each list are in a stage, and the way to them."""
    found = zip(asked.ids, row.counts, strict=True)
    return [(count, Choice(within=(pk,), stage=row.stage).query) for pk, count in found]


def _asked(request: HttpRequest) -> Asked:
    ids = read_ids(request.GET.get("ids", ""))
    found = Segment.unarchived.in_bulk(ids)
    days = request.GET.get("days", "")
    wanted = int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else DAYS
    return Asked([found[pk] for pk in ids if pk in found], wanted if wanted in movements.PERIODS else DAYS, clock.now())


def _changed(request: HttpRequest, asked: Asked) -> str:
    added = read_ids(",".join(request.GET.getlist("add")))
    ids = tuple(dict.fromkeys((*asked.ids, *added)))[: overlap.MOST_LISTS]
    return f"ids={','.join(map(str, ids))}&days={asked.days}"


def _without(asked: Asked, segment: Segment) -> str:
    rest = ",".join(str(pk) for pk in asked.ids if pk != segment.pk)
    return f"{reverse('segments:compare')}?ids={rest}&days={asked.days}"


def _combined(asked: Asked, one: overlap.Combination) -> Made:
    choice = Choice(within=one.inside, without=one.outside)
    return Made(_said(asked, one.mask), choice, one.count, [pk in one.inside for pk in asked.ids])


def _made(asked: Asked, counts: overlap.Counts) -> list[Made]:
    """Union, intersection, and what each list has for itself."""
    ids, names = asked.ids, asked.names
    found = [
        Made(_("In at least one of them"), Choice(any_of=ids), overlap.in_any(counts), []),
        Made(_("In all of them"), Choice(within=ids), overlap.in_all(ids, counts), []),
    ]
    for place, pk in enumerate(ids):
        others = tuple(other for other in ids if other != pk)
        label = _("Only in “%(name)s”") % {"name": names[pk]}
        found.append(Made(label, Choice(within=(pk,), without=others), overlap.only_in(place, counts), []))
    return found


def _pairs(asked: Asked, counts: overlap.Counts) -> list[tuple[Segment, list[tuple[int, int, str]]]]:
    """For each list, how many of its members are in each other one, out of how many, and the way to them."""
    rows = []
    for place, one in enumerate(asked.lists):
        size = overlap.in_both(place, place, counts)
        cells = [
            (overlap.in_both(place, other, counts), size, Choice(within=(one.pk, pk) if pk != one.pk else (pk,)).query)
            for other, pk in enumerate(asked.ids)
        ]
        rows.append((one, cells))
    return rows


def _said(asked: Asked, mask: int) -> str:
    inside = overlap.lists_in(mask, asked.ids)
    return _(" and ").join(asked.names[pk] for pk in inside) if inside else _("In none of them")


def _flow_choice(asked: Asked, flow: movements.Flow, since: datetime) -> Choice:
    return Choice(
        within=overlap.lists_in(flow.after, asked.ids),
        without=overlap.lists_in(~flow.after, asked.ids),
        was_in=overlap.lists_in(flow.before, asked.ids),
        was_out=overlap.lists_in(~flow.before, asked.ids),
        at=since,
    )


def _way_to(choice: Choice) -> str:
    return f"{reverse('segments:compare_members')}?{choice.query}"


def _upset(asked: Asked, found: Sequence[Made]) -> str:
    drawn = {
        "kind": "upset",
        "unit": _("People"),
        "lists": [{"name": one.name, "size": one.size, "said": number(one.size)} for one in asked.lists],
        "bars": [
            {
                "label": one.label,
                "places": [place for place, inside in enumerate(one.marks) if inside],
                "count": one.count,
                "url": _way_to(one.choice),
            }
            for one in found[:DRAWN_BARS]
        ],
    }
    return json.dumps(drawn)


def _sankey(asked: Asked, went: Sequence[movements.Flow], since: datetime) -> str:
    """The largest combinations of either side by name; the rest together."""
    before, after = _largest(went, "before"), _largest(went, "after")
    links: dict[tuple[int, int], dict[str, Any]] = {}
    for flow in went:
        source = flow.before if flow.before in before else -1
        target = flow.after if flow.after in after else -1
        link = links.setdefault((source, target), {"source": source, "target": target, "value": 0, "url": ""})
        link["value"] += flow.count
        link["url"] = _way_to(_flow_choice(asked, flow, since)) if min(source, target) >= 0 else ""
    rest = _("Other combinations")
    sides = {
        "from": {mask: _said(asked, mask) if mask >= 0 else rest for mask, _target in links},
        "to": {mask: _said(asked, mask) if mask >= 0 else rest for _source, mask in links},
    }
    return json.dumps({"kind": "sankey", "unit": _("People"), "sides": sides, "links": list(links.values())})


def _largest(went: Sequence[movements.Flow], side: str) -> set[int]:
    totals: dict[int, int] = {}
    for flow in went:
        mask = getattr(flow, side)
        totals[mask] = totals.get(mask, 0) + flow.count
    return set(sorted(totals, key=lambda mask: -totals[mask])[:DRAWN_SIDES])
