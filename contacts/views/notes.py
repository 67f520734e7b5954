"""Notes on a contact's page: written by anybody who serves her, changed by who wrote them, or by a marketer."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from crmseg.access.actors import actor_of, person_of
from crmseg.access.roles import has_role, role_required
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx, locking

from .. import services
from ..models import Contact, Note
from . import timeline as moments
from . import wording

SHOWN = 5


def card(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """What the card shows: the latest notes, and whether there are more."""
    found = list(contact.notes.order_by("-created_at", "-pk")[: SHOWN + 1])
    return {"contact": contact, "notes": [_row(request, note) for note in found[:SHOWN]], "more_notes": found[SHOWN:]}


def _row(request: HttpRequest, note: Note) -> dict[str, Any]:
    return {"note": note, "who": wording.who(note.author), "may_change": _may_change(request, note)}


def _may_change(request: HttpRequest, note: Note) -> bool:
    if has_role(request.user, "marketer"):
        return True
    return has_role(request.user, "service") and note.user_id == person_of(request).pk


@require_POST
@role_required("service")
def add(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None:
        raise Http404
    written, problem = request.POST.get("text", ""), ""
    try:
        services.add_note(contact_id, text=written, actor=actor_of(request))
    except InvalidInput as error:
        problem = error.problems[0].message
    else:
        written = ""
        if not htmx.wants_part(request):
            return redirect("contacts:contact", contact_id)
    context = card(request, contact) | {"written": written, "note_problem": problem, "after_note": not problem}
    answer = render(request, "contacts/notes.html", context, status=400 if problem else 200)
    return answer if problem else moments.happened(answer)


@require_http_methods(["GET", "POST"])
@role_required("service")
def note(request: HttpRequest, contact_id: int, note_id: int) -> HttpResponseBase:
    """GET: the control, or with ?show the note again. POST: the new text."""
    found = _note(request, contact_id, note_id)
    if request.method == "GET":
        return _shown(request, found) if "show" in request.GET else _edit(request, found)
    written = request.POST.get("text", "")
    with transaction.atomic():
        now = Note.objects.select_for_update(of=("self",)).get(pk=found.pk)
        seen, state = locking.seen_by(request), locking.state_of(now)
        if seen and seen != state:
            return _edit(request, now, status=409, written=written, theirs=now.text)
        try:
            found = services.edit_note(found.pk, text=written, actor=actor_of(request))
        except InvalidInput as error:
            return _edit(request, now, status=400, written=written, problem=error.problems[0].message)
    if not htmx.wants_part(request):
        return redirect("contacts:contact", contact_id)
    return moments.happened(_shown(request, found))


@require_http_methods(["GET", "POST"])
@role_required("service")
def delete(request: HttpRequest, contact_id: int, note_id: int) -> HttpResponseBase:
    """GET asks in place."""
    found = _note(request, contact_id, note_id)
    if request.method == "GET":
        return render(request, "contacts/note_delete.html", {"contact": found.contact, "note": found})
    services.delete_note(found.pk, actor=actor_of(request))
    if not htmx.wants_part(request):
        return redirect("contacts:contact", contact_id)
    return moments.happened(render(request, "contacts/notes.html", card(request, found.contact) | {"after_note": True}))


def _note(request: HttpRequest, contact_id: int, note_id: int) -> Note:
    found = Note.objects.select_related("contact").filter(pk=note_id, contact=contact_id).first()
    if found is None:
        raise Http404
    if not _may_change(request, found):
        raise PermissionDenied
    return found


def _shown(request: HttpRequest, found: Note) -> HttpResponse:
    context = {"contact": found.contact, "row": _row(request, found), "after_note": True}
    return render(request, "contacts/note.html", context)


def _edit(request: HttpRequest, found: Note, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {"contact": found.contact, "note": found, "written": found.text, "seen": locking.state_of(found)}
    return render(request, "contacts/note_edit.html", context | more, status=status)
