"""What the people of some lists have on average, and in which lifecycle stage they are: one look at each contact.

Averages are over those whose value is known, and say how many that are. Sums are taken by combination of lists, so that
a contact in six lists is looked at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from contacts import money
from contacts.fields import LIFECYCLE_STAGES
from contacts.models import AttributeDefinition

from .overlap import masks_of, roomy
from .purchases import purchase_event

MOST_CUSTOM = 6
SPENT_DAYS = 365


@dataclass(frozen=True)
class Mean:
    """The average of one list, and of how many it is; None where nobody's value is known."""

    value: Decimal | None
    known: int


@dataclass(frozen=True)
class Measured:
    """One property of the people, list by list in the order asked. `money` is to be shown with the currency."""

    label: str | Promise
    means: list[Mean]
    money: bool = False


@dataclass(frozen=True)
class StageRow:
    """A lifecycle stage, "" for an unknown one, and how many of each list are in it."""

    stage: str
    counts: list[int]


@dataclass(frozen=True)
class People:
    measured: list[Measured]
    stages: list[StageRow]


def people(ids: Sequence[int], now: datetime, zone: str) -> People:
    """Averages of what is known of contacts, and the stages they are in."""
    columns, parameters = _columns(now.astimezone(ZoneInfo(zone)))
    sums = ", ".join(f"count({value}), sum({value})" for _label, value, _money in columns)
    sql = f"""
        SELECT mask, COALESCE(c.lifecycle_stage, ''), count(*), {sums}
          FROM ({masks_of(ids)}) AS masks
          JOIN contacts_contact AS c ON c.id = masks.contact_id
          LEFT JOIN contacts_company AS co ON co.id = c.company_id
         GROUP BY 1, 2
    """
    with transaction.atomic(), connection.cursor() as cursor:
        roomy(cursor)
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    measured = []
    for place, (label, _value, is_money) in enumerate(columns):
        parts = [(row[0], row[3 + 2 * place], row[4 + 2 * place]) for row in rows]
        measured.append(Measured(label, _means(ids, parts), is_money))
    return People([one for one in measured if any(mean.known for mean in one.means)], _stages(ids, rows))


def spending(ids: Sequence[int], now: datetime, currency: str) -> list[Measured]:
    """What members bought in a year, those who bought nothing counted as nothing. Empty without such an event."""
    event = purchase_event()
    if event is None:
        return []
    sql = f"""
        WITH spent AS (
            SELECT contact_id, count(*) AS orders, sum(amount) FILTER (WHERE currency = %(currency)s) AS amount
              FROM contacts_event
             WHERE type_id = %(type)s AND occurred_at > %(since)s AND occurred_at <= %(now)s
             GROUP BY contact_id
        )
        SELECT mask, count(*), sum(orders), sum(amount)
          FROM ({masks_of(ids)}) AS masks LEFT JOIN spent USING (contact_id)
         GROUP BY mask
    """
    since = now - timedelta(days=SPENT_DAYS)
    with transaction.atomic(), connection.cursor() as cursor:
        roomy(cursor)
        cursor.execute(sql, {"type": event.pk, "since": since, "now": now, "currency": currency})
        rows = cursor.fetchall()
    if not any(row[2] for row in rows):
        return []
    minor = 10 ** money.exponent(currency)
    orders = _means(ids, [(mask, count, done) for mask, count, done, _amount in rows])
    amounts = _means(ids, [(mask, count, Decimal(amount or 0) / minor) for mask, count, _done, amount in rows])
    said = {"event": event.name}
    return [
        Measured(_("“%(event)s” in 365 days, per person") % said, orders),
        Measured(_("Revenue of “%(event)s” in 365 days, per person") % said, amounts, money=True),
    ]


def _columns(today: datetime) -> tuple[list[tuple[str | Promise, str, bool]], dict[str, Any]]:
    """Label, SQL and whether it is money, for everything numeric that is known of contacts and their companies."""
    found: list[tuple[str | Promise, str, bool]] = [
        (_("Age"), "extract(year FROM age(%(today)s::date, c.birth_date))", False),
        (_("Budget"), "c.budget", True),
        (_("Employees of the company"), "co.employees", False),
    ]
    parameters: dict[str, Any] = {"today": today.date()}
    custom = AttributeDefinition.objects.filter(
        type__in=["number", "money"], entity=AttributeDefinition.Entity.CONTACT
    ).order_by("label", "key")
    for place, attribute in enumerate(custom[:MOST_CUSTOM]):
        parameters[f"key_{place}"] = attribute.key
        value = f"c.attributes -> %(key_{place})s"
        number = f"CASE jsonb_typeof({value}) WHEN 'number' THEN ({value})::numeric END"
        found.append((attribute.label, number, attribute.type == "money"))
    return found, parameters


def _means(ids: Sequence[int], parts: Sequence[tuple[int, int, object]]) -> list[Mean]:
    """Of each list: all the combinations it is in, together."""
    means = []
    for place, _pk in enumerate(ids):
        inside = [(known, total) for mask, known, total in parts if mask >> place & 1]
        known = sum(count for count, _total in inside)
        total = sum((Decimal(str(value)) for _count, value in inside if value is not None), Decimal())
        means.append(Mean(total / known if known else None, known))
    return means


def _stages(ids: Sequence[int], rows: Sequence[tuple[object, ...]]) -> list[StageRow]:
    """Every stage in its order, then others that somebody has, then the unknown one where somebody has none."""
    counts: dict[str, list[int]] = {stage: [0] * len(ids) for stage in LIFECYCLE_STAGES}
    for mask, stage, count, *_sums in rows:
        row = counts.setdefault(str(stage), [0] * len(ids))
        for place in range(len(ids)):
            if int(str(mask)) >> place & 1:
                row[place] += int(str(count))
    unknown = counts.pop("", None)
    found = [StageRow(stage, each) for stage, each in counts.items()]
    return [*found, StageRow("", unknown)] if unknown else found
