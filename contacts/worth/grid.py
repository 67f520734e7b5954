"""The 5 × 5 grid of RFM: how many stand in each cell, what they brought, and who moved between groups since a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from . import rules
from .groups import Group, of

DIGITS = range(5, 0, -1)
_CELLS = """
    SELECT r, f, count(*), sum(revenue)::bigint, round(avg(m), 1)::float8
      FROM contacts_worth WHERE r IS NOT NULL AND f IS NOT NULL GROUP BY r, f
"""
_GROUPS = """
    SELECT rfm_group, count(*), sum(revenue)::bigint
      FROM contacts_worth WHERE rfm_group IS NOT NULL GROUP BY rfm_group
"""
# From the group that each was in at that instant to the one she is in now; who had none then was new.
_MOVES = """
    WITH first_move AS (
        SELECT DISTINCT ON (contact_id) contact_id, old #>> '{}' AS came_from
          FROM contacts_attributehistory
         WHERE key = 'rfm_group' AND at >= %(since)s ORDER BY contact_id, at, id)
    SELECT came_from, rfm_group, count(*) FROM first_move JOIN contacts_worth USING (contact_id)
     WHERE came_from IS DISTINCT FROM rfm_group GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""


@dataclass(frozen=True, slots=True)
class Cell:
    r: int
    f: int
    people: int
    revenue: int
    monetary: float | None
    group: Group | None
    heat: int
    """From 0, nobody, to 9, the cell with most revenue."""

    @property
    def part(self) -> str:
        return f"cell-{self.r}-{self.f}"


@dataclass(frozen=True, slots=True)
class GroupRow:
    group: Group
    people: int
    revenue: int
    came: int
    left: int

    @property
    def part(self) -> str:
        return f"group-{self.group.key}"

    @property
    def change(self) -> int:
        return self.came - self.left


@dataclass(frozen=True, slots=True)
class Move:
    """Empty keys: in no group then, or in none now."""

    came_from: str
    to: str
    from_label: str
    to_label: str
    people: int

    @property
    def part(self) -> str:
        """Where both are groups: what a list of these is named by."""
        return f"move-{self.came_from}-to-{self.to}" if self.came_from and self.to else ""


@dataclass(frozen=True, slots=True)
class Grid:
    rows: list[list[Cell]]
    groups: list[GroupRow]
    moves: list[Move]
    people: int
    revenue: int

    @property
    def is_empty(self) -> bool:
        return self.people == 0

    @property
    def is_new(self) -> bool:
        """Nobody was in a group on that day, so nobody moved."""
        return bool(self.moves) and not any(move.from_label for move in self.moves)


def grid(since: datetime) -> Grid:
    known = rules.current()
    with connection.cursor() as cursor:
        cursor.execute(_CELLS)
        cells = {(r, f): rest for r, f, *rest in cursor.fetchall()}
        cursor.execute(_GROUPS)
        counted = {key: (people, revenue) for key, people, revenue in cursor.fetchall()}
        cursor.execute(_MOVES, {"since": since})
        moved = cursor.fetchall()
    most = max((revenue for _people, revenue, _m in cells.values()), default=0)
    rows = [[_cell(known.groups, r, f, cells.get((r, f)), most) for f in reversed(DIGITS)] for r in DIGITS]
    groups = [
        GroupRow(
            group,
            *counted.get(group.key, (0, 0)),
            sum(people for _from, to, people in moved if to == group.key),
            sum(people for came_from, _to, people in moved if came_from == group.key),
        )
        for group in known.groups
    ]
    moves = [
        Move(came_from or "", to or "", known.label(came_from), known.label(to), people)
        for came_from, to, people in moved
    ]
    people = sum(row[0] for row in cells.values())
    return Grid(rows, groups, moves, people, sum(row[1] for row in cells.values()))


def _cell(groups: Sequence[Group], r: int, f: int, found: Sequence[int] | None, most: int) -> Cell:
    people, revenue, monetary = found or (0, 0, None)
    heat = 0 if not people else 1 + int(8 * (max(revenue, 0) / most) ** 0.5) if most > 0 else 1
    return Cell(r, f, people, revenue, monetary, _usual_group(groups, r, f), heat)


def _usual_group(groups: Sequence[Group], r: int, f: int) -> Group | None:
    """The group of the cell, where it does not hang on the third digit."""
    found = {of(groups, r, f, m) for m in DIGITS}
    return found.pop() if len(found) == 1 else None
