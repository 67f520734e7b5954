"""What lists show elsewhere: on a contact's page and timeline, in filters, in the search, on the home page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts import filters, panels, timeline
from contacts.models import Company, Contact
from crmseg.common.problems import InvalidInput, Problem
from crmseg.web import panels as shell

from . import selectors
from .models import LedgerEntry, Membership, Pin, Segment

MOST_LISTS = 500
LARGEST_OF_A_COMPANY = 12


def connect() -> None:
    panels.register("lists", lists_of)
    panels.register_of_company("lists", lists_of_company)
    timeline.register("list", moments_of)
    panels.register_deletion_note(note_deletion)
    filters.register("segment", only_members, choices, condition=membership)
    shell.register_finder(shell.Finder(gettext_lazy("Lists"), "filter", find))
    shell.register_freshness(selectors.fresh_as_of)
    shell.register_home(
        shell.HomeNumber(40, gettext_lazy("Lists"), Segment.unarchived.count, "segments:list", hint=building),
    )


def lists_of(contact: Contact) -> dict[str, Any]:
    """Every list the contact is in, since when, what each team should know, and where a pin decides."""
    pins = {pin.segment_id: pin for pin in selectors.pins_of(contact.pk)}
    active = Segment.unarchived.filter(kind=Segment.Kind.ACTIVE).order_by("name")
    why = f"?contact={contact.pk}#explain-title"
    return {
        "contact": contact.pk,
        "pin_url": reverse("segments:pin_contact"),
        "explain_url": reverse("segments:explain_contact"),
        "active": list(active.values_list("pk", "name")[:MOST_LISTS]),
        "pinned_out": [pin for pin in pins.values() if pin.direction == Pin.Direction.OUT],
        "lists": [
            {
                "id": membership.segment_id,
                "name": membership.segment.name,
                "url": reverse("segments:segment", args=[membership.segment_id]),
                "why_url": f"{reverse('segments:explain', args=[membership.segment_id])}{why}",
                "kind": membership.segment.get_kind_display(),
                "entered_at": membership.entered_at,
                "pin": pins.get(membership.segment_id),
                "note_marketing": membership.segment.note_marketing,
                "note_sales": membership.segment.note_sales,
                "note_service": membership.segment.note_service,
            }
            for membership in selectors.memberships_of(contact.pk)
        ],
    }


def lists_of_company(company: Company) -> dict[str, Any] | None:
    """The lists that most people of the company are in, and how many of them."""
    people = Contact.objects.filter(company=company).values("pk")
    rows = Membership.objects.filter(contact_id__in=people, segment__archived_at=None)
    counted = (
        rows.values_list("segment_id", "segment__name").annotate(people=Count("pk")).order_by("-people", "segment_id")
    )
    found = [
        {"name": name, "url": reverse("segments:segment", args=[pk]), "people": count}
        for pk, name, count in counted[:LARGEST_OF_A_COMPANY]
    ]
    return {"lists": found} if found else None


def moments_of(contact_id: int, before: timeline.Position | None, limit: int) -> Iterable[timeline.Entry]:
    """Entries and exits, on the timeline of a contact."""
    rows = LedgerEntry.objects.filter(contact_id=contact_id)
    shown = list(timeline.earlier(rows, "list", before, limit))
    names = dict(Segment.objects.filter(pk__in={entry.segment_id for entry in shown}).values_list("pk", "name"))
    for entry in shown:
        details = {"segment": entry.segment_id, "change": entry.change, "cause": entry.cause}
        yield timeline.Entry("list", entry.at, entry.pk, _moved(entry, names), details=details)


def _moved(entry: LedgerEntry, names: dict[int, str]) -> str:
    name = names.get(entry.segment_id) or _("a deleted list")
    said = _("Entered “%(list)s”") if entry.change == LedgerEntry.Change.ENTERED else _("Left “%(list)s”")
    return said % {"list": name}


def note_deletion(contact: Contact) -> str | None:
    count = Membership.objects.filter(contact_id=contact.pk).count()
    return ngettext("Leaves %(n)s list.", "Leaves %(n)s lists.", count) % {"n": count} if count else None


def only_members(contacts: QuerySet[Contact], value: str) -> QuerySet[Contact]:
    return contacts.filter(pk__in=_members(value).values("contact_id"))


def membership(value: str) -> filters.Narrowing:
    """The same for the table: the members of a small list are named, for no index finds the newest of them."""
    contacts = _members(value).values("contact_id")
    few = list(contacts.order_by("contact_id").values_list("contact_id", flat=True)[: filters.FEW + 1])
    return filters.narrowing(few, Q(pk__in=contacts))


def _members(value: str) -> QuerySet[Membership]:
    if not value.isdecimal() or len(value) > 18 or not Segment.unarchived.filter(pk=int(value)).exists():
        raise InvalidInput([Problem("/segment", _("There is no such list."))])
    return Membership.objects.filter(segment=int(value))


def choices() -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in Segment.unarchived.order_by("name").values_list("pk", "name")]


def find(query: str, limit: int) -> list[shell.Hit]:
    found = Segment.unarchived.filter(name__icontains=query).order_by("name")[:limit]
    return [
        shell.Hit(one.name, reverse("segments:segment", args=[one.pk]), str(one.get_kind_display())) for one in found
    ]


def building() -> str:
    """How many lists are not live yet, where some are not."""
    count = Segment.objects.filter(state=Segment.State.BUILDING).count()
    return ngettext("%(n)s building", "%(n)s building", count) % {"n": count} if count else ""
