"""What a survey found, as numbers: the same for its page, for programs and for the file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from crmseg.access import account
from crmseg.common import clock
from crmseg.common.csv import line
from segments.insights.power import interval

from ..models import Survey, SurveyResponse
from . import carried, drivers, figures, presenting, scores, services
from .schema import NUMBERS, RANGES, Form, Kind, Question, say

WEEKS, A_WEEK = 26, 15
"""A survey that is older, or has fewer answers a week, is drawn by month."""
Row = dict[str, Any]


def report(
    survey: Survey,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    segment_id: int | None = None,
    language: str = "",
) -> Row:
    """Nothing of it names anybody. `language` is what questions and options are said in."""
    form = services.published(survey) or services.form_of(survey)
    asked = figures.Asked(survey.pk, since, until, segment_id)
    language = language if language in form.languages else form.main
    total = figures.totals(asked)
    counted, answered = figures.chosen(asked, form)
    unit = _unit(survey, since, total["completed"])
    return {
        "survey": {"id": survey.pk, "name": survey.name, "key": survey.key, "version": survey.version},
        "as_of": clock.now().isoformat(),
        "since": since and since.isoformat(),
        "until": until and until.isoformat(),
        "segment": segment_id,
        "started": total["started"],
        "completed": total["completed"],
        "named": total["named"],
        "completion_rate": total["completed"] / total["started"] if total["started"] else None,
        "median_seconds": round(total["seconds"]) if total["seconds"] is not None else None,
        "last_answer_at": total["last"] and total["last"].isoformat(),
        "by_channel": total["by_channel"],
        "by_language": total["by_language"],
        "nps": nps_of(total) if form.first(Kind.NPS) else None,
        "csat": csat_of(total) if form.first(Kind.CSAT) else None,
        "questions": [_question(form, one, language, counted, answered) for one in form.questions],
        "over_time_step": unit,
        "over_time": [_at(row) for row in figures.course(asked, unit, account.current().time_zone)],
        "by_list": [_listed(row) for row in figures.by_list(asked)],
        "by_campaign": carried.by_campaign(survey, asked),
        "drivers": drivers.drivers(asked, form, language),
    }


def nps_of(row: Row) -> Row:
    found = scores.nps(row["promoters"], row["passives"], row["detractors"])
    return vars(found) | {key: row[key] for key in ("promoters", "passives", "detractors")} | {"needed": scores.LEAST}


def csat_of(row: Row) -> Row:
    return vars(scores.csat(row["satisfied"], row["rated"])) | {"satisfied": row["satisfied"], "needed": scores.LEAST}


def _unit(survey: Survey, since: datetime | None, completed: int) -> str:
    began = max(filter(None, (survey.created_at, since)))
    first = SurveyResponse.objects.filter(survey=survey).order_by("completed_at").exclude(completed_at=None)
    earliest = first.values_list("completed_at", flat=True).first()
    began = min(began, earliest) if earliest and not since else began
    weeks = max((clock.now() - began).days / 7, 1)
    return "week" if weeks <= WEEKS and completed >= A_WEEK * weeks else "month"


def _at(row: Row) -> Row:
    return {"at": row["at"].isoformat(), "completed": row["completed"], "nps": nps_of(row), "csat": csat_of(row)}


def _listed(row: Row) -> Row:
    found = {"segment": row["id"], "name": row["name"], "completed": row["completed"]}
    return found | {"nps": nps_of(row), "csat": csat_of(row)}


def _question(
    form: Form, one: Question, language: str, counted: dict[str, dict[str, int]], answered: dict[str, int]
) -> Row:
    people = answered.get(one.key, 0)
    values = counted.get(one.key, {})
    labels = [str(step) for step in one.steps] or [option.key for option in one.options]
    labels += sorted(key for key in values if key not in labels)  # options of older versions
    rows = []
    for value in labels if (one.steps or one.options) else []:
        count = values.get(value, 0)
        low, high = interval(count, people) if people else (0.0, 0.0)
        option = one.option(value)
        label = say(option.text, language, form.main) if option else value
        share = count / people if people else None
        rows.append({"value": value, "label": label, "count": count, "share": share, "low": low, "high": high})
    mean = None
    if one.kind in NUMBERS and people:
        mean = sum(int(value) * count for value, count in values.items() if value.isdecimal()) / people
    return {
        "key": one.key,
        "kind": one.kind.value,
        "text": say(one.text, language, form.main),
        "answers": people,
        "mean": mean,
        "of": one.range[1] if one.kind in {*RANGES, Kind.SCALE} else None,
        "values": rows,
    }


def report_csv(found: Row) -> Iterator[str]:
    """One number a line, with the section and the row it stands in."""
    yield line(["section", "row", "measure", "value"])
    for key in ("started", "completed", "named", "completion_rate", "median_seconds"):
        yield line(["answers", "", key, found[key]])
    for key in ("nps", "csat"):
        for measure, value in (found[key] or {}).items():
            yield line(["score", key, measure, value])
    for question in found["questions"]:
        yield line(["question", question["key"], "answers", question["answers"]])
        if question["mean"] is not None:
            yield line(["question", question["key"], "mean", question["mean"]])
        for row in question["values"]:
            yield line(["question", question["key"], row["value"], row["count"]])
    for section, name in (("over_time", "at"), ("by_list", "name")):
        for row in found[section]:
            yield line([section, row[name], "completed", row["completed"]])
            for key in ("nps", "csat"):
                if found[key]:
                    for measure in ("value", "low", "high"):
                        yield line([section, row[name], f"{key} {measure}", row[key][measure]])
    for row in found["by_campaign"]:
        for measure in ("sent", "answered", "rate", "low", "high"):
            yield line(["by_campaign", row["name"], measure, row[measure]])
    for row in found["drivers"]["rows"]:
        for measure in ("r", "low", "high", "p", "answers"):
            yield line(["drivers", f"{row['question']} {row['option']}".strip(), measure, row[measure]])


def answers_csv(survey: Survey, rows: Iterator[tuple[SurveyResponse, str]]) -> Iterator[str]:
    """One answer a line, each question a column, in words; `rows` come with who answered."""
    form = services.published(survey) or services.form_of(survey)
    head = [_("Answered"), _("Contact"), _("By"), _("Language"), _("Tags")]
    yield line([*head, *(one.key for one in form.questions)])
    for response, who in rows:
        told = [presenting.told(form, one, response.answers.get(one.key), form.main) for one in form.questions]
        at = response.completed_at.isoformat() if response.completed_at else ""
        yield line([at, who, response.channel, response.language, response.tags, *told])
