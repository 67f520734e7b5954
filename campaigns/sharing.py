"""A campaign's report for people without an account: by an address that nobody can guess, until it is revoked."""

from __future__ import annotations

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict

from .models import Campaign, ShareLink

MOST_LINKS = 20
_signer = Signer(sep=".", salt="campaigns.report")


class BadLink(ValueError):
    """Not a link of ours, not whole, or revoked."""


def links_of(campaign: Campaign) -> QuerySet[ShareLink]:
    """Those that still open, newest first."""
    return ShareLink.objects.filter(campaign=campaign, revoked_at=None).order_by("-pk")


@transaction.atomic
def share(campaign: Campaign, *, actor: Actor) -> ShareLink:
    """A new address for the report of a campaign that has started."""
    if campaign.state == Campaign.State.DRAFT:
        raise Conflict(_("There is no report yet: the campaign has not started."))
    if links_of(campaign).count() >= MOST_LINKS:
        raise Conflict(_("There are %(limit)s links already. Revoke one that is not needed.") % {"limit": MOST_LINKS})
    link = ShareLink.objects.create(campaign=campaign, created_by=str(actor))
    audit.record(actor, "shared", campaign, {"link": link.pk})
    return link


@transaction.atomic
def revoke(campaign: Campaign, link_id: int, *, actor: Actor) -> None:
    """Close the address at once. A second time changes nothing."""
    if links_of(campaign).filter(pk=link_id).update(revoked_at=clock.now()):
        audit.record(actor, "revoked", campaign, {"link": link_id})


def url(link: ShareLink) -> str:
    return str(settings.PUBLIC_URL) + reverse("campaigns:shared", args=[_signer.sign(str(link.pk))])


def read(token: str) -> Campaign:
    """The campaign whose report this address shows, or BadLink."""
    try:
        pk = int(_signer.unsign(token))
    except (BadSignature, ValueError) as error:
        raise BadLink from error
    link = ShareLink.objects.select_related("campaign").filter(pk=pk, revoked_at=None).first()
    if link is None:
        raise BadLink
    return link.campaign
