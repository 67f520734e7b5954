"""The visual editor: the MJML of a message, put together by dragging, or from the keyboard.

Its canvas is drawn by a library that writes style elements and style attributes, so this page alone allows them
(docs/decisions/0018-the-visual-editor-may-style.md). Scripts stay as strict as everywhere.
"""

from __future__ import annotations

import json
from typing import Any

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.problems import InvalidInput
from crmseg.web import locking

from .. import writing
from ..content import compose
from ..experiments import arms
from ..forms import language_name
from ..models import Arm, Campaign
from . import picking, previewing
from .pages import _campaign

may_style = csp_update({"style-src": [UNSAFE_INLINE], "img-src": ["https:", "http:"]})
BEGINNING = """<mjml>
  <mj-head>
    <mj-attributes>
      <mj-all font-family="Helvetica, Arial, sans-serif"></mj-all>
      <mj-text font-size="16px" line-height="1.5" color="#1f2933"></mj-text>
      <mj-button background-color="#1f5fbf" border-radius="6px" font-size="16px"></mj-button>
    </mj-attributes>
  </mj-head>
  <mj-body background-color="#f3f4f6">
    <mj-section background-color="#ffffff">
      <mj-column>
        <mj-text>…</mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""


@require_GET
@role_required("marketer")
@may_style  # type: ignore[arg-type]  # its types know views without further arguments only
def design(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    campaign, language = _campaign(campaign_id), _language(request.GET.get("language", ""))
    if campaign.state != Campaign.State.DRAFT:
        messages.error(request, _("A campaign that has started cannot be changed."))
        return redirect("campaigns:campaign", campaign_id)
    arm = campaign.arms.filter(key=request.GET.get("arm", "")).first()
    mjml, query = campaign.body_mjml, f"?language={language}" if language else ""
    if arm:
        mjml = arm.body_mjml or mjml
    elif language:
        mjml = campaign.translations.get(language, {}).get("body_mjml", "")
    context = {
        "campaign": campaign,
        "language": language,
        "language_name": language_name(language) if language else "",
        "arm": arm,
        "mjml": mjml.strip() or BEGINNING,
        "seen": locking.state_of(arm, ["body_mjml"]) if arm else locking.state_of(campaign, writing.written),
        "save_url": reverse("campaigns:design-save", args=[campaign.pk]),
        "back_url": f"{reverse('campaigns:edit', args=[campaign.pk])}{query}#{'test' if arm else 'message'}",
        "said": json.dumps(_words()),
        "personal": previewing.personal_values(),
        "blocks": json.dumps(picking.blocks()),
    }
    return render(request, "campaigns/writing/design.html", context)


@require_POST
@role_required("marketer")
def save(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """Keep the design as it stands; answer the state for the next time, or why it was not kept."""
    campaign, language = _campaign(campaign_id), _language(request.POST.get("language", ""))
    mjml = request.POST.get("body_mjml", "").replace("\r\n", "\n")
    data: dict[str, Any] = {"body_mjml": mjml}
    if arm := campaign.arms.filter(key=request.POST.get("arm", "")).first():
        return _save_arm(request, arm, mjml)
    if language:
        known = campaign.translations
        data = {"translations": known | {language: known.get(language, {}) | {"body_mjml": mjml}}}
    try:
        with locking.unchanged(request, Campaign.objects.all(), campaign_id, writing.written):
            found = writing.keep(campaign_id, data=data, actor=actor_of(request))
    except locking.ChangedMeanwhile as error:
        return JsonResponse({"conflict": str(error), "seen": error.seen}, status=409)
    except InvalidInput as error:
        return JsonResponse({"problems": [problem.message for problem in error.problems]}, status=error.status)
    state = locking.state_of(_campaign(campaign_id), writing.written)
    return JsonResponse({"seen": state, "problems": [problem.message for problem in found]})


def _save_arm(request: HttpRequest, arm: Arm, mjml: str) -> HttpResponseBase:
    """An arm's message is its own: nobody who writes the campaign meanwhile is in its way."""
    try:
        with locking.unchanged(request, Arm.objects.all(), arm.pk, ["body_mjml"]):
            saved = arms.update_arm(arm.campaign_id, arm.key, data={"body_mjml": mjml}, actor=actor_of(request))
    except locking.ChangedMeanwhile as error:
        return JsonResponse({"conflict": str(error), "seen": error.seen}, status=409)
    except InvalidInput as error:
        return JsonResponse({"problems": [problem.message for problem in error.problems]})
    return JsonResponse({"seen": locking.state_of(saved, ["body_mjml"]), "problems": []})


def _language(asked: str) -> str:
    return asked if asked in compose.LANGUAGES else ""


def _words() -> dict[str, str]:
    """What the editor's own panels say."""
    return {
        "mj-body": _("Message"),
        "mj-section": _("Section"),
        "mj-wrapper": _("Wrapper"),
        "mj-group": _("Group"),
        "mj-column": _("Column"),
        "mj-text": _("Text"),
        "mj-button": _("Button"),
        "mj-image": _("Picture"),
        "mj-divider": _("Line"),
        "mj-spacer": _("Space"),
        "mj-raw": _("Condition or HTML"),
        "columns": _("%(number)s columns"),
        "content": _("Text, as HTML"),
        "raw": _("HTML or Liquid"),
        "href": _("Link to"),
        "src": _("Address of the picture"),
        "alt": _("What the picture shows, in words"),
        "width": _("Width"),
        "height": _("Height"),
        "align": _("Alignment"),
        "color": _("Colour of the text"),
        "background-color": _("Colour of the ground"),
        "border-color": _("Colour"),
        "border-width": _("Thickness"),
        "border-radius": _("Rounded corners"),
        "font-size": _("Size of the letters"),
        "line-height": _("Height of the lines"),
        "padding": _("Space around it"),
        "left": pgettext("alignment", "Left"),
        "center": pgettext("alignment", "Centre"),
        "right": pgettext("alignment", "Right"),
        "text": _("Write here."),
        "label": _("Read more"),
        "choose": _("Choose a picture"),
        "saving": _("Saving …"),
        "saved": _("Saved at"),
        "failed": _("Not saved: the server could not be reached. It is tried again with your next change."),
        "lost": _("The visual editor would lose these parts of the MJML. Edit it as text instead:"),
    }
