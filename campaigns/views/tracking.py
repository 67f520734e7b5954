"""Where the links and the picture of a message lead: on, at once, whatever becomes of what we note.

A link leads where its signature says; one that was made or changed by anybody else leads nowhere. Notes are counted per
message, not per address on the net: many people's programs ask from behind one proxy.
"""

from __future__ import annotations

import base64
import logging

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crmseg.common import clock

from ..models import Reaction, Send
from ..tracking import clients, consent, links
from ..tracking.record import record
from . import limits

logger = logging.getLogger(__name__)

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
MOST_NOTES = 30
"""Of one message in ten seconds; what is beyond leads on and is not kept."""
SAME_OPENING, SAME_CLICK = 600, 10
"""Seconds in which a second opening, or a second click on the same link, is the same one."""


@never_cache
@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = links.read_click(token)
    except links.BadLink:
        unknown = limits.forged(request) or render(request, "campaigns/public/unknown_link.html", status=404)
        return _private(unknown)
    _note(request, link.send_id, Reaction.Kind.CLICKED, link.place, link.url)
    return _private(HttpResponseRedirect(link.url))


@never_cache
@require_safe
def opened(request: HttpRequest, token: str) -> HttpResponse:
    try:
        send_id = links.read_open(token)
    except links.BadLink:
        return _private(HttpResponse(status=404))
    if links.LOOKED not in request.GET:
        _note(request, send_id, Reaction.Kind.OPENED)
    return _private(HttpResponse(GIF, content_type="image/gif"))


def _note(request: HttpRequest, send_id: int, kind: Reaction.Kind, place: int = 0, url: str = "") -> None:
    try:
        if limits.is_within(f"send:{send_id}", MOST_NOTES):
            _keep(request, send_id, kind, place, url)
    except Exception:
        # Who follows a link wants to arrive, also while the database is away.
        logger.exception("What was done with send %s cannot be noted", send_id)


def _keep(request: HttpRequest, send_id: int, kind: Reaction.Kind, place: int, url: str) -> None:
    send = Send.objects.select_related("campaign", "arm").filter(pk=send_id).first()
    if send is None or consent.refused([send.contact_id]):
        return
    now = clock.now()
    seen = clients.look(
        request.headers,
        method=request.method or "",
        address=request.META.get("REMOTE_ADDR", ""),
        after=now - send.sent_at if send.sent_at else None,
    )
    same = SAME_CLICK if kind == Reaction.Kind.CLICKED else SAME_OPENING
    what = f"{kind}:{place}:{int(now.timestamp()) // same}" + (":program" if seen.is_machine else "")
    record(
        send,
        kind,
        now,
        url=url,
        place=place,
        machine=seen.is_machine,
        client=seen.client,
        device=seen.device,
        key=f"{send_id}:{what}",
    )


def _private(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
