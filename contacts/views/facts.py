"""What is known about one contact, changed in place: an attribute, her company, a consent."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx, problems

from .. import selectors, services
from ..forms import ConsentForm, company_reference
from ..models import Contact
from . import presenting


def _contact(contact_id: int) -> Contact:
    contact = Contact.objects.select_related("company").filter(pk=contact_id).first()
    if contact is None:
        raise Http404
    return contact


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def fact(request: HttpRequest, contact_id: int, key: str) -> HttpResponseBase:
    """GET: the control, or with ?show the value again. POST: the new value, or its problem at the control."""
    contact = _contact(contact_id)
    shown = presenting.fact(contact, key)
    if shown is None or shown.field.derived:
        raise Http404
    context: dict[str, Any] = {"contact": contact, "fact": shown, "written": shown.written}
    if request.method == "POST":
        value = presenting.sent_value(shown, request.POST)
        try:
            data = presenting.change(shown, value)
            contact = services.update_contact(contact_id, data=data, actor=actor_of(request))
        except InvalidInput as error:
            context |= {"problem": " ".join(p.message for p in error.problems), "written": request.POST.get("value")}
            if shown.control == "location":
                context["written"] = value
            return render(request, "contacts/fact_edit.html", context, status=400)
        if not htmx.wants_part(request):
            return redirect("contacts:contact", contact_id)
        changed = presenting.fact(_contact(contact_id), key)
        return render(request, "contacts/fact_shown.html", {"contact": contact, "fact": changed, "after_edit": True})
    if "show" in request.GET:
        return render(request, "contacts/fact_shown.html", {**context, "after_edit": True})
    return render(request, "contacts/fact_edit.html", context)


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def company(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    contact = _contact(contact_id)
    context: dict[str, Any] = {"contact": contact, "editing_company": "show" not in request.GET}
    status = 200
    if request.method == "POST":
        written = request.POST.get("company", "").strip()
        data = {"company": company_reference(written) if written else None}
        try:
            services.update_contact(contact_id, data=data, actor=actor_of(request))
        except InvalidInput as error:
            context |= {"written": written, "problem": " ".join(p.message for p in error.problems)}
            status = 400
        else:
            if not htmx.wants_part(request):
                return redirect("contacts:contact", contact_id)
            context = {"contact": _contact(contact_id)}
    elif contact.company:
        context["written"] = contact.company.domain or contact.company.name or ""
    context["colleagues"] = selectors.colleagues(context["contact"])[:5]
    return render(request, "contacts/company_card.html", context, status=status)


@require_POST
@role_required("marketer")
def consent(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    contact = _contact(contact_id)
    form = ConsentForm(request.POST)
    if form.is_valid():
        answer = form.cleaned_data
        try:
            services.set_consent(
                [contact_id],
                channel=answer["channel"],
                topic=answer["topic"],
                status=answer["status"],
                method=answer["method"],
                text_shown=answer["text_shown"] or None,
                actor=actor_of(request),
            )
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            if not htmx.wants_part(request):
                return redirect("contacts:contact", contact_id)
            form = ConsentForm()
    context = {
        "contact": contact,
        "consents": contact.consents.order_by("channel", "topic"),
        "consent_form": form,
    }
    return render(request, "contacts/consent.html", context, status=400 if form.errors else 200)
