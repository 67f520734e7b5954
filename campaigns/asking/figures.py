"""What was answered, added up by the database: a fixed number of statements, however many answers there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from ..models import Survey
from .schema import CHOICES, NUMBERS, Form, Kind, Question

MOST_LISTS = 40
MOST_FEATURES = 200


@dataclass(frozen=True)
class Asked:
    """Which answers are meant: since and until when, and of whose list."""

    survey_id: int
    since: datetime | None = None
    until: datetime | None = None
    segment_id: int | None = None

    @property
    def where(self) -> str:
        found = ["response.survey_id = %(survey)s"]
        if self.since:
            found.append("response.started_at >= %(since)s")
        if self.until:
            found.append("response.started_at < %(until)s")
        if self.segment_id:
            found.append(
                "response.contact_id IN (SELECT contact_id FROM segments_membership WHERE segment_id = %(segment)s)"
            )
        return " AND ".join(found)

    @property
    def complete(self) -> str:
        return f"{self.where} AND response.completed_at IS NOT NULL"

    @property
    def parameters(self) -> dict[str, Any]:
        return {"survey": self.survey_id, "since": self.since, "until": self.until, "segment": self.segment_id}


Row = dict[str, Any]
_SCORES = """
    count(*) FILTER (WHERE nps >= 9) AS promoters, count(*) FILTER (WHERE nps BETWEEN 7 AND 8) AS passives,
    count(*) FILTER (WHERE nps <= 6) AS detractors, count(*) FILTER (WHERE csat >= 4) AS satisfied,
    count(csat) AS rated
"""


def totals(asked: Asked) -> Row:
    """How many began and finished, how long that took, by what and in which language, and the scores."""
    rows = rows_of(
        f"""SELECT channel, language, GROUPING(channel, language) AS level, count(*) AS started,
                   count(completed_at) AS completed, count(contact_id) FILTER (WHERE completed_at IS NOT NULL) AS named,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - started_at))
                       AS seconds, max(completed_at) AS last, {_SCORES}
              FROM campaigns_surveyresponse AS response
             WHERE {asked.where}
             GROUP BY GROUPING SETS ((), (channel), (language))""",
        asked.parameters,
    )
    whole = next(row for row in rows if row["level"] == 3)
    return whole | {
        "by_channel": {row["channel"]: row["completed"] for row in rows if row["level"] == 1},
        "by_language": {row["language"]: row["completed"] for row in rows if row["level"] == 2},
    }


def chosen(asked: Asked, form: Form) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """By question: how often each value was chosen, and how many people answered at all."""
    keys = [one.key for one in form.questions if one.kind in CHOICES | NUMBERS]
    given = asked.parameters | {"keys": keys, "all": [one.key for one in form.questions]}
    counted: dict[str, dict[str, int]] = {}
    for row in rows_of(
        f"""SELECT pair.key, item.value, count(*) AS count
              FROM campaigns_surveyresponse AS response
             CROSS JOIN LATERAL jsonb_each(response.answers) AS pair
             CROSS JOIN LATERAL jsonb_array_elements_text(
                   CASE jsonb_typeof(pair.value) WHEN 'array' THEN pair.value ELSE jsonb_build_array(pair.value) END
             ) AS item(value)
             WHERE {asked.complete} AND pair.key = ANY(%(keys)s) AND jsonb_typeof(pair.value) <> 'null'
             GROUP BY pair.key, item.value""",
        given,
    ):
        counted.setdefault(row["key"], {})[row["value"]] = row["count"]
    answered = rows_of(
        f"""SELECT pair.key, count(*) AS count
              FROM campaigns_surveyresponse AS response
             CROSS JOIN LATERAL jsonb_each(response.answers) AS pair
             WHERE {asked.complete} AND pair.key = ANY(%(all)s) AND jsonb_typeof(pair.value) <> 'null'
             GROUP BY pair.key""",
        given,
    )
    return counted, {row["key"]: row["count"] for row in answered}


def course(asked: Asked, unit: str, zone: str) -> list[Row]:
    """By week or month of the account's zone."""
    return rows_of(
        f"""SELECT date_trunc(%(unit)s, completed_at AT TIME ZONE %(zone)s)::date AS at, count(*) AS completed,
                   {_SCORES}
              FROM campaigns_surveyresponse AS response
             WHERE {asked.complete}
             GROUP BY 1 ORDER BY 1""",
        asked.parameters | {"unit": unit, "zone": zone},
    )


