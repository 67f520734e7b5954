"""What happened around a contact or a company, as rows that people read, and what part of it an address asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import computed, money, values
from ..fields import Field
from ..models import Company, Contact
from ..models.consent import ConsentStatus
from ..timeline import MAIL, Entry, is_mail
from . import wording

ICONS = {
    "event": "activity",
    "attribute": "pencil",
    "consent": "shield-check",
    "list": "filter",
    "mail": "mail",
    "note": "message",
    "import": "file-import",
    "merge": "git-merge",
    "unmerge": "arrow-back-up",
}
ROWS = 30
MOST_PROPERTIES = 12
LONGEST = 200
HAPPENED = "happened"
# Said by the amount already.
OF_THE_AMOUNT = {"revenue", "currency"}


@dataclass(frozen=True)
class Asked:
    """As the address has it: a kind, or a type of event, days from one to another (included), and where to go on."""

    kind: str = ""
    type: str = ""
    since: str = ""
    until: str = ""
    before: str = ""

    @staticmethod
    def read(request: HttpRequest) -> Asked:
        names = ("kind", "type", "since", "until", "before")
        return Asked(**{name: request.GET.get(name, "").strip()[:LONGEST] for name in names})

    @property
    def narrows(self) -> bool:
        return bool(self.kind or self.type or self.since or self.until)

    @property
    def problem(self) -> str:
        since, until = _day(self.since), _day(self.until)
        if (self.since and not since) or (self.until and not until):
            return _("Expected a date such as 2026-01-31.")
        return _("This day lies before the first one.") if since and until and until < since else ""

    def wanted(self) -> dict[str, Any]:
        """As the selectors take it; a day that is none is left out."""
        since, until = _day(self.since), _day(self.until)
        return {
            "kind": self.kind,
            "type": self.type,
            "since": _midnight(since),
            "until": _midnight(until + timedelta(days=1)) if until else None,
            "before": self.before,
        }

    def query(self, **changes: str) -> str:
        """The part of the address that asks for the same, or with some of it changed."""
        asked = {name: getattr(self, name) for name in ("kind", "type", "since", "until")} | changes
        return urlencode({name: value for name, value in asked.items() if value})


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1 < found.year < 9999 else None


def _midnight(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


@dataclass(frozen=True)
class Change:
    """What was before, and what is since, in words."""

    label: str
    old: str | None
    new: str


@dataclass(frozen=True)
class Row:
    """One thing that happened. Attributes that somebody changed at one instant are one row, with several `changes`."""

    kind: str
    at: datetime
    title: str
    actor: str = ""
    changes: list[Change] = field(default_factory=list)
    text: str = ""
    amount: Any = None
    currency: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    person: Contact | None = None

    @property
    def icon(self) -> str:
        return ICONS.get(self.kind, "point")


@dataclass(frozen=True)
class Stretch:
    """Some rows, newest first; `more` is the cursor where the earlier ones begin, `earlier` what asks for them."""

    rows: list[Row]
    more: str
    asked: Asked
    kinds: list[tuple[str, str, str]]

    @property
    def earlier(self) -> str:
        return self.asked.query(before=self.more)


def happened(answer: HttpResponse) -> HttpResponse:
    """Tell the timeline on the page that there is more to tell."""
    answer["HX-Trigger"] = HAPPENED
    return answer


def addressed(request: HttpRequest, answer: HttpResponse, context: Mapping[str, Any]) -> HttpResponse:
    """The page takes the address of what its timeline shows now; a timeline that only tells more keeps it."""
    details = getattr(request, "htmx", None)
    if not (details and details.trigger == "timeline"):
        query = context["timeline"].asked.query()
        answer["HX-Push-Url"] = f"{context['page_url']}?{query}" if query else context["page_url"]
    return answer


def kinds() -> list[tuple[str, str]]:
    return [
        ("", _("Everything")),
        ("event", _("Events")),
        (MAIL, _("Mails")),
        ("list", _("Lists")),
        ("attribute", _("Changes")),
        ("consent", _("Consent")),
        ("note", _("Notes")),
        ("import", _("Imports")),
        ("merge", _("Merges")),
    ]


def kinds_of_company() -> list[tuple[str, str]]:
    return [("", _("Everything")), ("event", _("Events")), ("attribute", _("Changes")), ("note", _("Notes"))]


def stretch(
    entries: Sequence[Entry], asked: Asked, shown_kinds: Sequence[tuple[str, str]], of: str = "contact"
) -> Stretch:
    """`entries`: one more than a page holds, where there are more. Those of a company say whom they are about."""
    shown = entries[:ROWS]
    more = shown[-1].cursor if len(entries) > ROWS else ""
    # A type is a narrower question than a kind: whoever asks for another kind lets go of it.
    links = [(value, label, asked.query(kind=value, type="")) for value, label in shown_kinds]
    return Stretch(_rows(shown, of), more, asked, links)


def _rows(entries: Sequence[Entry], of: str) -> list[Row]:
    companies, fields = _companies(entries), values.catalog(of)
    people = _people(entries) if of == "company" else {}
    return [
        _attributes(group, fields, companies) if group[0].kind == "attribute" else _row(group[0], people)
        for group in _together(entries)
    ]


def _together(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Neighbours that are changes of attributes at the same instant by the same actor, in one list."""
    groups: list[list[Entry]] = []
    for entry in entries:
        last = groups[-1][0] if groups else None
        same = last and last.kind == entry.kind == "attribute" and (last.at, last.actor) == (entry.at, entry.actor)
        if same:
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return groups


