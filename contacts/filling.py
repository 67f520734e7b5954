"""Of how many contacts or companies each attribute is known: counted on the spot while there are few, else by a worker.

One reading of the table counts all attributes at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from crmseg.common import clock

from . import values
from .counting import SHARE, ask_when_stale, rows_are_few
from .models import AttributeCount, EventPart

FEW = 20_000
AT_LEAST_EVERY = timedelta(hours=1)
ENTITIES = ("contact", "company")
_CUSTOM = """
    SELECT key, count(*) FROM {table}, jsonb_object_keys(attributes) AS key
     WHERE attributes -> key <> 'null' GROUP BY key
"""


@dataclass(frozen=True)
class Fill:
    """By key, of how many it is known; true at `as_of`, or now where that is None."""

    known: dict[str, int]
    total: int
    as_of: datetime | None


def fill(entity: str) -> Fill:
    if are_few(entity):
        known, total = _counted(entity)
        return Fill(known, total, None)
    rows = list(AttributeCount.objects.filter(entity=entity))
    as_of = min((row.counted_at for row in rows), default=None)
    ask_when_stale(as_of)
    return Fill({row.key: row.known for row in rows}, max((row.total for row in rows), default=0), as_of or clock.now())


def fill_of(entity: str, key: str) -> Fill:
    """Of one attribute."""
    if are_few(entity):
        return fill(entity)
    row = AttributeCount.objects.filter(entity=entity, key=key).first()
    ask_when_stale(row.counted_at if row else None)
    if row is None:
        return Fill({}, 0, clock.now())
    return Fill({key: row.known}, row.total, row.counted_at)


def are_few(entity: str) -> bool:
    return rows_are_few(table_of(entity), FEW)


def table_of(entity: str) -> str:
    return "contacts_company" if entity == "company" else "contacts_contact"


def count() -> None:
    """A worker's work, about every hour, and never more than a small share of its time."""
    for entity in ENTITIES:
        name, now = f"attributes of {entity}", clock.now()
        part = EventPart.objects.filter(pk=name).first()
        if part and now - part.counted_at < max(AT_LEAST_EVERY, part.took * SHARE):
            continue
        known, total = _counted(entity)
        with transaction.atomic():
            AttributeCount.objects.filter(entity=entity).delete()
            AttributeCount.objects.bulk_create(
                AttributeCount(entity=entity, key=key, known=n, total=total, counted_at=now) for key, n in known.items()
            )
            taken = {"mark": now.isoformat(), "counted_at": now, "took": clock.now() - now}
            EventPart.objects.update_or_create(name=name, defaults=taken)


def _counted(entity: str) -> tuple[dict[str, int], int]:
    table, catalog = table_of(entity), values.catalog(entity)
    standard = [field for field in catalog.values() if not field.custom]
    counts = ", ".join(f'count("{field.columns[0]}")' for field in standard)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), {counts} FROM {table}")
        total, *of_standard = cursor.fetchone()
        cursor.execute(_CUSTOM.format(table=table))
        of_custom = dict(cursor.fetchall())
    known = {field.key: n for field, n in zip(standard, of_standard, strict=True)}
    return known | {key: of_custom.get(key, 0) for key, field in catalog.items() if field.custom}, total
