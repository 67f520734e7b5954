"""Lists put away and taken back. Before they are put away, a page says what that touches and which ones cannot be."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.problems import InvalidInput
from crmseg.web.formats import number
from segments import guards, services
from segments.models import Pin, Segment

from .filing import back, chosen


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def archive(request: HttpRequest) -> HttpResponseBase:
    ids = chosen(request)
    segments = list(Segment.unarchived.filter(pk__in=ids).order_by("name"))
    if not segments:
        messages.error(request, _("No list is selected."))
        return redirect("segments:list")
    if request.method == "GET":
        return _ask(request, segments)
    done = _each(request, segments, archiving=True)
    if done:
        said = ngettext(
            "%(n)s list is archived, and can be restored for %(days)s days.",
            "%(n)s lists are archived, and can be restored for %(days)s days.",
            done,
        )
        messages.success(request, said % {"n": number(done), "days": services.KEPT.days})
    return redirect(f"{reverse('segments:list')}?archived=1" if done else reverse("segments:list"))


@require_POST
@role_required("marketer")
def restore(request: HttpRequest) -> HttpResponseBase:
    segments = list(Segment.objects.filter(pk__in=chosen(request)).exclude(archived_at=None).order_by("name"))
    if not segments:
        messages.error(request, _("No list is selected."))
        return back(request)
    done = _each(request, segments, archiving=False)
    said = ngettext("%(n)s list is back.", "%(n)s lists are back.", done) % {"n": number(done)}
    active = any(segment.kind == Segment.Kind.ACTIVE for segment in segments)
    built = _("Active lists are being built anew.")
    if done:
        messages.success(request, f"{said} {built}" if active else said)
    return redirect("segments:segment", segments[0].pk) if len(segments) == 1 else back(request)


def _ask(request: HttpRequest, segments: Sequence[Segment]) -> HttpResponse:
    places = guards.places([segment.pk for segment in segments])
    free = [segment for segment in segments if segment.pk not in places]
    pins = Pin.objects.filter(segment__in=free).count()
    context = {
        "free": free,
        "used": [(segment, places[segment.pk]) for segment in segments if segment.pk in places],
        "lines": [
            _("Whoever is in it stays a contact."),
            _("Nobody enters or leaves, and no campaign or definition can choose an archived list."),
            _("History and versions stay."),
            *([_("Pins stay, and count again once the list is restored.")] if pins else []),
        ],
        "days": services.KEPT.days,
    }
    return render(request, "segments/archive.html", context)


def _each(request: HttpRequest, segments: Sequence[Segment], *, archiving: bool) -> int:
    """How many it worked for; of the others the reason is said."""
    done, act = 0, services.archive if archiving else services.restore
    for segment in segments:
        try:
            act(segment.pk, actor=actor_of(request))
            done += 1
        except InvalidInput as error:
            for problem in error.problems:
                messages.error(request, f"{segment.name}: {problem.message}")
    return done
