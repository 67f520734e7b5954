"""Everybody's predictions, made anew in one pass: read, predicted and written in blocks of people.

A contact whose orders change meanwhile keeps what was worked out with them: a row is written only where what it was
predicted from still stands.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
from django.db import connection, transaction

from contacts.worth import told
from crmseg.access import account
from crmseg.common.sql import scratch_table

from .bgnbd import Floats
from .model import Model, current
from .predict import COLUMNS, MONEY, forecast, past_of
from .some import KEYS

BLOCK = 200_000
_READ = """
    COPY (SELECT contact_id, order_days,
                 date(last_order_at AT TIME ZONE %(zone)s) - date(first_order_at AT TIME ZONE %(zone)s),
                 date(%(now)s::timestamptz AT TIME ZONE %(zone)s) - date(first_order_at AT TIME ZONE %(zone)s),
                 repeat_revenue, revenue
            FROM contacts_worth
           WHERE contact_id > %(after)s AND order_days > 0
           ORDER BY contact_id LIMIT %(most)s) TO STDOUT
"""


def predict_everyone(now: datetime, model: Model | None = None) -> int:
    """How many people were predicted. Without a fit, what earlier fits said is forgotten."""
    model = model or current()
    if model is None:
        if forget():
            _tell(now)
        return 0
    after, done = 0, 0
    while True:
        rows = _read(after, now)
        if not len(rows):
            _tell(now)
            return done
        past = past_of(rows[:, 1], rows[:, 2], rows[:, 3])
        _write(rows, forecast(model, past, rows[:, 4], rows[:, 5]), now)
        after, done = int(rows[-1, 0]), done + len(rows)


def _tell(now: datetime) -> None:
    with transaction.atomic():
        told.tell(frozenset(KEYS.values()), now)


def forget() -> int:
    nothing = ", ".join(f"{column} = NULL" for column in (*COLUMNS, "lifetime_at"))
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE contacts_worth SET {nothing} WHERE lifetime_at IS NOT NULL")
        return int(cursor.rowcount)


def _read(after: int, now: datetime) -> Floats:
    values = {"zone": account.current().time_zone, "now": now, "after": after, "most": BLOCK}
    with connection.cursor() as cursor, cursor.copy(_READ, values) as copy:
        text = b"".join(copy).decode("ascii")
    return np.fromstring(text, sep=" ").reshape(-1, 6)


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
            copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
            copy.write(laid.tobytes())
            copy.write(b"\xff\xff")
        cursor.execute("ANALYZE lifetime_found")
        cursor.execute(
            f"""UPDATE contacts_worth AS worth SET {sets}{unknown}, lifetime_at = %s FROM lifetime_found AS found
                 WHERE worth.contact_id = found.contact_id
                   AND worth.order_days = found.order_days AND worth.revenue = found.revenue""",
            [now],
        )
