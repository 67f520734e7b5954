"""Many lists, some contacts, one statement.

The leaves of all lists are gathered and shared; one read of the contacts and one aggregate per event type answer every
leaf as a boolean column, and the lists' formulas are then bit operations on columns. The same statement also returns,
for each contact, the next instant at which time alone may change any of the answers, or an earlier one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

import numpy as np
from django.db import connection

from crmseg.common import prepared

from ..definition import compile, depends
from ..definition.nodes import All, AnyOf, AtLeast, InSegment, Leaf, Marked, Node, Not, Occurred, Performed, leaves
from ..definition.sql import Params
from ..definition.windows import Last, SinceFirst, bounds
from .live import Followed

Column = np.ndarray[Any, np.dtype[np.bool_]]
Ids = np.ndarray[Any, np.dtype[np.int64]]
Override = Callable[[int, Ids, Column], Column]
"""From a list, contacts, and what the rule says of each, to who is a member."""
# A window of months may take an event back for up to four days after it left; see `crmseg_month_flip`.
_MONTH_SLACK = timedelta(days=6)
# What lies later Python cannot say, and is as good as never: a stored day may be the last of the year 9999.
_NO_TIME = "'9999-01-01'::timestamptz"
SOME = "= ANY(%(ids)s::bigint[])"
BLOCK = "BETWEEN %(first_id)s::bigint AND %(last_id)s::bigint"
ALL = "IS NOT NULL"
# For a few contacts planning costs several times as much as running; for many, the server weighs one against the other.
_FEW = 20
_PLANNED = "SELECT set_config('plan_cache_mode', %s, true)"
# PostgreSQL allows 1,664 columns in one row.
_MOST_COLUMNS = 500
_COUNTS = [Decimal(number) for number in (1, 2, 10**12)]


@dataclass(frozen=True)
class Truth:
    """The answers for `ids`, in ascending order: one column per list, and each contact's next due instant."""

    ids: Ids
    members: dict[int, Column]
    due: list[datetime | None]

    def members_of(self, segment_id: int) -> Ids:
        return self.ids[self.members[segment_id]]


@dataclass
class Plan:
    """A compiled set of lists, in answering order. Immutable once made; safe to keep and share."""

    lists: tuple[Followed, ...]
    scope: str
    params: Params = field(init=False)
    leaves: dict[Leaf, int] = field(init=False, default_factory=dict)
    sql: str = field(init=False)

    def __post_init__(self) -> None:
        own = {listed.id for listed in self.lists}
        for listed in self.lists:
            for leaf in leaves(listed.tree):
                if not (isinstance(leaf, InSegment) and leaf.segment_id in own):
                    self.leaves.setdefault(leaf, len(self.leaves))
        self.params = self.lists[0].params() if self.lists else Params()
        self.sql = self._statement()

    def evaluate(self, now: datetime, *, override: Override | None = None, **scope: Any) -> Truth:
        """The truth at `now` for the contacts in scope, as the database holds them at this moment.

        `override` has the last word on each list, before the lists that ask it are answered.
        """
        rows = self._rows(self.params.at(now) | scope)
        ids = np.fromiter((row[0] for row in rows), np.int64, len(rows))
        text = "".join([row[1] for row in rows]).encode()
        matrix = np.frombuffer(text, np.uint8).reshape(len(rows), len(self.leaves)) == ord("t")
        members: dict[int, Column] = {}
        for listed in self.lists:
            answer = self._answer(listed.tree, matrix, members)
            members[listed.id] = override(listed.id, ids, answer) if override else answer
        return Truth(ids, members, [row[2] for row in rows])

    def _rows(self, params: dict[str, Any]) -> list[tuple[int, str, datetime | None]]:
        with connection.cursor() as cursor:
            if self.scope == SOME:
                # The same long statement comes again and again for a few contacts: reading and planning it costs more
                # than running it, so the server keeps it.
                few = len(params["ids"]) <= _FEW
                cursor.execute(_PLANNED, ["force_generic_plan" if few else "auto"])
                cursor.execute(*prepared.call(cursor, self.sql, params))
            else:
                cursor.execute(self.sql, params)
            return list(cursor)

    def _answer(self, node: Node, matrix: Column, members: dict[int, Column]) -> Column:
        match node:
            case All(children):
                answer = self._answer(children[0], matrix, members)
                for child in children[1:]:
                    answer = answer & self._answer(child, matrix, members)
                return answer
            case AnyOf(children):
                answer = self._answer(children[0], matrix, members)
                for child in children[1:]:
                    answer = answer | self._answer(child, matrix, members)
                return answer
            case AtLeast(k, children):
                held = np.zeros(len(matrix), np.int32)
                for child in children:
                    held += self._answer(child, matrix, members)
                enough: Column = held >= k
                return enough
            case Not(child):
                return ~self._answer(child, matrix, members)
            case Marked(child):
                return self._answer(child, matrix, members)
            case InSegment(segment_id, negated) if segment_id in members:
                return ~members[segment_id] if negated else members[segment_id]
            case _:
                column: Column = matrix[:, self.leaves[node]]
                return column

    def _statement(self) -> str:
        events = SharedEvents(self.params, self.scope)
        columns, flips = [], []
        for leaf in self.leaves:
            if isinstance(leaf, Performed | Occurred) and events.shares(leaf):
                columns.append(events.column(leaf))
            else:
                columns.append(compile.leaf(leaf, self.params))
                flips += compile.flips(leaf, self.params)
        now = self.params.now()
        future = [f"CASE WHEN {flip} > {now} THEN {flip} END" for flip in dict.fromkeys(flips)]
        due = [_NO_TIME, *future, *events.due_columns()]
        return f"""
            {events.common_tables()}
            SELECT c.id,
                   array_to_string(ARRAY[{", ".join(columns)}]::boolean[], ''),
                   NULLIF(LEAST({", ".join(due)}), {_NO_TIME})
              FROM contacts_contact AS c
              LEFT JOIN contacts_company AS co ON co.id = c.company_id
              {events.joins()}
             WHERE c.id {self.scope}
             ORDER BY c.id
        """


