"""Looking into the audit log: by who, what was done, to what, when, and by words in the names and the values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput

from . import audit_shown
from .models import AuditEntry

PAGE = 50
LONGEST = 200


@dataclass(frozen=True)
class Asked:
    """What is looked for; everything empty is everything. `since` and `until` are days of the account's zone."""

    q: str = ""
    who: str = ""
    action: str = ""
    type: str = ""
    id: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def is_anything(self) -> bool:
        return self == Asked()


def read(given: Mapping[str, str]) -> Asked:
    """What an address asks; a day that is none is refused."""
    texts = {name: given.get(name, "").strip()[:LONGEST] for name in ("q", "who", "action", "type", "id")}
    return Asked(**texts, since=_day(given.get("since", "")), until=_day(given.get("until", "")))


def entries(asked: Asked) -> QuerySet[AuditEntry]:
    """The newest first."""
    rows = AuditEntry.objects.alias(words=Cast("changes", TextField()))
    for word in asked.q.split():
        rows = rows.filter(
            Q(actor__icontains=word)
            | Q(object_label__icontains=word)
            | Q(words__icontains=word)
            | Q(action__in=_named(word, audit_shown.ACTIONS))
            | Q(object_type__in=_named(word, audit_shown.types()))
        )
    if asked.who:
        rows = rows.filter(actor__icontains=asked.who)
    if asked.action:
        rows = rows.filter(action=asked.action)
    if asked.type:
        rows = rows.filter(object_type=asked.type)
    if asked.id:
        rows = rows.filter(object_id=asked.id)
    if asked.since:
        rows = rows.filter(at__gte=_midnight(asked.since))
    if asked.until:
        rows = rows.filter(at__lt=_midnight(asked.until + timedelta(days=1)))
    return rows.order_by("-at", "-id")


def _named(word: str, names: Mapping[str, object]) -> list[str]:
    """The keys that are called so, as the log writes them or as the reader's language does."""
    return [key for key, label in names.items() if word.casefold() in f"{key} {label}".casefold()]


def page(asked: Asked, after: str = "") -> tuple[list[AuditEntry], str]:
    """A page of entries older than the place `after`, and the place where the next begins ("" at the end).

    Turning pages costs the same however far back one is, and entries made meanwhile move nothing.
    """
    rows = entries(asked)
    if place := _place(after):
        at, pk = place
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk), at__lte=at)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], place_of(found[PAGE - 1]) if len(found) > PAGE else ""


def place_of(entry: AuditEntry) -> str:
    return f"{entry.at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{entry.pk}"


def _place(text: str) -> tuple[datetime, int] | None:
    if not text:
        return None
    try:
        at, _dash, pk = text.partition("-")
        return datetime.strptime(at, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), min(int(pk), 2**63 - 1)
    except ValueError:
        return None


def query_of(asked: Asked) -> dict[str, str]:
    """The part of an address that asks the same."""
    return {field.name: str(value) for field in fields(asked) if (value := getattr(asked, field.name))}


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise InvalidInput(_("A day is written as year-month-day, such as 2026-03-31.")) from None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
