"""What is known about a contact or a company, changed in place, with what it was before.

A change is sent with the state of the value that it replaces. Where somebody else changed that value since, nothing is
saved: the control comes back with what was typed and with theirs, to choose between (409).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from crmseg.access.actors import actor_of
from crmseg.access.roles import has_role, role_required, signed_in
from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx, locking

from .. import histories, selectors, services
from ..forms import company_reference
from ..models import Company, Contact
from . import presenting, wording
from . import timeline as moments

Update = Callable[..., Any]


@dataclass(frozen=True)
class Subject:
    """Whose facts: where they are read, written and seen, and who may change them."""

    rows: QuerySet[Any]
    update: Update
    past: Callable[[int, str], list[histories.Change]]
    page: str
    role: str


CONTACT = Subject(
    Contact.objects.select_related("company"),
    services.update_contact,
    histories.of_contact,
    "contacts:contact",
    "sales",
)
COMPANY = Subject(Company.objects.all(), services.update_company, histories.of_company, "contacts:company", "marketer")


@require_http_methods(["GET", "POST"])
@role_required(CONTACT.role)
def fact(request: HttpRequest, contact_id: int, key: str) -> HttpResponseBase:
    """GET: the control, or with ?show the value again. POST: the new value, or its problem at the control."""
    return _fact(request, CONTACT, contact_id, key)


@require_http_methods(["GET", "POST"])
@role_required(COMPANY.role)
def company_fact(request: HttpRequest, company_id: int, key: str) -> HttpResponseBase:
    return _fact(request, COMPANY, company_id, key)


@require_GET
@signed_in
def history(request: HttpRequest, contact_id: int, key: str) -> HttpResponseBase:
    """What the attribute was before, the latest change first."""
    return _history(request, CONTACT, contact_id, key)


@require_GET
@signed_in
def company_history(request: HttpRequest, company_id: int, key: str) -> HttpResponseBase:
    return _history(request, COMPANY, company_id, key)


def _fact(request: HttpRequest, subject: Subject, pk: int, key: str) -> HttpResponseBase:
    shown = _found(subject.rows.filter(pk=pk).first(), key)
    if request.method == "POST":
        return _save(request, subject, shown)
    if "show" in request.GET:
        return _shown(request, subject, shown)
    return _edit(request, {"fact": shown, "written": shown.written, "seen": shown.state})


def _save(request: HttpRequest, subject: Subject, shown: presenting.Fact) -> HttpResponseBase:
    assert shown.of is not None
    pk, value, seen = shown.of.pk, presenting.sent_value(shown, request.POST), locking.seen_by(request)
    typed = value if shown.control in ("location", "checks") else request.POST.get("value", "")
    with transaction.atomic():
        now = _found(subject.rows.select_for_update(of=("self",), no_key=True).filter(pk=pk).first(), shown.key)
        if seen and seen != now.state:
            return _edit(request, _conflict(subject, now, typed), status=409)
        try:
            data = presenting.change(now, value)
            _write(subject.update, pk, data, actor_of(request))
        except InvalidInput as error:
            problem = " ".join(problem.message for problem in error.problems)
            return _edit(request, {"fact": now, "written": typed, "seen": seen, "problem": problem}, status=400)
    if not htmx.wants_part(request):
        return redirect(subject.page, pk)
    return moments.happened(_shown(request, subject, _found(subject.rows.filter(pk=pk).first(), shown.key)))


def _write(update: Update, pk: int, data: Mapping[str, Any], actor: Actor) -> None:
    # A refusal by the database must not end the transaction around.
    with transaction.atomic():
        update(pk, data=data, actor=actor)


def _conflict(subject: Subject, now: presenting.Fact, typed: Any) -> dict[str, Any]:
    assert now.of is not None
    latest = next(iter(subject.past(now.of.pk, now.key)), None)
    return {
        "fact": now,
        "written": typed,
        "seen": now.state,
        "theirs": now,
        "changed_by": wording.who(latest.actor) if latest else "",
        "changed_at": latest.at if latest else None,
    }


def _found(shown: Any, key: str) -> presenting.Fact:
    found = presenting.fact(shown, key) if shown is not None else None
    if found is None or found.field.derived:
        raise Http404
    return found


def _edit(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, "contacts/fact_edit.html", context, status=status)


def _shown(request: HttpRequest, subject: Subject, shown: presenting.Fact) -> HttpResponse:
    context = {"fact": shown, "may_change": has_role(request.user, subject.role), "after_edit": True}
    return render(request, "contacts/fact_shown.html", context)


def _history(request: HttpRequest, subject: Subject, pk: int, key: str) -> HttpResponseBase:
    shown = subject.rows.filter(pk=pk).first()
    found = presenting.fact(shown, key) if shown is not None else None
    if found is None:
        raise Http404
    changes = [
        (change, wording.value_said(found.field, change.old), wording.value_said(found.field, change.new))
        for change in subject.past(pk, key)
    ]
    context = {"fact": found, "changes": [(one, old, new, wording.who(one.actor)) for one, old, new in changes]}
    return render(request, "contacts/fact_history.html", context)


@require_http_methods(["GET", "POST"])
@role_required("sales")
def company(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The company of a contact, looked at, chosen anew or taken away."""
    contact = CONTACT.rows.filter(pk=contact_id).first()
    if contact is None:
        raise Http404
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
            context = {"contact": CONTACT.rows.get(pk=contact_id), "was_changed": True}
    elif contact.company:
        context["written"] = contact.company.domain or contact.company.name or ""
    context["colleagues"] = selectors.colleagues(context["contact"])[:5]
    answer = render(request, "contacts/company_card.html", context, status=status)
    return moments.happened(answer) if "was_changed" in context else answer
