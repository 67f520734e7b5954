"""What messages are made from, to pick from while writing: templates, blocks and pictures."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from contacts.models import Contact
from crmseg.access import account
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import InvalidInput, Problem

from .. import images, services, unsubscribe
from ..content import compose, gallery
from ..content.liquid import TemplateError
from ..models import Block, Campaign, Image, SavedTemplate
from . import frames
from .pages import _campaign

MOST_PICTURES = 60
SAVED = "saved-"


def templates() -> dict[str, Any]:
    """The context of the cards to begin from."""
    saved = [
        {"pk": one.pk, "name": one.name, "look": reverse("campaigns:template-look", args=[f"{SAVED}{one.pk}"])}
        for one in SavedTemplate.objects.order_by("name")
    ]
    return {"own_templates": gallery.listing(), "saved_templates": saved}


def words_of(key: str) -> dict[str, object]:
    """What a message that begins from this template says; KeyError where there is none."""
    if key.startswith(SAVED) and key[len(SAVED) :].isdigit():
        saved = SavedTemplate.objects.filter(pk=int(key[len(SAVED) :][:18])).first()
        if saved is None:
            raise KeyError(key)
        return {"subject": saved.subject, "body_mjml": saved.body_mjml}
    own = gallery.get(key, account.current().language)
    return {"subject": own.subject, "body_mjml": own.body_mjml}


@require_GET
@signed_in
def look(request: HttpRequest, key: str) -> HttpResponseBase:
    """The template as a message to somebody: the document in its card."""
    try:
        said = words_of(key)
        words = Campaign(name=key, subject=str(said["subject"]), body_mjml=str(said["body_mjml"]))
        ada = Contact(first_name="Ada", last_name="Lovelace", email="ada@example.org")
        shown = compose.compose(words).render(ada, unsubscribe.url(0, unsubscribe.NOBODY))
    except KeyError:
        raise Http404 from None
    except (InvalidInput, TemplateError) as error:
        return frames.notes([str(error)])
    return frames.message(shown.html, shown.text)


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def choose_template(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """Put a template in the place of what a draft says."""
    campaign = _campaign(campaign_id)
    if request.method == "POST":
        try:
            said = words_of(request.POST.get("template", ""))
            data = said if not campaign.subject.strip() else {"body_mjml": said["body_mjml"]}
            services.update_campaign(campaign_id, data=data, actor=actor_of(request))
        except KeyError:
            raise Http404 from None
        except InvalidInput as error:
            messages.error(request, str(error))
        return redirect(f"{reverse('campaigns:edit', args=[campaign_id])}#message")
    return render(request, "campaigns/writing/templates.html", templates() | {"campaign": campaign})


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def pictures(request: HttpRequest) -> HttpResponseBase:
    """The pictures there are, newest first; a POST uploads one more."""
    found: list[Problem] = []
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is not None:
                images.receive(file, name=file.name or "", actor=actor_of(request))
        except InvalidInput as error:
            found = error.problems
    kept = [
        {"image": one, "url": images.url(one), "thumb": reverse("campaigns:image", args=[f"{one.digest}.{one.kind}"])}
        for one in Image.objects.order_by("-pk")[:MOST_PICTURES]
    ]
    return render(request, "campaigns/writing/pictures.html", {"pictures": kept, "problems": found})


def blocks() -> list[str]:
    return list(Block.objects.order_by("name").values_list("name", flat=True))
