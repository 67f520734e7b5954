"""What this room registers with the rooms below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from contacts.models import Contact
    from segments.annotations import Annotation
    from segments.guards import CampaignUse, Place

SHOWN = 10


def connect() -> None:
    """Called once, when the apps are ready."""
    from contacts import panels as contact_panels
    from contacts import privacy as of_contacts
    from contacts import timeline
    from crmseg.web import panels
    from segments import annotations, guards
    from segments.definition.compile.people import suppress_by

    from . import health, merged, privacy, reading
    from .models import Suppression
    from .sending import events

    of_contacts.register("messages", privacy.give, privacy.forget, privacy.stays)
    contact_panels.register("messages", _messages_to)
    timeline.register_mail(events.SENT, events.FAILED, events.UNSUBSCRIBED)
    merged.connect()
    reading.connect()
    guards.register(_campaigns_using)
    guards.register_campaigns(_uses_of)
    annotations.register(_sends_to)
    suppress_by(Suppression._meta.db_table)
    health.connect()
    panels.register_finder(panels.Finder(gettext_lazy("Campaigns"), "send", _find))
    panels.register_home(panels.HomePanel(40, "campaigns/home_panel.html", _recent))


def _messages_to(contact: Contact) -> dict[str, Any] | None:
    """The latest messages to a contact; nothing where none was."""
    from . import selectors

    sent = [
        {
            "url": reverse("campaigns:campaign", args=[send.campaign_id]),
            "campaign": send.campaign.name,
            "state": "unsubscribed" if send.unsubscribed_at else send.state,
            "state_label": _("Unsubscribed") if send.unsubscribed_at else send.get_state_display(),
            "at": send.unsubscribed_at or send.sent_at,
        }
        for send in selectors.messages_to(contact.pk)[:SHOWN]
    ]
    return {"messages": sent} if sent else None


def _campaigns_using(segment_ids: Sequence[int]) -> Iterator[tuple[int, Place]]:
    """Campaigns that still need one of the lists: those not started, or not finished."""
    from segments.guards import Place

    from .models import Campaign

    open_states = [Campaign.State.DRAFT, Campaign.State.SENDING, Campaign.State.PAUSED]
    found = Campaign.objects.filter(state__in=open_states).order_by("pk")
    for pk, name, include, exclude in found.values_list("pk", "name", "include", "exclude"):
        for segment_id in sorted({*include, *exclude}.intersection(segment_ids)):
            yield segment_id, Place(_("the campaign “%(name)s”") % {"name": name}, _page_of(pk))


def _uses_of(segment_ids: Sequence[int]) -> list[CampaignUse]:
    from segments.guards import CampaignUse

    from . import selectors

    found = selectors.campaigns_using_any(segment_ids).order_by("pk").values_list("pk", "name", "state")
    return [CampaignUse(*row) for row in found]


def _sends_to(segment_id: int, since: datetime) -> list[Annotation]:
    """The campaigns that began to write to a list since then."""
    from segments.annotations import Annotation

    from . import selectors

    started = selectors.campaigns_using(segment_id).filter(include__contains=[segment_id], started_at__gte=since)
    return [
        Annotation(started_at, name, _("Campaign “%(name)s” started") % {"name": name}, _page_of(pk))
        for pk, name, started_at in started.order_by("-started_at").values_list("pk", "name", "started_at")[:SHOWN]
    ]


def _page_of(campaign_id: int) -> str:
    return reverse("campaigns:campaign", args=[campaign_id])


def _find(query: str, limit: int) -> list[Any]:
    from crmseg.web.panels import Hit

    from . import selectors

    return [
        Hit(campaign.name, reverse("campaigns:campaign", args=[campaign.pk]), str(campaign.get_state_display()))
        for campaign in selectors.campaigns_table(q=query)[:limit]
    ]


def _recent(request: object) -> dict[str, Any] | None:
    """The latest campaigns, for the home page."""
    from . import selectors

    found = list(selectors.campaigns_table()[:5])
    counts = selectors.counts_of([campaign.pk for campaign in found])
    return {"campaigns": [(campaign, counts[campaign.pk]) for campaign in found]} if found else None
