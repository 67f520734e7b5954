"""How what is written will look to somebody, before it is saved; and the values that make it personal."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.fields import COMPANY_FIELDS, CONTACT_FIELDS, Field, FieldType
from contacts.models import AttributeDefinition
from crmseg.access.roles import role_required, signed_in
from crmseg.common.ids import read_id
from crmseg.common.problems import InvalidInput

from .. import selectors, unsubscribe
from ..content import compose
from ..content.liquid import TemplateError
from ..forms import CampaignForm
from ..models import Campaign
from ..sending import trial
from . import frames


@dataclass(frozen=True)
class Personal:
    """A value of the reader that a template can print. One that is always there needs no default."""

    path: str
    label: str | Promise
    group: str | Promise
    needs_default: bool = True


@require_POST
@signed_in
def preview(request: HttpRequest) -> HttpResponseBase:
    """What is written now, not saved, as a contact would see it: the document in the page's frame."""
    campaign = _written(request)
    asked = request.POST.get("as", "")
    contact = selectors.find_contact(asked) if asked.strip() else selectors.example_contact(campaign)
    if contact is None:
        return frames.notes([_("Nobody of that name, address or ID was found.") if asked else _("Nobody is here yet.")])
    if request.POST.get("preview_language") in compose.LANGUAGES:
        contact.language = request.POST["preview_language"]
    try:
        shown = compose.compose(campaign).render(contact, unsubscribe.url(0, unsubscribe.NOBODY))
    except InvalidInput as error:
        return frames.notes([problem.message for problem in error.problems])
    except TemplateError as error:
        return frames.notes([str(error)])
    html = "" if request.POST.get("preview_part") == "text" else shown.html
    return frames.message(html, shown.text, subject=shown.subject)


@require_POST
@role_required("marketer")
def send_test(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """What is written now, to one address. It is counted nowhere."""
    campaign = _written(request)
    campaign.pk = campaign_id
    asked, address = request.POST.get("as", "").strip(), request.POST.get("address", "").strip()
    contact = selectors.find_contact(asked) if asked else None
    if contact and request.POST.get("preview_language") in compose.LANGUAGES:
        contact.language = request.POST["preview_language"]
    try:
        went = trial.send_test(campaign, address=address, contact=contact)
    except InvalidInput as error:
        return render(request, "campaigns/writing/tested.html", {"problems": error.problems})
    said, went_to = _("A test was sent to %(address)s."), address or campaign.webhook_url
    said = _("A test is in the outbox.") if went == "outbox" else said
    return render(request, "campaigns/writing/tested.html", {"said": said % {"address": went_to}})


def _written(request: HttpRequest) -> Campaign:
    language = request.POST.get("language", "")
    return CampaignForm(request.POST, campaign=named(request), language=language).as_campaign()


def named(request: HttpRequest) -> Campaign | None:
    """The campaign that the page sent is about, which lends what the page does not show."""
    return Campaign.objects.filter(pk=read_id(request.POST.get("campaign", "")) or 0).first()


def personal_values() -> list[Personal]:
    """What “Insert a value” offers, as Liquid paths."""
    contact, company = _("Contact"), _("Company")
    made: dict[str, list[Personal]] = {"contact": [], "company": []}
    for one in AttributeDefinition.objects.order_by("label"):
        if one.key.isidentifier():
            of, group = ("contact", contact) if one.entity == "contact" else ("contact.company", company)
            made[one.entity].append(Personal(f"{of}.attributes.{one.key}", one.label, group))
    return [
        *_standard("contact", CONTACT_FIELDS, contact),
        *made["contact"],
        *_standard("contact.company", COMPANY_FIELDS, company),
        *made["company"],
        Personal("unsubscribe_url", _("Link to unsubscribe"), _("Links"), needs_default=False),
    ]


def _standard(of: str, fields: dict[str, Field], group: str) -> list[Personal]:
    return [
        Personal(f"{of}.{key}", field.label, group)
        for key, field in fields.items()
        if field.type is not FieldType.LOCATION
    ]
