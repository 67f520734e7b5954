"""The attributes of contacts and companies: how many know each, what values they have, and who reads them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.models import AuditEntry
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import Conflict, InvalidInput
from crmseg.web import htmx

from .. import attribute_jobs, behind, filling, reading, services, values
from ..attribute_forms import TYPE_NAMES, AttributeForm, NewAttributeForm
from ..distribution import Bar, distribution
from ..fields import Field, FieldType
from ..reading import Use
from ..saved_views import keep_filter
from ..services.attributes import WITH_OPTIONS
from ..services.retyping import why_not_undo
from .attribute_shared import definition_or_404, field_or_404, in_background, show_problems

HISTORY = 30


@dataclass(frozen=True)
class Row:
    field: Field
    entity: str
    known: int | None
    total: int
    uses: list[Use]

    @property
    def type_name(self) -> str:
        return str(TYPE_NAMES[self.field.type])

    @property
    def list_count(self) -> int:
        return sum(use.kind == "list" for use in self.uses)

    @property
    def campaign_count(self) -> int:
        return sum(use.kind == "campaign" for use in self.uses)


@require_GET
@signed_in
def table(request: HttpRequest) -> HttpResponseBase:
    """Grouped, one's own groups first; searched by label and key."""
    entity = "company" if request.GET.get("of") == "company" else "contact"
    query = request.GET.get("q", "").strip()[:200]
    fill = filling.fill(entity)
    fields = [field for field in values.catalog(entity).values() if _matches(field, query)]
    used = reading.uses([reading.attribute_key(entity, field.key) for field in fields])
    rows = [
        Row(field, entity, fill.known.get(field.key), fill.total, used[reading.attribute_key(entity, field.key)])
        for field in fields
    ]
    # One's own first: what the product brings is looked for less often.
    rows.sort(key=lambda row: not row.field.custom)
    order = {str(row.field.group): place for place, row in reversed(list(enumerate(rows)))}
    rows.sort(key=lambda row: order[str(row.field.group)])
    context = {
        "groups": [(name, list(found)) for name, found in groupby(rows, key=lambda row: str(row.field.group))],
        "entity": entity,
        "entities": [("contact", _("Contacts")), ("company", _("Companies"))],
        "query": query,
        "fill": fill,
        "has_custom": any(row.field.custom for row in rows),
    }
    return htmx.varying(render(request, "attributes/table.html", context))


def _matches(field: Field, query: str) -> bool:
    return query.casefold() in str(field.label).casefold() or query.casefold() in field.key.casefold()


@require_GET
@signed_in
def page(request: HttpRequest, entity: str, key: str) -> HttpResponseBase:
    field = field_or_404(entity, key)
    fill = filling.fill_of(entity, key)
    read_by = reading.attribute_key(entity, key)
    uses = reading.uses([read_by])[read_by]
    definition = definition_or_404(entity, key) if field.custom else None
    context: dict[str, Any] = {
        "field": field,
        "entity": entity,
        "type_name": TYPE_NAMES[field.type],
        "fill": fill,
        "known": fill.known.get(key),
        "uses": uses,
        "lists": [use for use in uses if use.kind == "list"],
        "delete_lines": [
            _("The campaign “%(name)s” names it.") % {"name": u.name} for u in uses if u.kind == "campaign"
        ],
        "values": distribution(field, entity),
        "definition": definition,
    }
    if definition:
        entries = AuditEntry.objects.filter(object_type="attributedefinition", object_id=str(definition.pk))
        context["history"] = [(entry, entry.actor.partition(":")[2]) for entry in entries.order_by("-id")[:HISTORY]]
        context["retypings"] = [
            {
                "made": made,
                "former": TYPE_NAMES[FieldType(made.former_type)],
                "present": TYPE_NAMES[FieldType(made.present_type)],
                "may_undo": not why_not_undo(made),
            }
            for made in definition.retypings.order_by("-pk")[:5]
        ]
    return render(request, "attributes/attribute.html", context)


@require_GET
@signed_in
def chart(request: HttpRequest, entity: str, key: str) -> JsonResponse:
    field = field_or_404(entity, key)
    found = distribution(field, entity)
    labels = _spans(found.bars) if found.kind == "histogram" else [bar.label for bar in found.bars]
    series = [
        {"name": _("Companies") if entity == "company" else _("Contacts"), "values": [b.count for b in found.bars]}
    ]
    kind = "share" if found.kind == "values" else "bars"
    return JsonResponse({"kind": kind, "labels": labels, "series": series})


def _spans(bars: list[Bar]) -> list[str]:
    """`0–100`, `100–200`, `≥ 200`."""
    starts = [bar.label for bar in bars]
    return [*(f"{low}–{high}" for low, high in pairwise(starts)), *(f"≥ {last}" for last in starts[-1:])]


@require_GET
@signed_in
def people(request: HttpRequest, entity: str, key: str) -> HttpResponseBase:
    """To the contacts behind a number: those with this value, with any, or with none."""
    field = field_or_404(entity, key)
    asked = behind.having(field, entity, request.GET.get("value", ""), request.GET.get("known", ""))
    return redirect(f"{reverse('contacts:list')}?filter={keep_filter(asked)}")


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def new(request: HttpRequest) -> HttpResponseBase:
    form = NewAttributeForm(request.POST or None, initial={"entity": request.GET.get("of", "contact")})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_attribute(data=form.data_for_service(), actor=actor_of(request))
        except InvalidInput as error:
            show_problems(form, error)
        else:
            messages.success(request, _("“%(name)s” was made.") % {"name": made.label})
            return redirect("contacts:attribute", made.entity, made.key)
    return render(request, "attributes/edit.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def edit(request: HttpRequest, entity: str, key: str) -> HttpResponseBase:
    definition = definition_or_404(entity, key)
    held = {name: getattr(definition, name) for name in AttributeForm.base_fields}
    form = AttributeForm(request.POST if request.method == "POST" else None, initial=held)
    if FieldType(definition.type) not in WITH_OPTIONS:
        del form.fields["options"]
    if request.method == "POST" and form.is_valid():
        try:
            services.update_attribute(definition.pk, data=form.data_for_service(), actor=actor_of(request))
        except InvalidInput as error:
            show_problems(form, error)
        else:
            messages.success(request, _("The changes were saved."))
            return redirect("contacts:attribute", entity, key)
    context = {"form": form, "definition": definition}
    return render(request, "attributes/edit.html", context, status=400 if form.errors else 200)


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, entity: str, key: str) -> HttpResponseBase:
    definition = definition_or_404(entity, key)
    if (filling.fill_of(entity, key).known.get(key) or 0) > attribute_jobs.AT_ONCE:
        return in_background(request, attribute_jobs.DELETE, definition, {})
    try:
        services.delete_attribute(definition.pk, actor=actor_of(request))
    except Conflict as error:
        messages.error(request, " ".join(problem.message for problem in error.problems))
        return redirect("contacts:attribute", entity, key)
    messages.success(request, _("“%(name)s” and its values were deleted.") % {"name": definition.label})
    return redirect("contacts:attributes")
