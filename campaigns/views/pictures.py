"""Pictures as readers of messages fetch them: public, never changing, kept by whoever fetched them."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from .. import images


@require_safe
def image(request: HttpRequest, name: str) -> HttpResponseBase:
    found = images.find(name)
    if found is None:
        raise Http404
    file, media_type = found
    response = FileResponse(file.open("rb"), content_type=media_type)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Content-Disposition"] = "inline"
    return response
