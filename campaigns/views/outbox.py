"""The built-in outbox: what would have gone out, message by message."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from crmseg.access.roles import signed_in
from crmseg.common.ids import LARGEST_ID
from crmseg.web import htmx
from crmseg.web.tables import Column, Table

from .. import selectors
from ..models import OutboxMessage
from ..tracking import links
from . import frames
from .pages import _parameter

COLUMNS = {
    "recipient": Column(gettext_lazy("To"), order=("recipient",)),
    "subject": Column(gettext_lazy("Subject"), order=("subject",)),
    "campaign": Column(gettext_lazy("Campaign")),
    "at": Column(gettext_lazy("Kept"), order=("created_at",), descending_first=True),
}


@require_GET
@signed_in
def table(request: HttpRequest) -> HttpResponseBase:
    q = _parameter(request, "q")
    shown = Table(request, selectors.outbox(q=q), COLUMNS, sort="-at", id="outbox-table")
    return htmx.varying(render(request, "campaigns/outbox.html", {"table": shown, "q": q}))


@require_GET
@signed_in
def page(request: HttpRequest, message_id: int) -> HttpResponseBase:
    return render(request, "campaigns/outbox_message.html", {"message": _message(message_id)})


@require_GET
@signed_in
def document(request: HttpRequest, message_id: int) -> HttpResponseBase:
    message = _message(message_id)
    return frames.message(links.for_onlookers(message.html), message.text)


def _message(message_id: int) -> OutboxMessage:
    found = selectors.outbox().filter(pk=message_id).first() if message_id <= LARGEST_ID else None
    if found is None:
        raise Http404
    return found
