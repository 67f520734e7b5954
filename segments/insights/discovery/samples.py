"""From whom a search learns, and on whom it is tried: of those sought and of the others, drawn apart, and of each some
that nobody learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection, transaction
from psycopg.sql import Literal

from ...definition.nodes import Node
from ...definition.schema import Catalogue
from ...definition.sql import Params
from ...engine import everyone
from ..profile.sides import draw
from .learning import Flags

MOST = 10_000
"""Drawn of each side."""
HELD_OUT = 0.3


@dataclass(frozen=True)
class Sample:
    """`ids` in ascending order; `sought` and `held` tell of each whether it is sought, and whether it is held out.

    `positive` of `everybody` are sought, of whom as many as MOST are drawn.
    """

    ids: list[int]
    sought: Flags
    held: Flags
    positive: int
    everybody: int

    @property
    def base(self) -> float:
        return self.positive / self.everybody if self.everybody else 0.0


def people_of(among: int | None) -> str:
    """SQL for the `id` of everybody, or of the members of a list."""
    if among is None:
        return "SELECT id FROM contacts_contact"
    return f"SELECT contact_id AS id FROM segments_membership WHERE segment_id = {among:d}"


def known_by(people: str, at: datetime) -> str:
    """Of these, who was created or did something before: whom anything can be told of as of that instant."""
    then = Literal(at).as_string()
    did = f"EXISTS (SELECT FROM contacts_event AS e WHERE e.contact_id = c.id AND e.occurred_at <= {then})"
    return (
        f"SELECT c.id FROM ({people}) AS everybody JOIN contacts_contact AS c USING (id)"
        f" WHERE c.created_at <= {then} OR {did}"
    )


def of_goal(goal: Node, people: str, known: Catalogue, now: datetime) -> Sample:
    """Of these people, those for whom the goal holds, and those for whom it does not."""
    params = Params(known.zone, known.currency, known.fiscal_start)
    matching, given = everyone.matching(goal, params), params.at(now)
    sides: list[list[int]] = []
    counts: list[int] = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute("DROP TABLE IF EXISTS pg_temp.sought")
        cursor.execute(f"CREATE TEMPORARY TABLE sought ON COMMIT DROP AS SELECT id FROM ({matching}) AS m", given)
        inside = "(SELECT FROM sought WHERE sought.id = people.id)"
        for word in ("EXISTS", "NOT EXISTS"):
            some = f"SELECT id FROM ({people}) AS people WHERE {word} {inside}"
            cursor.execute(f"SELECT count(*) FROM ({some}) AS counted")
            counts.append(cursor.fetchone()[0])
            sides.append(draw(some, MOST))
    return made(sides[0], sides[1], counts[0], sum(counts))


def of_people(among: int | None) -> list[int]:
    """Some of everybody, or of the members of a list."""
    return draw(people_of(among), MOST)


def made(sought: Sequence[int], others: Sequence[int], positive: int, everybody: int) -> Sample:
    ids = np.array([*sought, *others], np.int64)
    order = np.argsort(ids)
    flags = np.zeros(len(ids), bool)
    flags[: len(sought)] = True
    return Sample(ids[order].tolist(), flags[order], held_out(ids[order]), positive, everybody)


def held_out(ids: Any) -> Flags:
    """Three in ten, by their ids: the same each time, and unlike the draw itself."""
    mixed = (np.asarray(ids, np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(33)
    return np.asarray(mixed % np.uint64(1000) < np.uint64(int(HELD_OUT * 1000)), bool)
