"""What the address of a page about events asks for: whom, when, and which value of a property."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Value
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils.translation import gettext as _

from crmseg.access import account
from crmseg.common.ids import LARGEST_ID

from ..explorer import Wanted
from ..models import Contact

FIELDS = ("contact", "from", "to", "property", "value")
LONGEST = 300
NOBODY = 0


@dataclass(frozen=True)
class Asked:
    """As it was typed, what it means, and a sentence at each field that means nothing."""

    typed: dict[str, str]
    wanted: Wanted
    problems: dict[str, str]

    @property
    def narrows(self) -> bool:
        return any(self.typed.values())


def read(request: HttpRequest, type_id: int) -> Asked:
    typed = {name: request.GET.get(name, "").strip()[:LONGEST] for name in FIELDS}
    problems: dict[str, str] = {}
    contact_id: int | None = None
    if typed["contact"]:
        contact_id = _contact(typed["contact"])
        if contact_id is None:
            contact_id = NOBODY
            problems["contact"] = _("Nobody has this e-mail address, external ID or number.")
    since, until = _day(typed, "from", problems), _day(typed, "to", problems)
    if since and until and until < since:
        problems["to"] = _("This day lies before the first one.")
    wanted = Wanted(
        type_id=type_id,
        contact_id=contact_id,
        since=_midnight(since),
        until=_midnight(until + timedelta(days=1)) if until else None,
        name=typed["property"],
        value=typed["value"] if typed["property"] else "",
    )
    if typed["value"] and not typed["property"]:
        problems["property"] = _("Say which property has this value.")
    return Asked(typed, wanted, problems)


def _contact(text: str) -> int | None:
    folded = Contact.objects.annotate(folded=Lower("email")).filter(folded=Lower(Value(text)))
    rows = folded if "@" in text else Contact.objects.filter(external_id=text)
    found = rows.values_list("pk", flat=True).first()
    if found is None and text.removeprefix("#").isdecimal() and int(text.removeprefix("#")) <= LARGEST_ID:
        found = Contact.objects.filter(pk=int(text.removeprefix("#"))).values_list("pk", flat=True).first()
    return found


def _day(typed: dict[str, str], name: str, problems: dict[str, str]) -> date | None:
    if not typed[name]:
        return None
    try:
        found = date.fromisoformat(typed[name])
    except ValueError:
        found = date.min
    if not 1900 <= found.year <= 2200:
        problems[name] = _("Expected a date such as 2026-01-31.")
        return None
    return found


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), ZoneInfo(account.current().time_zone)) if day else None
