"""What templates take from the account: values that many have, events that happen, sums that few reach.

Frequent values are those of the latest contacts and events, so that a template is ready at once in any account; how
many people a template then finds is counted exactly. What is not there raises `Missing` with its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from contacts import money
from contacts.fields import FieldType
from contacts.models import Event, EventType
from crmseg.common import clock

from ..definition.schema import Catalogue, Property
from ..insights.purchases import purchase_event
from ..known_values import event_properties, event_values, places

RECENT = 20_000
_OWN = ("Email ", "Mail ", "Message ", "Campaign ")
_CATEGORIES = ("category", "product_category", "genre", "brand", "department", "product", "plan")


class Missing(Exception):
    """The account has nothing of what a template is about; the message names it."""


class Facts:
    """What one template asks of the account. `used` are the account's own words that went into it."""

    def __init__(self, catalogue: Catalogue, now: datetime | None = None):
        self.catalogue = catalogue
        self.now = now or clock.now()
        self.used: list[str] = []

    def need(self, key: str) -> str:
        """The property itself, if anybody's is known."""
        known = self.property(key)
        table, value = _column(known)
        empty = " AND cardinality(t.value) > 0" if known.type is FieldType.MULTI_ENUM else ""
        sql = f"SELECT 1 FROM (SELECT {value} AS value FROM {table}) AS t WHERE value IS NOT NULL{empty} LIMIT 1"
        if not _rows(sql):
            raise Missing(str(known.label))
        return key

    def most(self, key: str, place: int = 0) -> str:
        """The most frequent value of a property, or a later one in that order."""
        found = self.frequent(key, place + 1)
        if len(found) <= place:
            raise Missing(str(self.property(key).label))
        self.used.append(found[place])
        return found[place]

    def frequent(self, key: str, number: int) -> list[str]:
        """The most frequent values among the latest contacts; of all, where these have none."""
        known = self.property(key)
        table, value = _column(known)
        each = "unnest(value)" if known.type is FieldType.MULTI_ENUM else "value"
        for limit in (f"ORDER BY id DESC LIMIT {RECENT}", ""):
            sql = f"""
                SELECT each FROM (SELECT {each} AS each FROM (SELECT {value} AS value FROM {table} {limit}) AS t) AS t
                 WHERE each IS NOT NULL AND each <> '' GROUP BY each ORDER BY count(*) DESC, each LIMIT %(number)s
            """
            if found := [str(row[0]) for row in _rows(sql, {"number": number})]:
                return found
        return []

    def property(self, key: str) -> Property:
        return self.catalogue.properties[key]

    def purchase(self) -> str:
        """The event that is a purchase here."""
        event = purchase_event()
        if event is None or not Event.objects.filter(type=event).exists():
            raise Missing(_("purchases"))
        return event.name

    def visit(self) -> str:
        """What people most often do of their own accord, purchases and what they were sent aside."""
        bought = purchase_event()
        sql = """
            SELECT type_id FROM (SELECT type_id FROM contacts_event ORDER BY id DESC LIMIT %(recent)s) AS recent
             GROUP BY type_id ORDER BY count(*) DESC, type_id
        """
        order = [row[0] for row in _rows(sql, {"recent": RECENT})]
        names = dict(EventType.objects.filter(pk__in=order).values_list("pk", "name"))
        for pk in order:
            if (bought is None or pk != bought.pk) and not names[pk].startswith(_OWN):
                return names[pk]
        raise Missing(_("events other than purchases"))

    def event(self, *names: str) -> str:
        """The first of these events that was ever recorded."""
        known = dict(EventType.objects.filter(name__in=names).values_list("name", "pk"))
        for name in names:
            if name in known and Event.objects.filter(type=known[name]).exists():
                return name
        raise Missing(_("the event “%(name)s”") % {"name": names[0]})

    def category(self, event: str, place: int = 0) -> tuple[str, str]:
        """A property of an event that sorts what was bought, and its most frequent value, or a later one."""
        names = [one.value for one in event_properties(event, "")]
        for name in (one for one in _CATEGORIES if one in names):
            values = event_values(event, name, "")
            if len(values) > place:
                self.used.append(values[place].value)
                return name, values[place].value
        raise Missing(_("a category of what was bought"))

    def near(self) -> dict[str, Any]:
        """Fifty kilometres around the place where most contacts live whose coordinates are known."""
        found = places("")
        if not found:
            raise Missing(str(self.property("location").label))
        self.used.append(found[0].value)
        return {"lat": float(found[0].fills["lat"]), "lon": float(found[0].fills["lon"]), "km": 50}

    def spent(self, percent: int, days: int = 365) -> int:
        """What so many percent of the buyers of the last days did not reach together, in round numbers."""
        sql = """
            SELECT percentile_disc(%(part)s) WITHIN GROUP (ORDER BY total) FROM (
                SELECT sum(amount) AS total
                  FROM (SELECT contact_id, amount FROM contacts_event
                         WHERE type_id = %(type)s AND occurred_at > %(since)s AND currency = %(currency)s
                         ORDER BY occurred_at DESC LIMIT %(recent)s) AS recent
                 GROUP BY contact_id) AS each
        """
        return self._amount(sql, percent, days)

    def paid(self, percent: int, days: int = 365) -> int:
        """What so many percent of the purchases of the last days did not reach, in round numbers."""
        sql = """
            SELECT percentile_disc(%(part)s) WITHIN GROUP (ORDER BY amount) FROM (
                SELECT amount FROM contacts_event
                 WHERE type_id = %(type)s AND occurred_at > %(since)s AND currency = %(currency)s
                 ORDER BY occurred_at DESC LIMIT %(recent)s) AS recent
        """
        return self._amount(sql, percent, days)

    def _amount(self, sql: str, percent: int, days: int) -> int:
        self.purchase()
        event = purchase_event()
        assert event is not None
        currency = self.catalogue.currency
        parameters = {
            "part": percent / 100,
            "type": event.pk,
            "since": self.now - timedelta(days=days),
            "currency": currency,
            "recent": RECENT,
        }
        found = _rows(sql, parameters)[0][0]
        if not found or found <= 0:
            raise Missing(_("purchases with revenue in a year"))
        return rounded(money.from_minor(int(found), currency))


def rounded(amount: Decimal) -> int:
    """Two digits that count: 1,284 is 1,300, 87.4 is 87, and never less than 1."""
    step = max(Decimal(1), Decimal(10) ** (amount.adjusted() - 1))
    return max(1, int((amount / step).to_integral_value() * step))


def _column(known: Property) -> tuple[str, str]:
    table = "contacts_company" if known.source == "company" else "contacts_contact"
    column = "latitude" if known.type is FieldType.LOCATION else known.column
    return table, f'"{column}"'


def _rows(sql: str, parameters: dict[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or {})
        found: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return found
