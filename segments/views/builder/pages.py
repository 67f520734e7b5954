"""The builder's page and the parts of it that the browser asks for while somebody builds."""

from __future__ import annotations

import json as standard
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contacts import saved_views
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common import json
from crmseg.common.problems import InvalidInput, Problem
from crmseg.web.htmx import go
from crmseg.web.locking import ChangedMeanwhile
from segments import catalogue as catalogues
from segments import services
from segments.forms import NewListForm
from segments.models import Segment

from .. import impact
from . import answers, asked, conflicts, rows
from .details import asker
from .draft import Draft
from .encode import empty, encode
from .picker import picker


@require_GET
@role_required("marketer")
def new(request: HttpRequest) -> HttpResponse:
    """With `?filter=`, from what the contacts table was filtered by; nothing of it is saved yet."""
    details = request.GET.dict()
    token = str(details.pop("filter", ""))
    root = encode(saved_views.definition_of(token), catalogues.current()) if token else empty()
    return _page(request, root, {"form": NewListForm(initial=details)})


@require_GET
@role_required("marketer")
def edit(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=segment_id)
    known = catalogues.current()
    root = encode(segment.definition, known) if segment.definition else empty()
    return _page(request, root, {"segment": segment})


def begun(request: HttpRequest, definition: dict[str, Any], details: dict[str, str]) -> HttpResponse:
    """The page of a new list that somebody else began: nothing of it is saved yet."""
    return _page(request, encode(definition, catalogues.current()), {"form": NewListForm(initial=details)})


def _page(request: HttpRequest, root: Draft, context: dict[str, Any]) -> HttpResponse:
    segment = context.get("segment")
    context |= builder(root, segment) | {"form_url": _about(segment, "segments:save")}
    return render(request, "segments/builder/page.html", context)


def builder(root: Draft, segment: Segment | None = None) -> dict[str, Any]:
    """The context of `embedded.html`, apart from where the finished rows go."""
    known = catalogues.current()
    return {
        "rows": rows.render(root, known),
        "blanks": rows.blanks(known),
        "picker": picker(known, segment),
        "preview_url": _about(segment, "segments:preview"),
        "details_url": _about(segment, "segments:details"),
        "branch_lists": sorted(
            ((one.id, one.name) for one in known.segments.values()), key=lambda one: one[1].casefold()
        ),
        "has_raw": any(draft.kind == "raw" for draft in root.walk()),
    }


@require_POST
@signed_in
def row(request: HttpRequest) -> HttpResponse:
    """One row anew, with the controls that its property and its operator need."""
    try:
        draft = asked.read_draft(request, "row")
    except InvalidInput as error:
        return HttpResponse(str(error), status=406, content_type="text/plain")  # not swapped in: the row stays
    inside = "where" if draft.kind == "where" or request.POST.get("inside") == "where" else ""
    return HttpResponse(rows.render(draft, catalogues.current(), depth=1, inside=inside))


@require_POST
@signed_in
def all_rows(request: HttpRequest) -> HttpResponse:
    """The rows of a kept draft, or of a definition written as JSON."""
    known = catalogues.current()
    given = asked.read(request, known)
    if given.as_text and given.tree:
        return HttpResponse(rows.render(encode(given.definition, known), known))
    if given.draft:
        return HttpResponse(rows.render(given.draft, known))
    response = render(request, "segments/builder/answer.html", {"remarks": given.problems}, status=422)
    response["HX-Retarget"], response["HX-Reswap"] = "#preview", "innerHTML"
    return response


@require_POST
@signed_in
def as_json(request: HttpRequest) -> JsonResponse:
    """The finished rows as JSON, for people to read and change."""
    given = asked.read(request, catalogues.current())
    definition = given.definition if given.tree else given.decoded.definition or {"all": []}
    text = standard.dumps(standard.loads(json.dumps(definition)), indent=2, ensure_ascii=False)
    return JsonResponse({"text": text})


@require_POST
@signed_in
def preview(request: HttpRequest, segment_id: int | None = None) -> HttpResponse:
    """Who would be in this list? Asked after every change."""
    segment = None if segment_id is None else get_object_or_404(Segment, pk=segment_id)
    known = catalogues.current()
    given = asked.read(request, known, reader_of=segment_id)
    shown = answers.answer(given, known, segment, asker(request, "count"))
    return render(request, "segments/builder/answer.html", shown | {"newer": conflicts.newer(request, segment)})


@require_POST
@role_required("marketer")
def save(request: HttpRequest, segment_id: int | None = None) -> HttpResponseBase:
    """Save the definition: a new list, or a new version after its impact was seen.

    The page stays, with all that is in it, until that worked.
    """
    segment = None if segment_id is None else get_object_or_404(Segment, pk=segment_id)
    known = catalogues.current()
    given = asked.read(request, known, reader_of=segment_id)
    remarks = asked.unfinished_remarks(given)
    form = NewListForm(request.POST) if segment is None else None
    if form is not None and not form.is_valid():
        remarks += [asked.Remark("", str(error)) for errors in form.errors.values() for error in errors]
    if given.problems or remarks:
        return _refused(request, given, remarks)
    try:
        if form is not None:
            details = {name: value for name, value in form.cleaned_data.items() if value}
            saved = services.create_segment(
                kind=Segment.Kind.ACTIVE, definition=given.definition, actor=actor_of(request), **details
            )
        else:
            assert segment is not None
            conflicts.refuse_unseen(request, segment)
            if "confirmed" not in request.POST:
                return impact.dialog(request, segment, given.definition, saving=True)
            saved = _save_version(request, segment, given.definition)
    except ChangedMeanwhile:
        assert segment is not None
        return conflicts.dialog(request, segment, given.definition, known)
    except InvalidInput as error:
        return _refused(request, given, given.place(_within_definition(error)))
    messages.success(request, _("Saved. “%(name)s” is being built.") % {"name": saved.name})
    return go(request, reverse("segments:segment", args=[saved.pk]))


def _save_version(request: HttpRequest, segment: Segment, definition: dict[str, Any]) -> Segment:
    reason, quiet = request.POST.get("reason", "").strip()[:1000], "quiet" in request.POST
    with services.editing():
        conflicts.refuse_unseen(request, Segment.objects.select_for_update(no_key=True).get(pk=segment.pk))
        return services.update_segment(
            segment.pk, definition=definition, reason=reason, quiet=quiet, actor=actor_of(request)
        )


def _within_definition(error: InvalidInput) -> list[Problem]:
    return [Problem(problem.pointer.removeprefix("/definition"), problem.message) for problem in error.problems]


def _refused(request: HttpRequest, given: asked.Asked, remarks: list[asked.Remark]) -> HttpResponse:
    return render(request, "segments/builder/answer.html", answers.refused(given, remarks), status=422)


def _about(segment: Segment | None, name: str) -> str:
    return reverse(name) if segment is None else reverse(name, args=[segment.pk])