def _companies(entries: Sequence[Entry]) -> dict[int, str]:
    """The names of the companies that the entries speak of by id."""
    ids = {
        entry.details[side]
        for entry in entries
        if entry.kind == "attribute" and entry.details["key"] == "company"
        for side in ("old", "new")
        if entry.details[side] is not None
    }
    return {company.pk: str(company) for company in Company.objects.filter(pk__in=ids)} if ids else {}


def _people(entries: Sequence[Entry]) -> dict[int, Contact]:
    return Contact.objects.in_bulk({entry.contact for entry in entries if entry.contact is not None})


def _attributes(group: Sequence[Entry], fields: Mapping[str, Field], companies: Mapping[int, str]) -> Row:
    first, changes = group[0], []
    for entry in sorted(group, key=lambda one: one.title):
        key, old, new = (entry.details[name] for name in ("key", "old", "new"))
        if key == "company":
            before, after = (companies.get(side, f"#{side}") if side is not None else None for side in (old, new))
            changes.append(Change(entry.title, before, wording.value_said(None, after)))
        else:
            before = None if old is None else _value_said(key, fields, old)
            changes.append(Change(entry.title, before, _value_said(key, fields, new)))
    title = first.title
    if len(group) > 1:
        title = ngettext("%(n)s attribute changed", "%(n)s attributes changed", len(group)) % {"n": len(group)}
    return Row("attribute", first.at, title, wording.who(first.actor), changes)


def _value_said(key: str, fields: Mapping[str, Field], raw: Any) -> str:
    """What is worked out has names for its options; everything else is said as on the page."""
    worked_out = computed.fields().get(key) if key not in fields else None
    named = worked_out.option_labels.get(raw) if worked_out and isinstance(raw, str) else None
    return wording.value_said(fields.get(key), raw) if named is None else str(named)


def _row(entry: Entry, people: Mapping[int, Contact]) -> Row:
    details = entry.details
    person = people.get(entry.contact) if entry.contact is not None else None
    match entry.kind:
        case "event":
            return _event(entry, person)
        case "consent":
            about = " · ".join(filter(None, [details.get("channel"), details.get("topic")]))
            proof = {_("how"): details["method"]} if details.get("method") else {}
            now = _answer(details.get("new") or ConsentStatus.NEVER.value) or ""
            change = Change("", _answer(details.get("old")), now)
            title = _("Consent: %(about)s") % {"about": about}
            return Row("consent", entry.at, title, wording.who(entry.actor), [change], details=proof)
        case "note":
            who = wording.who(entry.actor)
            return Row("note", entry.at, entry.title, who, text=str(details["text"]), person=person)
        case kind:
            return Row(kind, entry.at, entry.title, wording.who(entry.actor), person=person)


def _event(entry: Entry, person: Contact | None) -> Row:
    details = entry.details
    amount, currency = details.get("amount"), details.get("currency") or ""
    properties = {
        name: value
        for name, value in (details.get("properties") or {}).items()
        if amount is None or name not in OF_THE_AMOUNT
    }
    return Row(
        MAIL if is_mail(entry.title) else "event",
        entry.at,
        entry.title,
        amount=None if amount is None else money.from_minor(amount, currency or "USD"),
        currency=currency,
        details=dict(list(properties.items())[:MOST_PROPERTIES]),
        person=person,
    )


def _answer(status: str | None) -> str | None:
    return str(ConsentStatus(status).label) if status in ConsentStatus.values else status
