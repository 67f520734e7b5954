"""Another type for an attribute: tried first, then done, undone, and what was lost as a file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import Conflict, InvalidInput
from crmseg.web import formats

from .. import attribute_jobs, filling, services
from ..attribute_forms import TYPE_NAMES, RetypeForm
from ..fields import FieldType
from ..lost_csv import lost_csv
from ..models import AttributeDefinition, Retyping
from ..services.attributes import WITH_OPTIONS
from ..trial import try_type
from .attribute_shared import definition_or_404, in_background, show_problems


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def change_type(request: HttpRequest, entity: str, key: str) -> HttpResponseBase:
    """GET with a type tries it and says what would happen; POST does it."""
    definition = definition_or_404(entity, key)
    given = request.POST if request.method == "POST" else request.GET
    form = RetypeForm(given if "type" in given else None, initial={"type": definition.type, "only_whole": True})
    context: dict[str, Any] = {
        "definition": definition,
        "form": form,
        "type_name": TYPE_NAMES[FieldType(definition.type)],
    }
    if form.is_bound and form.is_valid():
        type_, options = FieldType(form.cleaned_data["type"]), form.cleaned_data["options"]
        if type_ not in WITH_OPTIONS:
            options = []
        if request.method == "POST":
            try:
                return _retype(request, definition, type_, options, form.cleaned_data["only_whole"])
            except InvalidInput as error:
                show_problems(form, error)
        context["trial"] = try_type(definition, type_, options)
        context["new_type_name"] = TYPE_NAMES[type_]
    return render(request, "attributes/change_type.html", context, status=400 if form.errors else 200)


def _retype(
    request: HttpRequest, definition: AttributeDefinition, type_: FieldType, options: list[str], only_whole: bool
) -> HttpResponseBase:
    known = filling.fill_of(definition.entity, definition.key).known.get(definition.key) or 0
    if known > attribute_jobs.AT_ONCE:
        params = {"type": type_.value, "options": options, "only_whole": only_whole}
        return in_background(request, attribute_jobs.RETYPE, definition, params)
    made = services.retype_attribute(
        definition.pk, type_=type_, options=options, only_whole=only_whole, actor=actor_of(request)
    )
    said = _("“%(name)s” is now of the type “%(type)s”.") % {"name": definition.label, "type": TYPE_NAMES[type_]}
    messages.success(request, f"{said} {_kept(made)}")
    return redirect("contacts:attribute", definition.entity, definition.key)


def _kept(made: Retyping) -> str:
    if not made.lost:
        return _("Every value was kept.")
    return ngettext(
        "%(shown)s value could not be kept: it is in a file on this page.",
        "%(shown)s values could not be kept: they are in a file on this page.",
        made.lost,
    ) % {"shown": formats.number(made.lost)}


def _retyping_or_404(entity: str, key: str, retyping_id: int) -> Retyping:
    found = Retyping.objects.filter(pk=retyping_id, definition=definition_or_404(entity, key)).first()
    if found is None:
        raise Http404
    return found


@require_POST
@role_required("marketer")
def undo_type(request: HttpRequest, entity: str, key: str, retyping_id: int) -> HttpResponseBase:
    held = _retyping_or_404(entity, key, retyping_id)
    try:
        restored = services.undo_retyping(held.pk, actor=actor_of(request))
    except Conflict as error:
        messages.error(request, " ".join(problem.message for problem in error.problems))
    else:
        said = ngettext("%(shown)s value is as it was.", "%(shown)s values are as they were.", restored)
        messages.success(request, said % {"shown": formats.number(restored)})
    return redirect("contacts:attribute", entity, key)


@require_GET
@signed_in
def lost(request: HttpRequest, entity: str, key: str, retyping_id: int) -> HttpResponseBase:
    """What could not be kept, with whose it was."""
    held = _retyping_or_404(entity, key, retyping_id)
    response = StreamingHttpResponse(lost_csv(held), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="lost-{key}-{held.at:%Y-%m-%d}.csv"'
    return response
