"""What each contact will still do, by the latest fit: kept beside what it did, anew with every order and every night.

Weeks are counted in whole days of the account's zone, like days with an order. `lifetime_value` is what was spent until
now, less refunds, and what is expected over the horizon.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from contacts.models import Worth
from crmseg.access import account

from . import bgnbd, gamma_gamma, intervals
from .bgnbd import Floats, Past
from .model import Model, current

COLUMNS = (
    "alive",
    "alive_low",
    "alive_high",
    "expected_orders",
    "expected_orders_low",
    "expected_orders_high",
    "expected_spend",
    "expected_spend_low",
    "expected_spend_high",
    "lifetime_value",
    "lifetime_value_low",
    "lifetime_value_high",
)
MONEY = COLUMNS[6:]
"""What is known only where it is known what people spend: whole minor units."""


def forecast(model: Model, past: Past, repeat_revenue: Floats, revenue: Floats) -> dict[str, Floats]:
    """By column. Money in minor units, as the fit has it."""
    found = intervals.counts(model.params, past, model.weeks)
    active = bgnbd.alive(model.params, past)
    alive_low, alive_high = intervals.of_alive(model.params, model.covariance, past, active)
    values = [active, alive_low, alive_high, found.mean, found.low, found.high]
    if model.spend is not None:
        known = np.where(repeat_revenue > 0, past.repeats, 0.0)
        total = np.maximum(repeat_revenue, 0.0)
        spent = found.mean * gamma_gamma.expected_value(model.spend, known, total)
        low, high = intervals.spending(model.spend, found, known, total)
        values += [*map(np.rint, (spent, low, high)), *(np.rint(revenue + more) for more in (spent, low, high))]
    return dict(zip(COLUMNS, values, strict=False))


def fill(rows: Sequence[Worth], now: datetime, model: Model | None = None) -> None:
    """Set what is expected of these, or None where nothing can be said; saving them is the caller's."""
    model = model or current()
    buyers = [row for row in rows if row.order_days > 0 and row.first_order_at and row.last_order_at] if model else []
    for row in rows:
        for column in (*COLUMNS, "lifetime_at"):
            setattr(row, column, None)
    if model is None or not buyers:
        return
    zone = ZoneInfo(account.current().time_zone)
    today = now.astimezone(zone).date()
    days = [
        (row.first_order_at.astimezone(zone).date(), row.last_order_at.astimezone(zone).date())
        for row in buyers
        if row.first_order_at and row.last_order_at
    ]
    past = past_of(
        [row.order_days for row in buyers],
        [(last - first).days for first, last in days],
        [(today - first).days for first, _last in days],
    )
    repeat_revenue = np.array([float(row.repeat_revenue) for row in buyers])
    found = forecast(model, past, repeat_revenue, np.array([float(row.revenue) for row in buyers]))
    for place, row in enumerate(buyers):
        for column, values in found.items():
            value = float(values[place])
            setattr(row, column, int(value) if column in MONEY else value)
        row.lifetime_at = now


def one(row: Worth, now: datetime) -> None:
    """The same for one contact."""
    fill([row], now)


def past_of(order_days: Sequence[float] | Floats, from_first_to_last: object, from_first: object) -> Past:
    """From days to what the model asks."""
    repeats = np.maximum(np.asarray(order_days, dtype=np.float64) - 1, 0.0)
    recency = np.where(repeats > 0, np.asarray(from_first_to_last, dtype=np.float64) / 7, 0.0)
    age = np.maximum(np.asarray(from_first, dtype=np.float64) / 7, recency)
    return Past.of(repeats, recency, age)
