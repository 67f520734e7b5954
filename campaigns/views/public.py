"""The pages of this room that need no sign-in, for whoever holds the link of a message: unsubscribing, choosing what to
hear, confirming.

Opening a link changes nothing (scanners of mailboxes open every link); a button does, and so does the one-click POST
of a mail program (RFC 8058), which knows neither our cookies nor our tokens.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from contacts.models import Contact

from .. import optin, preferences
from .. import unsubscribe as links
from ..content.compose import LANGUAGES
from ..tracking import consent
from . import limits

View = Callable[[HttpRequest, str], HttpResponse]


def for_readers(view: View) -> View:
    """No sign-in, no token of ours but the one in the address, nothing kept, nothing told to whom the page leads to."""

    def answer(request: HttpRequest, token: str) -> HttpResponse:
        response = limits.held_back(request, token) or view(request, token)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex"
        return response

    return csrf_exempt(never_cache(require_http_methods(["GET", "HEAD", "POST"])(answer)))


@for_readers
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = links.read(token)
    except links.BadLink:
        return _unknown(request)
    told = False
    if request.method == "POST" and "reason" in request.POST:
        told = links.give_reason(link, request.POST["reason"], request.POST.get("words", ""))
    elif request.method == "POST":
        links.unsubscribe(link)
    context: dict[str, Any] = {"link": link, "done": link.is_unsubscribed, "told": told, "reasons": links.REASONS}
    if link.contact is not None:
        campaign_id = link.campaign.pk if link.campaign else links.NOBODY
        context["preferences_url"] = preferences.path(campaign_id, link.contact.pk)
    return _speaking(link.contact, request, "campaigns/unsubscribe.html", context)


@for_readers
def choose(request: HttpRequest, token: str) -> HttpResponse:
    """Topics, a pause, the language, and whether openings and clicks may be seen."""
    try:
        link = preferences.read(token)
    except links.BadLink:
        return _unknown(request)
    if link.contact is None:
        return _speaking(None, request, "campaigns/public/nobody.html", {})
    channel = link.channel
    if request.method == "POST":
        given = request.POST
        preferences.choose(link.contact, channel, wanted=set(given.getlist("topic")), everything="pause" not in given)
        preferences.watch(link.contact, yes="watch" in given)
        preferences.speak(link.contact, given.get("language", ""))
        return redirect(f"{request.path}?saved=1")
    with translation.override(_language(link.contact, request)):
        topics = preferences.topics_of(link.contact, channel)
    context = {
        "contact": link.contact,
        "topics": topics,
        "paused": not links.is_subscribed(link.contact, channel),
        "watched": link.contact.pk not in consent.refused([link.contact.pk]),
        "languages": _own_names(),
        "spoken": _language(link.contact, request),
        "saved": "saved" in request.GET,
    }
    return _speaking(link.contact, request, "campaigns/public/preferences.html", context)


@for_readers
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    try:
        asked = optin.read(token)
    except optin.BadLink:
        return _unknown(request)
    contact = Contact.objects.filter(pk=asked.contact_id).first()
    with translation.override(_language(contact, request)):
        text = _("Yes, write to me by e-mail. I can unsubscribe at any time.")
        topic = optin.topic_name(asked)
    if request.method == "POST":
        optin.confirm(asked, f"{text} ({topic})" if topic else text)
        asked.refresh_from_db()
    is_over = contact is not None and not links.is_subscribed(contact, asked.channel)
    context = {"asked": asked, "contact": contact, "text": text, "topic": topic, "is_over": is_over}
    return _speaking(contact, request, "campaigns/public/opt_in.html", context)


def _unknown(request: HttpRequest) -> HttpResponse:
    return limits.forged(request) or render(request, "campaigns/unsubscribe_unknown.html", status=404)


def _speaking(contact: Contact | None, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    with translation.override(_language(contact, request)):
        return render(request, template, context)


def _own_names() -> list[tuple[str, str]]:
    """Every language as it calls itself."""
    return [(code, str(translation.get_language_info(code)["name_local"]).capitalize()) for code in LANGUAGES]


def _language(contact: Contact | None, request: HttpRequest) -> str:
    """The contact's language if we speak it, else the browser's."""
    wanted = ((contact and contact.language) or "").partition("-")[0].lower()
    return wanted if wanted in LANGUAGES else translation.get_language() or settings.LANGUAGE_CODE
