"""What people should know about a list, how it is renewed, and how long a change must hold before it counts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web.problems import add_to_form
from segments import services
from segments.forms import DelaysForm, SettingsForm, SnapshotForm
from segments.models import Segment

from .shared import segment_of, shared


@require_http_methods(["GET", "POST"])
@signed_in
def about(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    """Those who may, change it here."""
    segment = segment_of(segment_id)
    if request.method == "POST":
        return _save(request, segment)
    return _page(request, segment, SettingsForm(instance=segment), _second_form(segment, None))


@role_required("marketer")
def _save(request: HttpRequest, segment: Segment) -> HttpResponseBase:
    form = SettingsForm(request.POST, instance=Segment.objects.get(pk=segment.pk))
    second = _second_form(segment, request.POST)
    if form.is_valid() & second.is_valid():
        details = dict(form.details()) | second.details()
        try:
            services.update_segment(segment.pk, actor=actor_of(request), **details)
        except InvalidInput as error:
            add_to_form(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("segments:about", segment.pk)
    return _page(request, segment, form, second, status=422)


def _second_form(segment: Segment, given: Any) -> SnapshotForm | DelaysForm:
    """Snapshots are of static lists, delays of active ones."""
    if segment.kind == Segment.Kind.ACTIVE:
        return DelaysForm(given, initial=DelaysForm.initial_of(segment))
    every = segment.snapshot_every
    form = SnapshotForm(given, initial={"source": segment.snapshot_of_id, "renew": str(every.days) if every else ""})
    form.fields["source"].queryset = Segment.unarchived.exclude(pk=segment.pk).order_by("name")  # type: ignore[attr-defined]
    return form


def _page(
    request: HttpRequest, segment: Segment, form: SettingsForm, second: forms.Form, status: int = 200
) -> HttpResponse:
    context = shared(request, segment) | {"form": form, "second": second, "tab": "about"}
    context["purpose"] = [form[name] for name in ("name", "description", "goal", "target_metric", "persona")]
    context["notes"] = [form[name] for name in ("note_marketing", "note_sales", "note_service")]
    return render(request, "segments/about.html", context, status=status)
