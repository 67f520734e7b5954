"""What this room registers with the rooms below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from contacts.models import Contact
    from segments.guards import CampaignUse, Place

SHOWN = 10


def connect() -> None:
    """Called once, when the apps are ready."""
    from contacts import consent_topics, timeline
    from contacts import panels as contact_panels
    from contacts import privacy as of_contacts
    from crmseg.web import panels
    from segments import beside, guards
    from segments.definition.compile.people import suppress_by

    from . import health, home, merged, privacy, reading
    from .asking import wiring as asking
    from .journeys import wired
    from .journeys.views import wired as pages_of_journeys
    from .models import Suppression
    from .sending import events
    from .tracking import consent, reports
    from .views import answers

    consent_topics.register(consent.CHANNEL, gettext_lazy("Openings and clicks"))
    of_contacts.register("messages", privacy.give, privacy.forget, privacy.stays)
    of_contacts.register("asked_to_confirm", privacy.give_asked, privacy.forget_asked)
    contact_panels.register("messages", _messages_to)
    contact_panels.register("answers", answers.of_contact)
    beside.register("campaigns/list_panel.html", answers.of_list)
    timeline.register_mail(*events.all_names())
    reports.connect()
    merged.connect()
    asking.connect()
    reading.connect()
    wired.connect()
    pages_of_journeys.connect()
    guards.register(_campaigns_using)
    guards.register_campaigns(_uses_of)
    suppress_by(Suppression._meta.db_table)
    health.connect()
    panels.register_finder(panels.Finder(gettext_lazy("Campaigns"), "send", _find))
    home.connect()


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
    from .whom import lists_in

    open_states = [Campaign.State.DRAFT, Campaign.State.SENDING, Campaign.State.PAUSED]
    found = Campaign.objects.filter(state__in=open_states).order_by("pk")
    for pk, name, include, exclude in found.values_list("pk", "name", "include", "exclude"):
        for segment_id in sorted({*lists_in([*include, *exclude])}.intersection(segment_ids)):
            url = reverse("campaigns:campaign", args=[pk])
            yield segment_id, Place(_("the campaign “%(name)s”") % {"name": name}, url)


def _uses_of(segment_ids: Sequence[int]) -> list[CampaignUse]:
    from segments.guards import CampaignUse

    from . import selectors

    found = selectors.campaigns_using_any(segment_ids).order_by("pk").values_list("pk", "name", "state")
    return [CampaignUse(*row) for row in found]


def _find(query: str, limit: int) -> list[Any]:
    from crmseg.web.panels import Hit

    from . import selectors

    return [
        Hit(campaign.name, reverse("campaigns:campaign", args=[campaign.pk]), str(campaign.get_state_display()))
        for campaign in selectors.campaigns_table(q=query)[:limit]
    ]
