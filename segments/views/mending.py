"""What is said of a list that wants mending, and the answer that it is meant to be so."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from segments import services
from segments.hints import LABELS
from segments.models import Segment

from .filing import back


@require_POST
@role_required("marketer")
def dismiss(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    segment, kind = get_object_or_404(Segment, pk=segment_id), request.POST.get("kind", "")
    if kind in LABELS:
        services.dismiss_hint(segment_id, kind, actor=actor_of(request))
        said = _("“%(hint)s” is not said of “%(name)s” any more, until it is so anew.")
        messages.success(request, said % {"hint": LABELS[kind], "name": segment.name})
    return back(request)
