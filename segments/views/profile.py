"""What sets a list apart: the tab of a list, its table for a spreadsheet, and the persona sheet made of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crmseg.access import account
from crmseg.access.roles import signed_in
from crmseg.common import clock, csv
from crmseg.web import formats
from segments import catalogue
from segments.definition.schema import Catalogue
from segments.insights.profile import profile as profiles
from segments.insights.profile import said
from segments.insights.profile.profile import LEAST_PEOPLE, Profile
from segments.insights.profile.rows import Row
from segments.models import Segment

from .shared import segment_of, shared

FEWEST_SHOWN = 60


@dataclass(frozen=True)
class Shown:
    """A row as the table shows it. `dot`, `low` and `wide` place its index on a line where 100 is the middle and each
    doubling a quarter, as SVG wants them."""

    row: Row
    name: str
    one: str
    base: str
    index: str
    difference: str
    between: str
    chance: str
    dot: str = ""
    low: str = ""
    wide: str = ""


@require_GET
@signed_in
def profile(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The page; who is looked at stands in it as soon as they are."""
    segment = segment_of(segment_id)
    context = {
        "tab": "profile",
        "against": _against(request, segment),
        "all_rows": "all" in request.GET,
        "others": list(Segment.unarchived.exclude(pk=segment_id).order_by("name").values_list("pk", "name")),
    }
    return render(request, "segments/profile/page.html", shared(request, segment) | context)


@require_GET
@signed_in
def found(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The profile itself."""
    segment = segment_of(segment_id)
    against = _against(request, segment)
    looked, known = profiles.profile(segment, against, clock.now()), catalogue.current()
    every = "all" in request.GET
    rows = looked.rows if every else looked.apart[:FEWEST_SHOWN]
    context = {
        "segment": segment,
        "against": against,
        "profile": looked,
        "least": LEAST_PEOPLE,
        "rows": [shown(row, known) for row in rows],
        "apart": len(looked.apart),
        "hidden": len(looked.rows) - len(rows),
        "all_rows": every,
    } | _read_aloud(looked, known)
    return render(request, "segments/profile/found.html", context)


@require_GET
@signed_in
def export(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Every row of the profile, for a spreadsheet."""
    segment = segment_of(segment_id)
    looked = profiles.profile(segment, _against(request, segment), clock.now())
    names = ("group", "label", "value", "unit", "one", "base", "index", "difference", "low", "high", "p", "q")
    header = ["group", "trait", "value", "unit", "list", "compared", *names[6:]]
    rows = [[getattr(row, name) for name in names] for row in looked.rows]
    lines = [csv.line([*cells]) for cells in (header, *rows)]
    response = HttpResponse("".join(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(segment.name) or "list"}-profile.csv"'
    return response


@require_GET
@signed_in
def persona(request: HttpRequest, segment_id: int) -> HttpResponse:
    """One sheet about the people of a list, to be printed and pinned to a wall."""
    segment, known = segment_of(segment_id), catalogue.current()
    looked = profiles.profile(segment, None, clock.now())
    sections: dict[str, list[Shown]] = {}
    for row in looked.rows:
        if row.differs and len(sections.setdefault(row.group, [])) < 5 and (row.index or 0) >= 100:
            sections[row.group].append(shown(row, known))
    fewer = [shown(row, known) for row in looked.rows if row.differs and row.index is not None and row.index < 100]
    context = {
        "segment": segment,
        "profile": looked,
        "least": LEAST_PEOPLE,
        "usual": _usual(looked, known),
        "sections": [(group, rows) for group, rows in sections.items() if rows],
        "fewer": fewer[:6],
        "as_of": clock.now(),
    } | _read_aloud(looked, known)
    return render(request, "segments/profile/persona.html", context)


def shown(row: Row, known: Catalogue) -> Shown:
    def figure(value: float) -> str:
        sign = "−" if value < 0 else "+"
        if row.is_share:
            return sign + formats.number(f"{abs(value) * 100:.1f}")
        return sign + said.figure(row, abs(value), known.currency)

    line = {}
    if row.index and row.base > 0:
        ends = [_placed((row.base + end) / row.base) for end in (row.low, row.high)]
        line = {
            "dot": f"{_placed(row.index / 100):.1f}%",
            "low": f"{ends[0]:.1f}%",
            "wide": f"{max(ends[1] - ends[0], 0.5):.1f}%",
        }
    return Shown(
        row,
        said.named(row),
        said.figure(row, row.one, known.currency),
        said.figure(row, row.base, known.currency),
        formats.number(round(row.index)) if row.index is not None else "–",
        figure(row.difference),
        _("%(low)s to %(high)s") % {"low": figure(row.low), "high": figure(row.high)},
        _("< 0.001") if row.q < 0.001 else formats.number(f"{row.q:.3f}"),
        **line,
    )


def _placed(ratio: float) -> float:
    return min(max(50 + 25 * log2(max(ratio, 1e-6)), 1.0), 99.0)


def _read_aloud(looked: Profile, known: Catalogue) -> dict[str, Any]:
    return {
        "sentences": [said.sentence(row, known) for row in said.telling(looked.rows)],
        "asked_for": said.asked_for(looked.rows),
        "currency": account.current().currency,
    }


def _usual(looked: Profile, known: Catalogue) -> list[Shown]:
    """What most of them are: of each property the value that more than half have."""
    found: dict[str, Row] = {}
    for row in looked.rows:
        is_value = row.is_share and row.definition and row.definition.get("op") in ("is", "is_true", "contains_any")
        if is_value and row.one >= 0.5 and row.key not in found:
            found[row.key] = row
    return [shown(row, known) for row in found.values()][:10]


def _against(request: HttpRequest, segment: Segment) -> Segment | None:
    """`?against=7`, another list; everyone without a word, or where there is none of that number."""
    asked = request.GET.get("against", "")
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 16):
        return None
    return Segment.unarchived.exclude(pk=segment.pk).filter(pk=int(asked)).first()
