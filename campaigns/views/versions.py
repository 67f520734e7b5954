"""What a campaign said before, version by version, and the way back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx
from crmseg.web.tables import Column, Table

from .. import versions as past
from .pages import _campaign

COLUMNS = {"number": Column(_("Number"), order=("number",), descending_first=True)}
FIELDS: dict[str, str | Promise] = {
    "subject": _("Subject"),
    "sender": _("Sender"),
    "body_mjml": _("MJML"),
    "body_html": _("HTML"),
    "body_text": _("Plain text"),
    "translations": _("Other languages"),
}


@require_GET
@signed_in
def versions(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    campaign = _campaign(campaign_id)
    table = Table(request, campaign.versions.all(), COLUMNS, sort="-number", id="versions")
    shown: list[Any] = table.rows
    rows = [
        {"version": row.version, "said": _said(row), "who": _who(row.version.created_by), "is_current": row.is_current}
        for row in past.rows_of(campaign, shown)
    ]
    context = {"campaign": campaign, "table": table, "rows": rows, "is_draft": campaign.state == "draft"}
    return htmx.varying(render(request, "campaigns/versions.html", context))


@require_POST
@role_required("marketer")
def restore(request: HttpRequest, campaign_id: int, number: int) -> HttpResponseBase:
    campaign = _campaign(campaign_id)
    if number > 2**31 - 1 or not campaign.versions.filter(number=number).exists():
        raise Http404
    try:
        past.restore(campaign.pk, number, actor=actor_of(request))
    except InvalidInput as error:
        messages.error(request, " ".join(problem.message for problem in error.problems))
    else:
        messages.success(
            request, gettext("The campaign says again what it said in version %(number)s.") % {"number": number}
        )
    return redirect("campaigns:versions", campaign.pk)


def _said(row: past.Row) -> str:
    """What the version changed, in a sentence."""
    fields = ", ".join(str(FIELDS[key]) for key in row.changed)
    if row.version.number == 1:
        return gettext("Began with: %(fields)s") % {"fields": fields}
    if row.is_oldest:
        return gettext("The oldest version that is kept")
    if not fields:
        return gettext("Nothing changed")
    return gettext("Changed: %(fields)s") % {"fields": fields}


def _who(actor: str) -> str:
    """The name alone; the product itself has none."""
    kind, _colon, name = actor.partition(":")
    return "" if kind == "system" else name
