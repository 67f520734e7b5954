"""Who does something less than she used to: each contact's last days against the same number of days before.

Meant for what people do again and again, such as opening an app or renewing. A fall counts as one where chance explains
it badly: of the events in both windows, so few would fall into the later half in one case of twenty (binomial).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import comb
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from ..models import Contact, EventType
from .among import Among, within

SPANS = (14, 30, 60, 90)
CHANCE = 0.05
MOST_COUNTED = 400
"""Above so many events in both windows, any count of them is judged like so many."""
BANDS = ("stopped", "halved", "less", "same", "more", "new")
_COUNTED = """
    SELECT contact_id, count(*) FILTER (WHERE occurred_at <= %s)::int AS before,
           count(*) FILTER (WHERE occurred_at > %s)::int AS recent
      FROM contacts_event
     WHERE type_id = %s AND occurred_at > %s AND occurred_at <= %s AND {among} GROUP BY contact_id
"""
_BY_PAIR = "SELECT before, recent, count(*) FROM ({counted}) AS counted GROUP BY 1, 2"
_PEOPLE = """
    SELECT contact_id, before, recent FROM ({counted}) AS counted
      JOIN unnest(%s::int[], %s::int[]) AS fell (both_windows, at_most)
           ON fell.both_windows = least(before + recent, %s) AND recent <= at_most
      LEFT JOIN contacts_worth USING (contact_id)
     ORDER BY coalesce(net_value, 0) DESC, before - recent DESC, contact_id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Fall:
    contact: Contact
    before: int
    recent: int

    @property
    def drop(self) -> int:
        """In per cent of what it was."""
        return round(100 * (self.before - self.recent) / self.before)


@dataclass(frozen=True, slots=True)
class Churn:
    """`bands` counts people by change; `falling` those whose fall chance explains badly."""

    event: EventType
    days: int
    bands: dict[str, int]
    before: int
    """People who did it in the earlier window."""
    falling: int
    expected: float
    """How many of them would seem to fall by chance alone, at most."""


def churn(event: EventType, days: int, now: datetime, among: Among = None) -> Churn:
    counted, values = _counted(event, days, now, among)
    with connection.cursor() as cursor:
        cursor.execute(_BY_PAIR.format(counted=counted), values)
        pairs = cursor.fetchall()
    bands = dict.fromkeys(BANDS, 0)
    falling, expected = 0, 0.0
    for before, recent, people in pairs:
        bands[_band(before, recent)] += people
        if before:
            limit = at_most(before + recent)
            falling += people if limit is not None and recent <= limit else 0
            expected += people * chance(before + recent, limit)
    earlier = sum(people for before, _recent, people in pairs if before)
    return Churn(event, days, bands, earlier, falling, expected)


def falling(event: EventType, days: int, now: datetime, among: Among = None, *, limit: int = 50) -> list[Fall]:
    """Those worth most first."""
    counted, values = _counted(event, days, now, among)
    sizes = [(size, most) for size in range(1, MOST_COUNTED + 1) if (most := at_most(size)) is not None]
    asked = [*values, [size for size, _most in sizes], [most for _size, most in sizes], MOST_COUNTED, limit]
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE.format(counted=counted), asked)
        rows = cursor.fetchall()
    contacts = Contact.objects.in_bulk([pk for pk, _before, _recent in rows])
    return [Fall(contacts[pk], before, recent) for pk, before, recent in rows if pk in contacts]


def definition(event: str, days: int, band: str) -> dict[str, Any] | None:
    """A band in our language; None for one that there is not."""
    window = {"last": days, "unit": "day"}
    fell = {"event": event, "measure": "change_pct", "window": window}
    earlier = {"event": event, "op": "did", "window": {"ago": [2 * days, days], "unit": "day"}}
    match band:
        case "stopped":
            return {**fell, "op": "is", "value": -100}
        case "halved":
            return {**fell, "op": "between", "value": [-99.99, -50]}
        case "less":
            return {**fell, "op": "between", "value": [-49.99, -10]}
        case "same":
            return {**fell, "op": "between", "value": [-9.99, 10]}
        case "more":
            return {**fell, "op": "gt", "value": 10}
        case "new":
            return {"all": [{"event": event, "op": "did", "window": window}, {"not": earlier}]}
    return None


def at_most(size: int) -> int | None:
    """Of so many events in both windows, the most in the later one that chance explains badly; None where none does."""
    found = None
    tail = 0.0
    size = min(size, MOST_COUNTED)
    for recent in range(size + 1):
        tail += comb(size, recent) * 0.5**size
        if tail > CHANCE:
            return found
        found = recent
    return found


def chance(size: int, limit: int | None) -> float:
    size = min(size, MOST_COUNTED)
    return 0.0 if limit is None else sum(comb(size, recent) for recent in range(limit + 1)) * 0.5**size


def _band(before: int, recent: int) -> str:
    if not before:
        return "new"
    if not recent:
        return "stopped"
    change = 100 * (recent - before) / before
    if change <= -50:
        return "halved"
    if change < -10:
        return "less"
    return "same" if change <= 10 else "more"


def _counted(event: EventType, days: int, now: datetime, among: Among) -> tuple[str, list[Any]]:
    middle, begin = now - timedelta(days=days), now - timedelta(days=2 * days)
    condition, values = within(among)
    return _COUNTED.format(among=condition), [middle, middle, event.pk, begin, now, *values]


def label(band: str) -> str:
    return {
        "stopped": _("Stopped"),
        "halved": _("Down by half or more"),
        "less": _("Down by a tenth to a half"),
        "same": _("About the same"),
        "more": _("Up by more than a tenth"),
        "new": _("Only in the later days"),
    }.get(band, band)