@lru_cache(maxsize=256)
def plan_for(lists: tuple[Followed, ...], scope: str = SOME) -> Plan:
    """The plan for these lists, in the order given. Compiled once per set of versions."""
    return Plan(lists, scope)


class SharedEvents:
    """One aggregate per event type; equal measures over equal windows share a column."""

    def __init__(self, params: Params, scope: str):
        self.params, self.scope = params, scope
        self.columns: dict[tuple[str, str], str] = {}  # event type and SQL of an aggregate → where its value stands
        self.tables: list[tuple[str, list[str]]] = []  # event type and its aggregates; several where they are many
        self.filling: dict[str, int] = {}  # event type → the table that takes its next aggregate
        self.due: dict[str, None] = {}
        self.leaves: list[Performed | Occurred] = []

    @staticmethod
    def shares(leaf: Performed | Occurred) -> bool:
        """Whether the leaf can be answered by aggregates over the events alone, without looking at the contact."""
        return not isinstance(leaf.window, SinceFirst) and not depends.reads_contact_zone(leaf)

    def column(self, leaf: Performed | Occurred) -> str:
        """The condition that `leaf` puts on its aggregates; when it may turn is noted, too."""
        aggregate = partial(self._aggregate, leaf.event)
        if isinstance(leaf, Performed) and isinstance(leaf.window, Last) and leaf.measure != "change_pct":
            self._note_due(leaf, leaf.window)
        else:
            self.due |= dict.fromkeys(compile.events.flips(leaf, self.params, aggregate))
        return self.truth(leaf)

    def truth(self, leaf: Performed | Occurred) -> str:
        """The condition that `leaf` puts on its aggregates."""
        self.leaves.append(leaf)
        return compile.events.holds(leaf, self.params, partial(self._aggregate, leaf.event))

    def _note_due(self, leaf: Performed, window: Last) -> None:
        """When events leave a window that ends now: few aggregates, because most conditions are of this kind."""
        now, span = self.params.now(), window.span
        meant = compile.events.event_filter(leaf.where, self.params)
        self._due(leaf.event, f"min(e.occurred_at) FILTER (WHERE e.occurred_at > {now})")
        if span.elapsed is not None:
            # One event decides: the latest is the last to leave. Otherwise look again whenever any one leaves.
            last_to_leave = "max" if leaf.measure == "count" and _asks_for_any(leaf) else "min"
            chosen = compile.events.chosen(leaf, self.params)
            name = self._aggregate(leaf.event, f"{last_to_leave}(e.occurred_at) FILTER (WHERE {chosen})")
            self.due[f"{name} + {self.params.add(span.elapsed, 'interval')} + interval '1 microsecond'"] = None
        else:
            zone = leaf.zone or self.params.zone
            near = self.params.clock(
                ("near", window, zone), lambda now: _floor(bounds(window, now, zone)[0]), "timestamptz"
            )
            flip = f"crmseg_month_flip(e.occurred_at, {span.months}, {self.params.zone_sql(leaf.zone)}, {now})"
            self._due(leaf.event, f"min({flip}) FILTER (WHERE e.occurred_at >= {near} AND {meant})")
        for due in compile.events.where_flips(leaf.where, self.params, partial(self._aggregate, leaf.event)):
            self.due[due] = None

    def _due(self, event: str, aggregate: str) -> None:
        self.due[self._aggregate(event, aggregate)] = None

    def _aggregate(self, event: str, sql: str) -> str:
        if (event, sql) not in self.columns:
            index = self.filling.get(event)
            if index is None or len(self.tables[index][1]) == _MOST_COLUMNS:
                index = self.filling[event] = len(self.tables)
                self.tables.append((event, []))
            aggregates = self.tables[index][1]
            self.columns[event, sql] = f"e{index}.a{len(aggregates)}"
            aggregates.append(sql)
        return self.columns[event, sql]

    def due_columns(self) -> list[str]:
        return list(self.due)

    def common_tables(self) -> str:
        if not self.tables:
            return ""
        names = self.params.add(list(self.filling), "text[]")
        tables = [
            f"""ev AS (
                SELECT e.id, e.contact_id, e.type_id, e.occurred_at, e.amount, e.currency, e.properties
                  FROM contacts_event AS e
                 WHERE e.contact_id {self.scope}
                   AND e.type_id IN (SELECT id FROM contacts_eventtype WHERE name = ANY({names}))
                   {self._oldest()})"""
        ]
        for index, (event, aggregates) in enumerate(self.tables):
            selected = ", ".join(f"{sql} AS a{place}" for place, sql in enumerate(aggregates))
            type_id = f"(SELECT id FROM contacts_eventtype WHERE name = {self.params.add(event, 'text')})"
            # Materialized, because a planner that expects few contacts would aggregate anew for each of many.
            tables.append(
                f"e{index} AS MATERIALIZED (SELECT e.contact_id, {selected} FROM ev AS e"
                f" WHERE e.type_id = {type_id} GROUP BY e.contact_id)"
            )
        return "WITH " + ",\n".join(tables)

    def joins(self) -> str:
        return "\n".join(f"LEFT JOIN e{index} ON e{index}.contact_id = c.id" for index in range(len(self.tables)))

    def _oldest(self, event: str | None = None) -> str:
        """Leave out the events that no window can reach, when every window has a beginning."""
        asking = [leaf for leaf in self.leaves if event in (None, leaf.event)]
        windows = {(leaf.window, leaf.zone or self.params.zone) for leaf in asking}
        if not asking or not all(_reaches_its_window(leaf) for leaf in asking):
            return ""
        fiscal = self.params.fiscal
        oldest = self.params.clock(
            ("oldest", event),
            lambda now: _floor(min(first for one, zone in windows if (first := bounds(one, now, zone, fiscal)[0]))),
            "timestamptz",
        )
        return f"AND e.occurred_at >= {oldest}"


def _reaches_its_window(leaf: Performed | Occurred) -> bool:
    """Whether events before the beginning of its window mean nothing to the leaf."""
    return isinstance(leaf, Performed) and leaf.measure != "change_pct" and compile.windows.starts(leaf.window)


def _floor(first: datetime | None) -> datetime | None:
    try:
        return first and first - _MONTH_SLACK
    except OverflowError:
        return first


def _asks_for_any(leaf: Performed) -> bool:
    """Whether only "none at all" and "at least one" matter to the comparison of a count."""
    ordered = leaf.operator.key in {"did", "did_not", "gte", "gt", "lt", "lte"}
    return ordered and len({leaf.holds_for(number) for number in _COUNTS}) == 1
