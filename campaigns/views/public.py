"""The one page of this room that needs no sign-in: unsubscribing, for whoever holds the link of a message.

Opening the link changes nothing (scanners of mailboxes open every link); the button does, and so does the one-click
POST of a mail program (RFC 8058), which knows neither our cookies nor our tokens.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from .. import unsubscribe as links
from ..content.compose import LANGUAGES


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = links.read(token)
    except links.BadLink:
        return render(request, "campaigns/unsubscribe_unknown.html", status=404)
    if request.method == "POST":
        links.unsubscribe(link)
    with translation.override(_language(link, request)):
        response = render(request, "campaigns/unsubscribe.html", {"link": link, "done": link.is_unsubscribed})
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _language(link: links.Link, request: HttpRequest) -> str:
    """The contact's language if we speak it, else the browser's."""
    wanted = ((link.contact and link.contact.language) or "").partition("-")[0].lower()
    return wanted if wanted in LANGUAGES else translation.get_language() or settings.LANGUAGE_CODE
