"""What people should know about a list, what it is to reach, how it is renewed, and how long a change must hold before
it counts. Two who change it at once are told of each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crmseg.access.actors import actor_of
from crmseg.access.models import AuditEntry
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web import locking
from crmseg.web.problems import add_to_form
from segments import catalogue, services
from segments.forms import DelaysForm, SettingsForm, SnapshotForm, TargetForm
from segments.insights import targets
from segments.models import Segment, Target
from segments.services.targets import clear_target, set_target

from .shared import segment_of, shared, who

_WRITTEN = (*SettingsForm.Meta.fields, "snapshot_of", "snapshot_every", "entry_delay", "exit_delay")
"""What the page shows of the list: of all that a build may touch meanwhile, it writes nothing else."""


@dataclass
class Forms:
    """The parts of the page, saved together or not at all."""

    settings: SettingsForm
    second: SnapshotForm | DelaysForm
    target: TargetForm

    def are_valid(self) -> bool:
        return self.settings.is_valid() & self.second.is_valid() & self.target.is_valid()


@require_http_methods(["GET", "POST"])
@signed_in
def about(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    """Those who may, change it here."""
    segment = segment_of(segment_id)
    if request.method == "POST":
        return _save(request, segment)
    return _page(request, segment, _forms(segment, None))


@role_required("marketer")
def _save(request: HttpRequest, segment: Segment) -> HttpResponseBase:
    written = _forms(Segment.objects.get(pk=segment.pk), request.POST)
    if not written.are_valid():
        return _page(request, segment, written, status=422)
    try:
        with services.editing(), locking.unchanged(request, Segment.objects.all(), segment.pk, _WRITTEN):
            _write(request, segment, written)
    except locking.ChangedMeanwhile as error:
        changed = locking.told(
            error, written.settings, url=reverse("segments:about", args=[segment.pk]), **_by(segment)
        )
        return _page(request, segment, written, status=409, changed=changed)
    except InvalidInput as error:
        _tell(written, error)
        return _page(request, segment, written, status=422)
    messages.success(request, _("Saved."))
    return redirect("segments:about", segment.pk)


def _write(request: HttpRequest, segment: Segment, written: Forms) -> None:
    actor, wanted = actor_of(request), written.target.details()
    details = dict(written.settings.details()) | written.second.details()
    if details:
        services.update_segment(segment.pk, actor=actor, **details)
    if wanted:
        set_target(segment.pk, actor=actor, **wanted)
    elif "target-metric" in request.POST:
        clear_target(segment.pk, actor=actor)


def _tell(written: Forms, error: InvalidInput) -> None:
    """Each problem at its field, whichever part that is in."""
    of_target = [one for one in error.problems if one.pointer[1:] in written.target.fields]
    others = [one for one in error.problems if one not in of_target]
    if of_target:
        add_to_form(written.target, InvalidInput(of_target))
    if others:
        add_to_form(written.settings, InvalidInput(others))


def _by(segment: Segment) -> dict[str, Any]:
    """Who changed the list last, and when."""
    changes = AuditEntry.objects.filter(object_type="segment", object_id=str(segment.pk))
    last = changes.order_by("-pk").values_list("actor", "at").first()
    return {"who": who(last[0]), "when": last[1]} if last else {}


def _forms(segment: Segment, given: Any) -> Forms:
    known = catalogue.current()
    target = TargetForm(
        given if given is None or "target-metric" in given else None,
        initial=TargetForm.initial_of(Target.objects.filter(segment=segment.pk).first()),
        properties=targets.numeric(known),
        events=sorted(known.event_types),
    )
    if given is not None and not target.is_bound:  # whoever sends no target keeps the one there is
        target = TargetForm({}, properties={}, events=[])
    return Forms(SettingsForm(given, instance=segment), _second_form(segment, given), target)


def _second_form(segment: Segment, given: Any) -> SnapshotForm | DelaysForm:
    """Snapshots are of static lists, delays of active ones."""
    if segment.kind == Segment.Kind.ACTIVE:
        return DelaysForm(given, initial=DelaysForm.initial_of(segment))
    every = segment.snapshot_every
    form = SnapshotForm(given, initial={"source": segment.snapshot_of_id, "renew": str(every.days) if every else ""})
    form.fields["source"].queryset = Segment.unarchived.exclude(pk=segment.pk).order_by("name")  # type: ignore[attr-defined]
    return form


def _page(
    request: HttpRequest,
    segment: Segment,
    written: Forms,
    status: int = 200,
    changed: locking.Changed | None = None,
) -> HttpResponse:
    form: forms.ModelForm[Segment] = written.settings
    seen = request.POST.get("seen") or locking.state_of(Segment.objects.get(pk=segment.pk), _WRITTEN)
    context = shared(request, segment) | {"form": form, "second": written.second, "tab": "about"}
    context |= {"target_form": written.target, "seen": seen, "changed": changed}
    context["purpose"] = [form[name] for name in ("name", "description", "persona")]
    context["goal"] = [form[name] for name in ("goal", "target_metric")]
    context["notes"] = [form[name] for name in ("note_marketing", "note_sales", "note_service")]
    return render(request, "segments/about.html", context, status=status)
