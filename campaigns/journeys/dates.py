"""Whose date comes when: a property of the contact that is a date, some days before or after it, at a time of day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection

from contacts.fields import FieldType
from segments import catalogue
from segments.definition.sql import Params, value

from .schema import DateTrigger

QUARTER: Final = timedelta(minutes=15)
AT_ONCE: Final = timedelta(days=1)
"""So much of the calendar is read in one go."""

# The anniversary of 29 February is 28 February in other years: PostgreSQL's own rule for adding years.
_YEARS = """
    generate_series(extract(year FROM {since} - interval '2 days')::int - 1,
                    extract(year FROM {until} + interval '2 days')::int + 1) AS years (year)
"""


def quarter(now: datetime) -> datetime:
    """The last full quarter of an hour."""
    return now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)


def between(trigger: DateTrigger, since: datetime, until: datetime) -> list[tuple[int, date, datetime]]:
    """Contact, the date on that occasion, and the instant, for instants after `since` and until `until`, in order."""
    known = catalogue.current()
    asked = known.properties.get(trigger.property)
    if asked is None:
        return []
    params = Params(known.zone, known.currency, known.fiscal_start)
    raw = value(asked, params)
    account = params.add(known.zone, "text")
    zone = f"crmseg_zone(c.time_zone, {account})" if trigger.zone == "contact" else account
    day = f"(({raw}) AT TIME ZONE {zone})::date" if asked.type is FieldType.DATETIME else f"({raw})::date"
    first, last = params.add(since, "timestamptz"), params.add(until, "timestamptz")
    on, years = "whole.day", ""
    if trigger.yearly:
        years = "CROSS JOIN " + _YEARS.format(since=first, until=last)
        on = "(whole.day + make_interval(years => years.year - extract(year FROM whole.day)::int))::date"
    at, offset = params.add(trigger.at, "time"), params.add(trigger.offset, "int")
    statement = f"""
        SELECT one.id, one.day, one.at
          FROM (SELECT whole.id, occasion.day,
                       (occasion.day + {offset} + {at}) AT TIME ZONE whole.zone AS at
                  FROM (SELECT c.id, {day} AS day, {zone} AS zone
                          FROM contacts_contact AS c
                          LEFT JOIN contacts_company AS co ON co.id = c.company_id) AS whole
                  {years}
                  CROSS JOIN LATERAL (SELECT {on} AS day) AS occasion
                 WHERE whole.day BETWEEN '0100-01-01' AND '9000-01-01'
                   AND occasion.day >= whole.day
                   AND occasion.day + {offset} BETWEEN ({first})::date - 2 AND ({last})::date + 2) AS one
         WHERE one.at > {first} AND one.at <= {last}
         ORDER BY one.at, one.id
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, params.at(until))
        return list(cursor.fetchall())
