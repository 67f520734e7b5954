"""People as points, so that alike people lie near each other. Every question weighs the same, however many values or
whatever unit it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction

from ...definition.schema import Catalogue
from ...definition.sql import Params
from ..profile import asked as questions
from ..profile.asked import MOMENTS, NUMBERS
from .conditions import Condition
from .learning import Floats
from .truth import Matrix

SKEWED = 2.0
WIDEST = 3.0
"""So many standard deviations from the middle is as far as a point lies: one giant is not a group."""


@dataclass(frozen=True)
class Scale:
    """How a number becomes a coordinate: its logarithm where it is skewed, then by its middle and its spread."""

    about: str
    logarithm: bool
    middle: float
    spread: float


def numbers(people: Sequence[int], chosen: Sequence[str], known: Catalogue, now: datetime) -> tuple[list[str], Floats]:
    """A row for each of these people, in ascending order: the chosen numbers, ages in days, and how often the chosen
    events were done within a year; NaN where unknown."""
    params = Params(known.zone, known.currency, known.fiscal_start)
    asked = [one for one in questions.properties(known, params, chosen) if one.about.type in NUMBERS | MOMENTS]
    events = [name for name in questions.events(known) if f"event:{name}" in chosen]
    columns = [f"({one.sql})::float8" for one in asked]
    columns += [f"COALESCE((done.times ->> '{place}')::float8, 0)" for place in range(len(events))]
    sql = f"""
        WITH people AS MATERIALIZED (SELECT unnest(%(people)s::bigint[]) AS id),
        counted AS (
            SELECT e.contact_id, array_position(%(events)s::text[], t.name) AS place, count(*) AS n
              FROM people JOIN contacts_event AS e ON e.contact_id = people.id
              JOIN contacts_eventtype AS t ON t.id = e.type_id
             WHERE t.name = ANY(%(events)s::text[]) AND e.occurred_at > %(since)s AND e.occurred_at <= %(until)s
             GROUP BY 1, 2),
        done AS (SELECT contact_id, jsonb_object_agg(place - 1, n) AS times FROM counted GROUP BY 1)
        SELECT {", ".join(["c.id", *columns])}
          FROM people JOIN contacts_contact AS c USING (id)
          LEFT JOIN contacts_company AS co ON co.id = c.company_id
          LEFT JOIN done ON done.contact_id = c.id
         ORDER BY c.id
    """
    given: dict[str, Any] = {
        "people": list(people),
        "events": events,
        "since": now - timedelta(days=questions.DAYS),
        "until": now,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(sql, params.at(now) | given)
        rows = cursor.fetchall()
    names = [one.about.key for one in asked] + [f"event:{name}" for name in events]
    found = np.array([row[1:] for row in rows], float).reshape(len(rows), len(names))
    return names, found


def scales(names: Sequence[str], values: Floats) -> list[Scale]:
    """By these people. What is the same for all has no spread, and says nothing."""
    made = []
    for about, column in zip(names, values.T, strict=True):
        known = column[~np.isnan(column)]
        if not len(known):
            made.append(Scale(about, False, 0.0, 0.0))
            continue
        spread = float(known.std())
        skew = float(((known - known.mean()) ** 3).mean() / spread**3) if spread else 0.0
        logarithm = bool(known.min() >= 0 and skew > SKEWED)
        seen = np.log1p(known) if logarithm else known
        made.append(Scale(about, logarithm, float(seen.mean()), float(seen.std())))
    return made


def placed(values: Floats, found: Sequence[Scale], truth: Matrix, conditions: Sequence[Condition]) -> Floats:
    """The points. What is unknown lies in the middle; the values of one property together weigh as one number."""
    columns: list[Floats] = []
    for scale, column in zip(found, values.T, strict=True):
        if scale.spread:
            seen = np.log1p(np.maximum(column, 0)) if scale.logarithm else column
            moved = np.clip((seen - scale.middle) / scale.spread, -WIDEST, WIDEST)
            columns.append(np.where(np.isnan(moved), 0.0, moved))
    for about in dict.fromkeys(one.about for one in conditions):
        own = [place for place, one in enumerate(conditions) if one.about == about]
        told = [place for place in own if conditions[place].node.get("op") == "is_known"]
        held = truth[:, [place for place in own if place not in told]].astype(float)
        if not held.shape[1]:
            continue
        known = truth[:, told[0]] if told else np.ones(len(truth), bool)
        share = held[known].mean(axis=0)
        spread = float(np.sqrt((share * (1 - share)).sum()))
        if spread:
            columns += list(np.where(known[:, None], (held - share) / spread, 0.0).T)
    return np.column_stack(columns) if columns else np.zeros((len(values), 0))
