"""What a survey found: the scores between their limits, question by question, over time, by list, and what goes with
a high score. Every state has an address."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crmseg.access import account
from crmseg.access.roles import signed_in
from crmseg.web import formats
from segments.models import Segment

from .. import report as reports
from .found import segment_asked, survey_of, text


@require_GET
@signed_in
def report(request: HttpRequest, survey_id: int) -> HttpResponseBase:
    survey = survey_of(survey_id)
    if not survey.version:
        return redirect("surveys:edit", survey.pk)
    chosen = _Chosen(request)
    found = reports.report(survey, **chosen.of_report, language=get_language() or "")
    context = {
        "survey": survey,
        "tab": "report",
        "found": found,
        "nps": found["nps"] and _score(found["nps"]),
        "csat": found["csat"] and _score(found["csat"]),
        "parts": _parts(found["nps"]),
        "questions": [_question(one) for one in found["questions"]],
        "lists": [row | {"nps": _score(row["nps"]), "csat": _score(row["csat"])} for row in found["by_list"]],
        "drivers": [_driver(row) for row in found["drivers"]["rows"]],
        "campaigns": [_campaign(row) for row in found["by_campaign"]],
        "rate": formats.percent(found["completed"], found["started"]),
        "duration": _duration(found["median_seconds"]),
        "last": found["last_answer_at"] and datetime.fromisoformat(found["last_answer_at"]),
        "chosen": chosen,
        "segments": list(Segment.unarchived.order_by("name").values_list("pk", "name")[:500]),
        "chart_url": f"{reverse('surveys:chart', args=[survey.pk])}?{chosen.query}",
        "query": chosen.query,
    }
    return render(request, "surveys/report.html", context)


@require_GET
@signed_in
def chart(request: HttpRequest, survey_id: int) -> JsonResponse:
    """The score over time, with its limits as lines of their own."""
    found = reports.report(survey_of(survey_id), **_Chosen(request).of_report)
    key = "nps" if found["nps"] else "csat"
    rows = [row for row in found["over_time"] if row[key]["value"] is not None]
    series = [
        {"name": name, "values": [round(row[key][measure], 1) for row in rows]}
        for measure, name in (("value", key.upper()), ("high", _("at most")), ("low", _("at least")))
    ]
    if not (found["nps"] or found["csat"]):
        rows = found["over_time"]
        series = [{"name": _("Answers"), "values": [row["completed"] for row in rows]}]
    return JsonResponse({"kind": "line", "labels": [row["at"] for row in rows], "series": series})


@require_GET
@signed_in
def as_file(request: HttpRequest, survey_id: int) -> HttpResponse:
    survey = survey_of(survey_id)
    lines = reports.report_csv(reports.report(survey, **_Chosen(request).of_report))
    answer = HttpResponse("".join(lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="survey-{survey.key}.csv"'
    return answer


class _Chosen:
    """What of the answers is looked at, as the address says it; what is no date or list is left out."""

    def __init__(self, request: HttpRequest) -> None:
        self.segment = segment_asked(request)
        self.since, self.until = (_day(text(request, key, 10)) for key in ("since", "until"))

    @property
    def of_report(self) -> dict[str, Any]:
        zone = ZoneInfo(account.current().time_zone)
        return {
            "since": datetime.combine(self.since, time.min, zone) if self.since else None,
            "until": datetime.combine(self.until + timedelta(days=1), time.min, zone) if self.until else None,
            "segment_id": self.segment.pk if self.segment else None,
        }

    @property
    def query(self) -> str:
        said = {"since": self.since, "until": self.until, "segment": self.segment and self.segment.pk}
        return urlencode({key: value for key, value in said.items() if value})


def _day(said: str) -> Any:
    try:
        found = parse_date(said)
    except ValueError:
        return None
    return found if found and 2000 <= found.year <= 2200 else None


def _score(found: dict[str, Any]) -> dict[str, Any]:
    if found["value"] is None:
        missing = _("Not enough answers yet: there are %(answers)s, it needs %(needed)s.")
        return found | {"said": "–", "between": "", "missing": missing % found}
    said = {key: _points(found[key]) for key in ("value", "low", "high")}
    between = _("%(low)s to %(high)s") % said
    drawn = {"width": max(found["high"] - found["low"], 1.0), "mark": found["value"] - 1}
    return found | drawn | {"said": said["value"], "between": between, "missing": ""}


def _points(value: float) -> str:
    rounded = int(Decimal(str(value)).quantize(Decimal(1), ROUND_HALF_UP))
    return f"−{abs(rounded)}" if rounded < 0 else str(rounded)


def _parts(nps: dict[str, Any] | None) -> list[dict[str, Any]]:
    if not nps or not nps["answers"]:
        return []
    labels = {
        "promoters": _("Promoters (9 and 10)"),
        "passives": _("Passives (7 and 8)"),
        "detractors": _("Detractors (0 to 6)"),
    }
    return [
        {"key": key, "label": label, "count": nps[key], "share": formats.percent(nps[key], nps["answers"])}
        for key, label in labels.items()
    ]


def _question(one: dict[str, Any]) -> dict[str, Any]:
    rows = [
        row
        | {
            "said": formats.percent(row["count"], one["answers"]),
            "between": _("%(low)s to %(high)s")
            % {"low": formats.percent(row["low"], 1), "high": formats.percent(row["high"], 1)},
        }
        for row in one["values"]
    ]
    mean = formats.number(round(one["mean"], 2)) if one["mean"] is not None else ""
    return one | {"values": rows, "mean_said": mean, "most": one["answers"] or 1}


def _campaign(row: dict[str, Any]) -> dict[str, Any]:
    between = {"low": formats.percent(row["low"], 1), "high": formats.percent(row["high"], 1)}
    rate = formats.percent(row["answered"], row["sent"])
    return row | {"rate_said": rate, "between": _("%(low)s to %(high)s") % between}


def _driver(row: dict[str, Any]) -> dict[str, Any]:
    said = {key: f"{round(row[key], 2) + 0:+.2f}".replace("-", "−") for key in ("r", "low", "high")}
    means = ""
    if row["with_it"] is not None and row["without"] is not None:
        means = _("%(with)s with it, %(without)s without") % {
            "with": formats.number(round(row["with_it"], 1)),
            "without": formats.number(round(row["without"], 1)),
        }
    elif row["mean"] is not None:
        means = _("on average %(mean)s of %(of)s") % {"mean": formats.number(round(row["mean"], 1)), "of": row["of"]}
    return row | {
        "r_said": said["r"],
        "between": _("%(low)s to %(high)s") % {"low": said["low"], "high": said["high"]},
        "means": means,
        "size": round(100 * abs(row["r"])),
        "tone": "" if not round(row["r"], 2) else "up" if row["r"] > 0 else "down",
    }


def _duration(seconds: int | None) -> str:
    if seconds is None:
        return "–"
    return _("%(n)s s") % {"n": seconds} if seconds < 90 else _("%(n)s min") % {"n": round(seconds / 60)}
