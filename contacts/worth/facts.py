"""What is read of events: orders, revenue, gaps, refunds, costs. The same SQL for some contacts and for a range."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from psycopg.sql import Literal

from .rules import Rules

FACTS = (
    "orders",
    "order_days",
    "revenue",
    "refunds",
    "repeat_revenue",
    "average_order",
    "first_order_at",
    "last_order_at",
    "gap_days",
    "cost_to_serve",
    "net_value",
    "rfm_count",
    "rfm_amount",
    "rfm_last_at",
)
"""Columns of `contacts_worth` that follow from events alone."""
_UNKNOWN = {"average_order": "bigint", "cost_to_serve": "bigint", "gap_days": "float8"} | dict.fromkeys(
    ("first_order_at", "last_order_at", "rfm_last_at"), "timestamptz"
)
NOTHING = ", ".join(f"NULL::{_UNKNOWN[one]} AS {one}" if one in _UNKNOWN else f"0 AS {one}" for one in FACTS)
"""The facts of whom nothing is left to count of."""
OF_SOME = """
    MATERIALIZED (
        SELECT contact_id, type_id, occurred_at, amount, currency{properties} FROM contacts_event
         WHERE contact_id = ANY(%(ids)s) AND type_id IN ({types})
    )
"""
# The index of events by contact holds all that is read of them, mostly, and in the order that days are counted in.
_OF_RANGE = "(SELECT * FROM contacts_event WHERE contact_id BETWEEN %(low)s AND %(high)s) AS did"
# A day is the unit of a purchase: what is bought on one day is bought once. One sort gives both the days and the gaps.
_BOUGHT = """
    ordered AS (
        SELECT contact_id, occurred_at, (occurred_at AT TIME ZONE {zone})::date AS day,
               CASE WHEN currency = {currency} THEN amount END AS amount
          FROM {events} WHERE type_id = {order} AND occurred_at <= %(now)s),
    spaced AS (
        SELECT contact_id, occurred_at, amount, day - lag(day) OVER earlier AS gap,
               day > first_value(day) OVER earlier AS again
          FROM ordered WINDOW earlier AS (PARTITION BY contact_id ORDER BY day)),
    bought AS (
        SELECT contact_id, count(*)::int AS orders, (1 + count(*) FILTER (WHERE gap > 0))::int AS order_days,
               coalesce(sum(amount), 0) AS amount, coalesce(sum(amount) FILTER (WHERE again), 0) AS repeat_revenue,
               min(occurred_at) AS first_order_at, max(occurred_at) AS last_order_at,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY gap::float8) FILTER (WHERE gap > 0) AS gap_days
          FROM spaced GROUP BY contact_id)
"""
# Some systems send what is paid back as a negative amount.
_REFUNDED = """
    refunded AS (
        SELECT contact_id, sum(abs(amount)) FILTER (WHERE currency = {currency}) AS returned
          FROM {events} WHERE type_id = {refund} AND occurred_at <= %(now)s GROUP BY 1)
"""
_COUNTED = """
    counted AS (
        SELECT contact_id, count(*)::int AS rfm_count, {value} AS rfm_amount, max(occurred_at) AS rfm_last_at
          FROM {events} WHERE type_id = {type} AND occurred_at <= %(now)s GROUP BY 1)
"""
_SERVED = """
    served AS (
        SELECT contact_id, sum(CASE type_id {rates} END) AS served
          FROM {events} WHERE type_id IN ({types}) AND occurred_at <= %(now)s GROUP BY 1)
"""
_ENTERED = """
    entered AS (
        SELECT id AS contact_id, round((attributes ->> {key})::numeric * {scale}) AS entered
          FROM contacts_contact WHERE jsonb_typeof(attributes -> {key}) = 'number' {some})
"""
# What is dated ahead counts from its own instant on.
_COMING = """
    coming AS (
        SELECT contact_id, min(occurred_at) AS coming_at
          FROM {events} WHERE type_id IN ({types}) AND occurred_at > %(now)s GROUP BY 1)
"""
_ALL = """
    SELECT contact_id, coalesce(orders, 0) AS orders, coalesce(order_days, 0) AS order_days, revenue, refunds,
           coalesce(repeat_revenue, 0)::bigint AS repeat_revenue,
           CASE WHEN orders > 0 THEN round(revenue::numeric / orders)::bigint END AS average_order,
           first_order_at, last_order_at, gap_days,
           cost AS cost_to_serve, revenue - coalesce(cost, 0) AS net_value,
           {rfm}, coming_at
      FROM {sources}
     CROSS JOIN LATERAL (
           SELECT (coalesce(amount, 0) - coalesce({refunds}, 0))::bigint AS revenue,
                  coalesce({refunds}, 0)::bigint AS refunds OFFSET 0) AS money
     CROSS JOIN LATERAL (SELECT {cost} AS cost) AS serving
