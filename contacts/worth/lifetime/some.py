"""Predictions follow orders: of the contacts that a refresh looks at, in its transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from contacts.models import Worth
from contacts.worth.keys import PROPERTIES

from .model import Model
from .predict import COLUMNS, MONEY, fill

KEYS = {column: f"attribute:{PROPERTIES[column]}" for column in COLUMNS if column in PROPERTIES}
_READ = ("contact_id", "order_days", "first_order_at", "last_order_at", "repeat_revenue", "revenue", *KEYS)


def predict_some(contact_ids: Collection[int], now: datetime, model: Model | None) -> dict[int, set[str]]:
    """Of these, by the latest fit; the keys of what moved by it. Nothing where nothing was fitted."""
    if model is None or not contact_ids:
        return {}
    rows = list(Worth.objects.filter(contact_id__in=contact_ids).only(*_READ).order_by("contact_id"))
    before = [{column: getattr(row, column) for column in KEYS} for row in rows]
    fill(rows, now, model)
    _write(rows, now)
    return {
        row.contact_id: keys
        for row, old in zip(rows, before, strict=True)
        if (keys := {KEYS[column] for column in KEYS if getattr(row, column) != old[column]})
    }


def _write(rows: list[Worth], now: datetime) -> None:
    arrays = ", ".join(f"%s::{'bigint' if column in MONEY else 'float8'}[]" for column in COLUMNS)
    sets = ", ".join(f"{column} = found.{column}" for column in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE contacts_worth AS worth
                   SET {sets}, lifetime_at = CASE WHEN found.alive IS NOT NULL THEN %s::timestamptz END
                  FROM unnest(%s::bigint[], {arrays}) AS found (contact_id, {", ".join(COLUMNS)})
                 WHERE worth.contact_id = found.contact_id""",
            [now, [row.contact_id for row in rows], *([getattr(row, column) for row in rows] for column in COLUMNS)],
        )
