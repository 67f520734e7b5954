"""A campaign's report as CSV: one number a line, with the section and the row it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.utils.text import slugify

from crmseg.common.csv import line

from ..models import Campaign
from .report import report

COLUMNS = ["section", "row", "measure", "value"]
_NAMED_BY = ("key", "name", "at", "url", "client", "reason")


def report_csv(campaign: Campaign) -> Iterator[str]:
    found = report(campaign)
    yield line(COLUMNS)
    yield line(["campaign", campaign.pk, "name", campaign.name])
    for section, value in found.items():
        yield from _section(section, value)


def response(campaign: Campaign) -> HttpResponse:
    answer = HttpResponse("".join(report_csv(campaign)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="report-{campaign.pk}-{slugify(campaign.name)[:60]}.csv"'
    return answer


def _section(section: str, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for number, row in enumerate(value, 1):
            named = next((str(row[key]) for key in _NAMED_BY if row.get(key)), str(number))
            for measure, one in row.items():
                if measure not in _NAMED_BY:
                    yield from _one(section, named, measure, one)
    else:
        yield from _one("report" if not isinstance(value, dict) else section, "", section, value)


def _one(section: str, row: str, measure: str, value: Any) -> Iterator[str]:
    """Objects in objects as dotted measures."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _one(section, row, key if measure == section else f"{measure}.{key}", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _one(section, row, f"{measure}.{inner.get('reason', '')}", inner.get("people"))
    else:
        yield line([section, row, measure, value])