"""
_RFM_OF_ORDERS = """
    coalesce(orders, 0) AS rfm_count,
    CASE WHEN orders > 0 THEN revenue ELSE 0 END::numeric AS rfm_amount, last_order_at AS rfm_last_at
"""
_RFM_APART = """
    coalesce(rfm_count, 0) AS rfm_count, coalesce(rfm_amount, 0)::numeric AS rfm_amount, rfm_last_at
"""


def select(rules: Rules, *, some: bool) -> str:
    """The statement, with `now`, and `ids` where it is about some, else `low` and `high`: one row for each contact with
    anything to count."""
    types = _types(rules)
    events = "did" if some else _OF_RANGE
    every = ", ".join(sorted({types[name] for name in rules.events}))
    base = {"zone": literal(rules.zone), "currency": literal(rules.currency), "events": events}
    parts = [_BOUGHT.format(order=types[rules.order_event], **base), _COMING.format(types=every, **base)]
    sources = "bought FULL JOIN coming USING (contact_id)"
    if rules.refund_event:
        parts.append(_REFUNDED.format(refund=types[rules.refund_event], **base))
        sources += " FULL JOIN refunded USING (contact_id)"
    if not rules.rfm_is_orders:
        parts.append(_COUNTED.format(type=types[rules.rfm_name], value=_rfm_value(rules), **base))
        sources += " FULL JOIN counted USING (contact_id)"
    if rules.cost.per_event:
        rates = {types[name]: _minor(rules, amount) for name, amount in rules.cost.per_event.items()}
        when = " ".join(f"WHEN {type_id} THEN {rate}" for type_id, rate in rates.items())
        parts.append(_SERVED.format(rates=when, types=", ".join(rates), **base))
        sources += " FULL JOIN served USING (contact_id)"
    if rules.cost.attribute:
        only = "AND id = ANY(%(ids)s)" if some else "AND id BETWEEN %(low)s AND %(high)s"
        parts.append(_ENTERED.format(key=literal(rules.cost.attribute), scale=rules.scale, some=only))
        sources += " FULL JOIN entered USING (contact_id)"
    if some:
        properties = ", properties" if rules.rfm_of else ""
        parts.insert(0, "did AS " + OF_SOME.format(types=every, properties=properties))
    chosen = _ALL.format(
        rfm=_RFM_OF_ORDERS if rules.rfm_is_orders else _RFM_APART,
        sources=sources,
        refunds="returned" if rules.refund_event else "NULL",
        cost=_cost(rules),
    )
    return f"WITH {', '.join(parts)} {chosen}"


def literal(value: Any) -> str:
    """A constant in the text of a statement that also has parameters."""
    return Literal(value).as_string().replace("%", "%%")


def _cost(rules: Rules) -> str:
    """In minor units; what was entered counts before what a rule says. Nothing is said without either."""
    found = []
    if rules.cost.attribute:
        found.append("entered")
    if rules.cost.has_rule:
        sums = [f"coalesce(orders, 0) * {_minor(rules, rules.cost.per_order)}"]
        if rules.cost.per_event:
            sums.append("coalesce(served, 0)")
        if rules.cost.share:
            sums.append(f"greatest(revenue, 0) * {rules.cost.share}")
        found.append(f"round({' + '.join(sums)})")
    return f"coalesce({', '.join(found)})::bigint" if found else "NULL::bigint"


def _minor(rules: Rules, amount: Decimal) -> Decimal:
    return amount * rules.scale


def _rfm_value(rules: Rules) -> str:
    if not rules.rfm_of:
        return f"sum(amount) FILTER (WHERE currency = {literal(rules.currency)})"
    key = literal(rules.rfm_of)
    return f"sum((properties ->> {key})::numeric) FILTER (WHERE jsonb_typeof(properties -> {key}) = 'number')"


def _types(rules: Rules) -> Mapping[str, str]:
    """Each event type by name, as SQL. One that nobody has sent yet is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, id FROM contacts_eventtype WHERE name = ANY(%s)", [sorted(rules.events)])
        known = dict(cursor.fetchall())
    return {name: str(known.get(name, 0)) for name in rules.events}
