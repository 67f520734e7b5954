"""What a contact may ask of us: everything that is kept about her, and to be forgotten."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from crmseg.access import audit
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common import clock, json
from crmseg.web import formats

from .. import panels, privacy
from ..models import Consent, Contact, Event, Note

MOST_COUNTED = 100_000


@require_GET
@role_required("service")
def export(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Everything, as a file for her. Who gave it out is in the audit log."""
    contact = _contact(contact_id)
    answer = HttpResponse(json.dumps(privacy.export_contact(contact)), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="contact-{contact.pk}-{clock.now():%Y-%m-%d}.json"'
    audit.record(actor_of(request), "exported", contact)
    return answer


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def erase(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """GET asks, and says what it touches and what stays as a number."""
    contact = _contact(contact_id)
    if request.method == "POST":
        try:
            privacy.erase_contact(contact_id, actor=actor_of(request))
        except Contact.DoesNotExist:  # by somebody else, in this moment
            raise Http404 from None
        messages.success(request, _("Contact %(id)s was erased.") % {"id": contact_id})
        return redirect("contacts:list")
    context = {
        "contact": contact,
        "goes": [*_counted(contact), *panels.deletion_notes(contact)],
        "stays": privacy.staying(contact),
    }
    return render(request, "contacts/erase.html", context)


def _contact(contact_id: int) -> Contact:
    contact = Contact.objects.select_related("company").filter(pk=contact_id).first()
    if contact is None:
        raise Http404
    return contact


def _counted(contact: Contact) -> list[str]:
    events = Event.objects.filter(contact_id=contact.pk)[:MOST_COUNTED].count()
    consents = Consent.objects.filter(contact_id=contact.pk).count()
    notes = Note.objects.filter(contact_id=contact.pk).count()
    said = [
        (ngettext("%(n)s event", "%(n)s events", events), events),
        (ngettext("%(n)s consent", "%(n)s consents", consents), consents),
        (ngettext("%(n)s note", "%(n)s notes", notes), notes),
    ]
    return [sentence % {"n": formats.number(count)} for sentence, count in said if count]
