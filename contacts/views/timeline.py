"""What happened around one contact, as rows that people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from .. import money, selectors
from ..models import Company
from ..models.consent import ConsentStatus
from ..timeline import Entry

ICONS = {
    "event": "activity",
    "attribute": "pencil",
    "consent": "shield-check",
    "list": "filter",
    "message": "mail",
    "import": "file-import",
    "merge": "git-merge",
    "unmerge": "arrow-back-up",
}
ROWS = 30
MOST_PROPERTIES = 12
# Said by the amount already.
OF_THE_AMOUNT = {"revenue", "currency"}


@dataclass(frozen=True)
class Row:
    """One thing that happened. `changed` rows have what was before (`old`) and what is since (`new`)."""

    kind: str
    at: datetime
    title: str
    actor: str = ""
    changed: bool = False
    old: Any = None
    new: Any = None
    amount: Any = None
    currency: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def icon(self) -> str:
        return ICONS.get(self.kind, "point")


@dataclass(frozen=True)
class Stretch:
    """Some rows, newest first; `more` is where the earlier ones begin."""

    rows: list[Row]
    more: str
    kinds: list[tuple[str, str]]


def stretch(contact_id: int, *, kind: str, before: str) -> Stretch:
    entries = selectors.contact_timeline(contact_id, kind=kind, before=before, limit=ROWS + 1)
    shown = entries[:ROWS]
    more = shown[-1].cursor if len(entries) > ROWS else ""
    names = _companies(shown)
    return Stretch([_row(entry, names) for entry in shown], more, kinds())


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


def kinds() -> list[tuple[str, str]]:
    return [
        ("", _("Everything")),
        ("event", _("Events")),
        ("list", _("Lists")),
        ("attribute", _("Changes")),
        ("consent", _("Consent")),
    ]


def _row(entry: Entry, companies: Mapping[int, str]) -> Row:
    details = entry.details
    match entry.kind:
        case "event":
            return _event(entry)
        case "attribute" if details["key"] == "company":
            old, new = details["old"], details["new"]
            shown = {side: companies.get(side, f"#{side}") for side in (old, new) if side is not None}
            return Row(
                "attribute",
                entry.at,
                entry.title,
                _name(entry.actor),
                changed=True,
                old=shown.get(old),
                new=shown.get(new),
            )
        case "attribute":
            return Row(
                "attribute",
                entry.at,
                entry.title,
                _name(entry.actor),
                changed=True,
                old=details.get("old"),
                new=details.get("new"),
            )
        case "consent":
            about = " · ".join(filter(None, [details.get("channel"), details.get("topic")]))
            proof = {_("how"): details["method"]} if details.get("method") else {}
            return Row(
                "consent",
                entry.at,
                _("Consent: %(about)s") % {"about": about},
                _name(entry.actor),
                changed=True,
                old=_answer(details.get("old")),
                new=_answer(details.get("new") or ConsentStatus.NEVER.value),
                details=proof,
            )
        case "merge" | "unmerge":
            by = {_("by"): _name(entry.actor)}
            return Row(entry.kind, entry.at, entry.title, details=by)
        case kind:
            return Row(kind, entry.at, entry.title, _name(entry.actor))


def _event(entry: Entry) -> Row:
    details = entry.details
    amount, currency = details.get("amount"), details.get("currency") or ""
    properties = {
        name: value
        for name, value in (details.get("properties") or {}).items()
        if amount is None or name not in OF_THE_AMOUNT
    }
    return Row(
        "event",
        entry.at,
        entry.title,
        amount=None if amount is None else money.from_minor(amount, currency or "USD"),
        currency=currency,
        details=dict(list(properties.items())[:MOST_PROPERTIES]),
    )


def _name(actor: str) -> str:
    """`user:Ada` → `Ada`."""
    return actor.partition(":")[2] or actor


def _answer(status: str | None) -> str | None:
    return str(ConsentStatus(status).label) if status in ConsentStatus.values else status
