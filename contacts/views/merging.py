"""Merging one contact into another: find the other, compare side by side, choose, confirm; and take it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.problems import InvalidInput

from .. import duplicates, merging, selectors, services, values
from ..fields import Field, FieldType, writable
from ..models import AttributeHistory, Contact, Event
from ..services.merging import COMPANY
from . import presenting, side_by_side
from .contact import contact_or_404

MOST_FOUND = 10
MOST_COUNTED = 1_000_000


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def merge(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    contact = contact_or_404(contact_id)
    asked = request.POST if request.method == "POST" else request.GET
    other = _other(asked.get("with", ""), contact)
    problem = ""
    if request.method == "POST" and other is not None:
        take = side_by_side.taken(_keys(), request)
        try:
            services.merge_contacts(contact_id, other.pk, take=take, actor=actor_of(request))
        except InvalidInput as error:
            problem = " ".join(one.message for one in error.problems)
        else:
            said = _("%(other)s is part of %(contact)s now. You can undo this for %(days)s days.")
            shown = {"other": other, "contact": contact, "days": services.UNDO_WITHIN.days}
            messages.success(request, said % shown)
            return redirect("contacts:contact", contact_id)
    if other is None:
        return _search(request, contact, asked.get("with", ""))
    context = {
        "contact": contact,
        "other": other,
        "comparison": side_by_side.compare(_keys(), _value, contact, other, request),
        "moves": [(label, count) for label, count in _counts(other.pk) if count],
        "problem": problem,
        "days": services.UNDO_WITHIN.days,
    }
    return render(request, "contacts/merge.html", context, status=409 if problem else 200)


def _search(request: HttpRequest, contact: Contact, asked: str) -> HttpResponseBase:
    """Whom it might be: those who were found to be alike, or who answer to what was typed."""
    query = request.GET.get("q", "").strip()[:200].replace("\x00", "")
    pairs = duplicates.of_contact(contact.pk)[:MOST_FOUND]
    alike = {pair.second_id if pair.first_id == contact.pk else pair.first_id: pair.reasons for pair in pairs}
    people = Contact.objects.select_related("company")
    if query:
        found = list(
            selectors.search(people, query)
            .exclude(pk=contact.pk)
            .order_by("last_name", "first_name", "pk")[:MOST_FOUND]
        )
    else:
        known = people.in_bulk(list(alike))
        found = [known[pk] for pk in alike if pk in known]
    rows = [(one, [duplicates.LABELS[reason] for reason in alike.get(one.pk, [])]) for one in found]
    missing = bool(asked)
    context = {"contact": contact, "query": query, "rows": rows, "missing": missing}
    return render(request, "contacts/merge_search.html", context, status=404 if missing else 200)


def _other(written: str, contact: Contact) -> Contact | None:
    if not (written.isascii() and written.isdecimal()) or len(written) > 18 or int(written) == contact.pk:
        return None
    return Contact.objects.select_related("company").filter(pk=int(written)).first()


def _keys() -> Iterator[Field]:
    for field in writable(values.catalog()):
        yield field
        if field.key == "last_name":
            yield Field(COMPANY, _("Company"), "", FieldType.TEXT)


def _value(contact: Contact, field: Field) -> Any:
    return contact.company if field.key == COMPANY and not field.custom else presenting.value_of(contact, field)


def _counts(contact_id: int) -> Iterator[tuple[str, int]]:
    """What moves with the other one."""
    yield _("Events"), Event.objects.filter(contact_id=contact_id)[:MOST_COUNTED].count()
    yield _("Consents"), Contact.objects.get(pk=contact_id).consents.count()
    yield _("Recorded changes"), AttributeHistory.objects.filter(contact_id=contact_id).count()
    for step in merging.steps().values():
        yield from step.count(contact_id)


@require_POST
@role_required("marketer")
def unmerge(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    contact_or_404(contact_id)
    written = request.POST.get("with", "")
    merged_id = int(written) if written.isascii() and written.isdecimal() and len(written) <= 18 else None
    try:
        done = services.unmerge_contacts(contact_id, merged_id, actor=actor_of(request))
    except InvalidInput as error:
        messages.error(request, " ".join(one.message for one in error.problems))
        return redirect("contacts:contact", contact_id)
    said = _("%(restored)s and %(survivor)s are two contacts again.")
    messages.success(request, said % {"restored": done.restored, "survivor": done.survivor})
    if done.kept:
        labels = presenting.column_labels()
        names = dict.fromkeys(labels.get(one.key, one.key) for one in done.kept)
        said = _("These were changed since and stay with %(survivor)s: %(names)s.")
        messages.warning(request, said % {"survivor": done.survivor, "names": ", ".join(names)})
    return redirect("contacts:contact", contact_id)
