"""What is done to a list with one button, each after its consequences were shown."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from contacts.models import EventType
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common import clock
from crmseg.common.problems import InvalidInput
from crmseg.web.htmx import go
from crmseg.web.problems import tell, tried
from segments import catalogue, services
from segments.engine.impact import impact
from segments.models import Segment
from segments.sentences import sentence_of

LONGEST_NAME = 200


@require_POST
@role_required("marketer")
def refresh(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    get_object_or_404(Segment, pk=segment_id)
    return _done(
        request,
        segment_id,
        lambda: services.refresh_now(segment_id, actor=actor_of(request)),
        _("Everybody is being looked at again; the present members stay until that is done."),
    )


@require_POST
@role_required("marketer")
def cancel_build(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    get_object_or_404(Segment, pk=segment_id)
    return _done(
        request,
        segment_id,
        lambda: services.cancel_build(segment_id, actor=actor_of(request)),
        _("The build was stopped. “Refresh now” starts it again."),
    )


@require_POST
@role_required("marketer")
def duplicate(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    """A second list of the same kind: with the same definition, or with the same people."""
    segment, actor = get_object_or_404(Segment, pk=segment_id), actor_of(request)
    active = segment.kind == Segment.Kind.ACTIVE
    try:
        copy = services.create_segment(
            name=_free_name(segment.name),
            kind=segment.kind,
            definition=segment.definition if active else None,
            description=segment.description,
            actor=actor,
        )
        if not active:
            services.copy_members(copy.pk, segment.pk, actor=actor)
    except InvalidInput as error:
        return _refused(request, segment_id, error)
    messages.success(request, _("Duplicated. Give the new list a name of its own."))
    return redirect("segments:about", copy.pk)


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def convert(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    """Active → static and back. The page shows first what would change."""
    segment = get_object_or_404(Segment, pk=segment_id)
    becomes = Segment.Kind.STATIC if segment.kind == Segment.Kind.ACTIVE else Segment.Kind.ACTIVE
    if request.method == "POST":
        turn = services.to_static if becomes == Segment.Kind.STATIC else services.to_active
        said = {
            Segment.Kind.STATIC: _("The list is static now. Nobody enters or leaves by itself."),
            Segment.Kind.ACTIVE: _("The list follows its definition again. It is being built."),
        }
        return _done(request, segment_id, lambda: turn(segment_id, actor=actor_of(request)), said[becomes])
    return _convert_page(request, segment, becomes)


def _convert_page(request: HttpRequest, segment: Segment, becomes: str) -> HttpResponse:
    known = catalogue.current()
    context = {"segment": segment, "becomes": becomes}
    if segment.definition:
        context["sentence"] = sentence_of(segment.definition, known)
    if becomes == Segment.Kind.ACTIVE and segment.definition:
        try:
            context["impact"] = impact(segment.pk, segment.definition, clock.now())
        except InvalidInput as error:
            context["problems"] = error.problems
    return render(request, "segments/convert.html", context)


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    segment = get_object_or_404(Segment, pk=segment_id)
    try:
        services.delete_segment(segment_id, actor=actor_of(request))
    except InvalidInput as error:
        return _refused(request, segment_id, error)
    messages.success(request, _("“%(name)s” was deleted.") % {"name": segment.name})
    return go(request, reverse("segments:list"))


@require_POST
@role_required("marketer")
def example(request: HttpRequest) -> HttpResponseBase:
    """The list that the empty table offers: everybody who did the most usual thing lately."""
    event = EventType.objects.filter(name="Order Completed").exists()
    definition: dict[str, object] = (
        {"event": "Order Completed", "op": "did", "window": {"last": 30, "unit": "day"}}
        if event
        else {"property": "created_at", "op": "in_last", "value": 30, "unit": "day"}
    )
    name = _("Ordered in the last 30 days") if event else _("New in the last 30 days")
    try:
        made = services.create_segment(
            name=name, kind=Segment.Kind.ACTIVE, definition={"all": [definition]}, actor=actor_of(request)
        )
    except InvalidInput as error:
        messages.error(request, str(error.problems[0].message))
        return redirect("segments:list")
    return redirect("segments:segment", made.pk)


def _done(request: HttpRequest, segment_id: int, act: Callable[[], object], said: str) -> HttpResponseBase:
    tried(request, act, said)
    return go(request, reverse("segments:segment", args=[segment_id]))


def _refused(request: HttpRequest, segment_id: int, error: InvalidInput) -> HttpResponseBase:
    """Nothing happened; the page says why."""
    tell(request, error)
    return go(request, reverse("segments:segment", args=[segment_id]))


def _free_name(name: str) -> str:
    taken = {one.casefold() for one in Segment.unarchived.values_list("name", flat=True)}
    number = 1
    while True:
        ending = _(" (copy)") if number == 1 else _(" (copy %(number)s)") % {"number": number}
        free = name[: LONGEST_NAME - len(ending)] + ending
        if free.casefold() not in taken:
            return free
        number += 1
