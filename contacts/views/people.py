"""The contacts of the table as a file, and a new contact."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from crmseg.access import audit
from crmseg.access.actors import actor_of, person_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common import clock
from crmseg.common.problems import InvalidInput
from crmseg.web import problems

from .. import selection, services
from ..export import COMPUTED, contacts_csv
from ..forms import ContactForm
from ..models import Contact
from . import columns


@require_GET
@signed_in
def export(request: HttpRequest) -> HttpResponseBase:
    """Those whom the table shows at the same address, with all that is known of them, and what is worked out of them
    where the table shows it."""
    rows = selection.chosen(None, request.GET.urlencode(), person_of(request))
    audit.record(actor_of(request), "exported", Contact(), {"contacts": request.GET.urlencode()})
    layout = columns.placed(request.GET.get("columns", ""), columns.catalogue("contacts"), "contacts")
    worked_out = [one.column.key for one in layout if one.column.key.startswith(COMPUTED)]
    response = StreamingHttpResponse(contacts_csv(rows, worked_out=worked_out), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="contacts-{clock.now():%Y-%m-%d}.csv"'
    return response


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def new(request: HttpRequest) -> HttpResponseBase:
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            contact = services.create_contact(data=form.data_for_service(), actor=actor_of(request))
        except InvalidInput as error:
            problems.add_to_form(form, error, {"consent.email.method": "method", "consent.email": "consent"})
        else:
            messages.success(request, _("%(contact)s was added.") % {"contact": contact})
            return redirect("contacts:contact", contact.pk)
    return render(request, "contacts/new.html", {"form": form}, status=400 if form.errors else 200)
