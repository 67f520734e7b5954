"""Everybody's predictions, made anew in one pass: read, predicted and written in blocks of people, several at once.

A contact whose orders change meanwhile keeps what was worked out with them: a row is written only where what it was
predicted from still stands.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection, transaction

from contacts.worth import told
from contacts.worth.ranges import ranges
from crmseg.access import account
from crmseg.common import parallel
from crmseg.common.sql import scratch_table

from .bgnbd import Floats
from .model import Model, current
from .predict import COLUMNS, MONEY, forecast, past_of
from .some import KEYS

BLOCK = 100_000
# One value instead of a row for each: as many numbers as people times the parts below, as they stand in memory.
_READ = """
    SELECT string_agg(int8send(contact_id) || int8send(order_days) || int8send(last - first) || int8send(today - first)
                      || int8send(repeat_revenue) || int8send(revenue), '')
      FROM contacts_worth
     CROSS JOIN LATERAL (SELECT (first_order_at AT TIME ZONE %(zone)s)::date AS first,
                                (last_order_at AT TIME ZONE %(zone)s)::date AS last,
                                (%(now)s::timestamptz AT TIME ZONE %(zone)s)::date AS today) AS days
     WHERE contact_id BETWEEN %(low)s AND %(high)s AND order_days > 0
"""
_PARTS = 6


def predict_everyone(now: datetime, model: Model | None = None) -> int:
    """How many people were predicted. Without a fit, what earlier fits said is forgotten."""
    model = model or current()
    if model is None:
        if forget():
            _tell(now)
        return 0
    known = model

    def predict(block: tuple[int, int]) -> int:
        rows = _read(block, now)
        past = past_of(rows[:, 1], rows[:, 2], rows[:, 3])
        if len(rows):
            _write(rows, forecast(known, past, rows[:, 4], rows[:, 5]), now)
        return len(rows)

    done = sum(parallel.each(predict, ranges("contacts_worth", "contact_id", BLOCK)))
    _tell(now)
    return done


def _tell(now: datetime) -> None:
    with transaction.atomic():
        told.tell(frozenset(KEYS.values()), now)


def forget() -> int:
    nothing = ", ".join(f"{column} = NULL" for column in (*COLUMNS, "lifetime_at"))
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE contacts_worth SET {nothing} WHERE lifetime_at IS NOT NULL")
        return int(cursor.rowcount)


def _read(block: tuple[int, int], now: datetime) -> Floats:
    low, high = block
    values: dict[str, Any] = {"zone": account.current().time_zone, "now": now, "low": low, "high": high}
    with connection.cursor() as cursor:
        cursor.execute(_READ, values)
        found = cursor.fetchone()[0] or b""
    return np.frombuffer(found, dtype=">i8").reshape(-1, _PARTS).astype(np.float64)


def _write(rows: Floats, found: dict[str, Floats], now: datetime) -> None:
    """By COPY in its binary form, which NumPy lays out as it stands; then one UPDATE."""
    whole = ("contact_id", "order_days", "revenue", *MONEY)
    fields = {"contact_id": rows[:, 0], "order_days": rows[:, 1], "revenue": rows[:, 5], **found}
    kinds = {name: "bigint" if name in whole else "float8" for name in fields}
    places: list[tuple[str, str]] = [("_fields", ">i2")]
    for name, kind in kinds.items():
        places += [(f"_{name}", ">i4"), (name, ">i8" if kind == "bigint" else ">f8")]
    laid = np.empty(len(rows), dtype=places)
    laid["_fields"] = len(fields)
    for name, values in fields.items():
        laid[f"_{name}"], laid[name] = 8, values
    sets = ", ".join(f"{name} = found.{name}" for name in found)
    unknown = "".join(f", {name} = NULL" for name in COLUMNS if name not in found)
    with transaction.atomic(), connection.cursor() as cursor:
        scratch_table(cursor, "lifetime_found", ", ".join(f"{name} {kind}" for name, kind in kinds.items()))
        with cursor.copy("COPY lifetime_found FROM STDIN (FORMAT binary)") as copy:
            copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8) + laid.tobytes() + b"\xff\xff")
        cursor.execute("ANALYZE lifetime_found")
        cursor.execute(
            f"""UPDATE contacts_worth AS worth SET {sets}{unknown}, lifetime_at = %s FROM lifetime_found AS found
                 WHERE worth.contact_id = found.contact_id
                   AND worth.order_days = found.order_days AND worth.revenue = found.revenue""",
            [now],
        )