def by_list(asked: Asked) -> list[Row]:
    """Of those who are in each list now, the lists with most answers first."""
    return rows_of(
        f"""SELECT segment.id, segment.name, found.*
              FROM (SELECT member.segment_id, count(*) AS completed, {_SCORES}
                      FROM campaigns_surveyresponse AS response
                      JOIN segments_membership AS member ON member.contact_id = response.contact_id
                     WHERE {asked.complete}
                     GROUP BY member.segment_id) AS found
              JOIN segments_segment AS segment ON segment.id = found.segment_id AND segment.archived_at IS NULL
             ORDER BY found.completed DESC, segment.name LIMIT {MOST_LISTS}""",
        asked.parameters,
    )


def features(form: Form, target: Question) -> list[tuple[Question, str]]:
    """What may go with the target: every other number, and every option of the choices (its key, else empty)."""
    found: list[tuple[Question, str]] = []
    for one in form.questions:
        if one.key == target.key or one.kind is target.kind:
            continue
        if one.kind in NUMBERS:
            found.append((one, ""))
        elif one.kind in CHOICES:
            found += [(one, option.key) for option in one.options]
    return found[:MOST_FEATURES]


def correlations(asked: Asked, target: Question, wanted: Sequence[tuple[Question, str]]) -> list[Row]:
    """For each feature: the correlation with the target, of how many answers, and the means."""
    if not wanted:
        return []
    column = "nps" if target.kind is Kind.NPS else "csat"
    parts, given = [], dict(asked.parameters)
    for place, (question, option) in enumerate(wanted):
        given |= {f"key{place}": question.key, f"option{place}": option}
        said = f"answers -> %(key{place})s"
        if option:
            has = f"(({said}) @> to_jsonb(%(option{place})s::text) OR ({said}) = to_jsonb(%(option{place})s::text))"
            value = f"CASE WHEN jsonb_typeof({said}) IN ('string', 'array') THEN {has}::int END"
        else:
            value = f"CASE WHEN jsonb_typeof({said}) = 'number' THEN ({said})::float8 END"
        parts.append(
            f"SELECT {place} AS place, corr(t, f) AS r, regr_count(t, f) AS n, avg(f) AS mean,"
            f" avg(t) FILTER (WHERE f = 1) AS with_it, avg(t) FILTER (WHERE f = 0) AS without"
            f" FROM (SELECT {column}::float8 AS t, ({value})::float8 AS f FROM told) AS pair WHERE f IS NOT NULL"
        )
    return rows_of(
        f"""WITH told AS MATERIALIZED (
                SELECT {column}, answers FROM campaigns_surveyresponse AS response
                 WHERE {asked.complete} AND {column} IS NOT NULL)
            {" UNION ALL ".join(parts)} ORDER BY place""",
        given,
    )


def tags(survey: Survey) -> list[tuple[str, int]]:
    rows = rows_of(
        """SELECT tag, count(*) AS count FROM campaigns_surveyresponse, unnest(tags) AS tag
            WHERE survey_id = %(survey)s GROUP BY tag ORDER BY count(*) DESC, tag LIMIT 100""",
        {"survey": survey.pk},
    )
    return [(row["tag"], row["count"]) for row in rows]


def rows_of(sql: str, parameters: Mapping[str, Any]) -> list[Row]:
    """Each row by the names of its columns."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
