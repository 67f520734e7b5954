"""The star of a list: it says whether one follows it, and turns that round."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from crmseg.access.models import User
from crmseg.access.roles import signed_in
from crmseg.web import htmx
from segments import services
from segments.models import Follow, Segment


@require_POST
@signed_in
def toggle(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    """Everybody may follow. The answer is the star as it is now; without a script, the page one came from."""
    segment = get_object_or_404(Segment.unarchived, pk=segment_id)
    assert isinstance(request.user, User)
    followed = request.POST.get("follow") == "yes"
    (services.follow if followed else services.unfollow)(segment_id, request.user)
    if htmx.wants_part(request):
        return render(request, "segments/star.html", {"segment": segment, "followed": followed})
    return htmx.back(request, request.headers.get("Referer", ""), reverse("segments:segment", args=[segment_id]))


def followed_by(request: HttpRequest) -> set[int]:
    """The lists that whoever asks follows."""
    return set(Follow.objects.filter(user=request.user.pk).values_list("segment_id", flat=True))
