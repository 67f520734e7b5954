"""How a contact compares with everyone: digits, group, decile, lapse. SQL over the columns of facts, used wherever
rows are written, and the cuts that it compares with.

A digit is one more than the number of cuts that the value lies above, so equal values always get the same digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from .facts import literal
from .rules import ENOUGH_GAPS, LEAST, Found, Rules

GRADES = ("decile", "r", "f", "m", "rfm_group", "activity", "at_risk_at", "lost_at")
"""Columns of `contacts_worth` that follow from facts, from everyone's, and from the time."""
_FIFTHS, _TENTHS = [0.2, 0.4, 0.6, 0.8], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
_CUTS = """
    SELECT count(*) FILTER (WHERE rfm_count > 0), count(*) FILTER (WHERE orders > 0), count(gap_days),
           percentile_disc(%(fifths)s::float8[]) WITHIN GROUP (ORDER BY rfm_last_at),
           percentile_disc(%(fifths)s::float8[]) WITHIN GROUP (ORDER BY rfm_count) FILTER (WHERE rfm_count > 0),
           percentile_disc(%(fifths)s::float8[]) WITHIN GROUP (ORDER BY rfm_amount) FILTER (WHERE rfm_count > 0),
           percentile_disc(%(tenths)s::float8[]) WITHIN GROUP (ORDER BY net_value) FILTER (WHERE orders > 0),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY gap_days)
      FROM {table}
"""
# Each step is worked out once for each row, which OFFSET says.
_GRADED = """
    CROSS JOIN LATERAL (SELECT {r} AS r, {f} AS f, {m} AS m, {decile} AS decile, {gap} AS lapse_gap OFFSET 0) AS digits
    CROSS JOIN LATERAL (SELECT {group} AS rfm_group,
           {facts}.last_order_at + digits.lapse_gap * {at_risk} * interval '1 day' AS at_risk_at,
           {facts}.last_order_at + digits.lapse_gap * {lost} * interval '1 day' AS lost_at OFFSET 0) AS lapse
    CROSS JOIN LATERAL (SELECT
           CASE WHEN lapse.lost_at <= %(now)s THEN 'lost' WHEN lapse.at_risk_at <= %(now)s THEN 'at_risk'
                WHEN lapse.lost_at IS NOT NULL THEN 'active' END AS activity,
           least({instants}) AS next_at OFFSET 0) AS state
"""
ACTIVE_SINCE = "CASE {row}.activity WHEN 'lost' THEN {row}.lost_at WHEN 'at_risk' THEN {row}.at_risk_at END"
"""Since when, where the clock has said so; else since the order that made it active."""


def look(rules: Rules, table: str) -> Found:
    """What everyone in `table` is compared with from now on; nothing where there are too few."""
    with connection.cursor() as cursor:
        cursor.execute(_CUTS.format(table=table), {"fifths": _FIFTHS, "tenths": _TENTHS})
        buyers, valued, with_gap, r, f, m, deciles, gap = cursor.fetchone()
    enough = buyers >= LEAST["fifths"]
    return Found(
        r=tuple(r) if enough else None,
        f=tuple(Decimal(one) for one in f) if enough else None,
        m=tuple(Decimal(one) for one in m) if enough else None,
        deciles=tuple(deciles) if valued >= LEAST["tenths"] else None,
        gap=gap if with_gap >= LEAST["gap"] else None,
        buyers=buyers,
        with_gap=with_gap,
        valued=valued,
    )


def graded(rules: Rules, facts: str, *, coming: str) -> str:
    """Joins that add the columns of `GRADES` and `next_at` to each row of `facts`; with the parameter `now`."""
    found = rules.found
    instants = [f"CASE WHEN {at} > %(now)s THEN {at} END" for at in ("lapse.at_risk_at", "lapse.lost_at")]
    recency = rules.edges.get("r")
    if recency:
        # A day too late begins just after the last instant that is not.
        late = [f"{facts}.rfm_last_at + {days} * interval '1 day' + interval '1 microsecond'" for days in recency]
        instants += [f"CASE WHEN {at} > %(now)s THEN {at} END" for at in late]
    return _GRADED.format(
        facts=facts,
        r=_within(facts, recency) if recency else _above(f"{facts}.rfm_last_at", found.r, "timestamptz"),
        f=_digit(rules, facts, "f", "rfm_count"),
        m=_digit(rules, facts, "m", "rfm_amount"),
        decile=f"CASE WHEN {facts}.orders > 0 THEN {_above(f'{facts}.net_value', found.deciles, 'bigint')} END",
        gap=_gap(rules, facts),
        group=_group(rules),
        at_risk=repr(rules.at_risk_gaps),
        lost=repr(rules.lost_gaps),
        instants=", ".join([*instants, coming]),
    )


def _digit(rules: Rules, facts: str, digit: str, column: str) -> str:
    """Fixed edges say from where on a digit is given; cuts of everyone, up to where it is not."""
    edges = rules.edges.get(digit)
    if edges:
        reached = [f"({facts}.{column} >= {rules.edge(digit, edge)})::int" for edge in edges]
        return f"CASE WHEN {facts}.rfm_count > 0 THEN (1 + {' + '.join(reached)})::smallint END"
    found = _above(f"{facts}.{column}", rules.found.f if digit == "f" else rules.found.m, "numeric")
    return f"CASE WHEN {facts}.rfm_count > 0 THEN {found} END"


def _above(value: str, cuts: Sequence[Any] | None, type: str) -> str:
    if cuts is None:
        return "NULL::smallint"
    above = [f"({value} > {literal(cut)}::{type})::int" for cut in cuts]
    return f"CASE WHEN {value} IS NOT NULL THEN (1 + {' + '.join(above)})::smallint END"


def _within(facts: str, days: Sequence[Decimal]) -> str:
    reached = [f"({facts}.rfm_last_at + {one} * interval '1 day' >= %(now)s)::int" for one in days]
    return f"CASE WHEN {facts}.rfm_last_at IS NOT NULL THEN (1 + {' + '.join(reached)})::smallint END"


def _gap(rules: Rules, facts: str) -> str:
    """Her own usual gap, drawn towards everyone's the fewer gaps she has: n/(n + k) of it is her own."""
    own, gaps = f"{facts}.gap_days", f"greatest({facts}.order_days - 1, 0)"
    if rules.found.gap is None:
        return f"CASE WHEN {gaps} >= {ENOUGH_GAPS} THEN {own} END"
    usual, shrink = f"{rules.found.gap!r}::float8", f"{rules.shrink!r}::float8"
    return (
        f"CASE WHEN {facts}.orders > 0 THEN"
        f" ({gaps} * coalesce({own}, 0) + {shrink} * {usual}) / ({gaps} + {shrink}) END"
    )


def _group(rules: Rules) -> str:
    cases = []
    for group in rules.groups:
        ranges = (("r", group.r), ("f", group.f), ("m", group.m))
        limits = [f"digits.{digit} BETWEEN {low} AND {high}" for digit, (low, high) in ranges]
        cases.append(f"WHEN {' AND '.join(limits)} THEN {literal(group.key)}")
    return f"CASE {' '.join(cases)} END" if cases else "NULL::text"
