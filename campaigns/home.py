"""What campaigns show elsewhere: those that run now, what is wrong with them, and when they began, beside lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crmseg.access.models import Role, Sender
from crmseg.common import clock
from crmseg.web import formats, panels
from segments.annotations import Annotation, register

from . import selectors
from .models import Campaign, Send

SHOWN = 5
NOTED = 10
RECENT = timedelta(days=30)
MANY_BOUNCES, LEAST_SENT = 0.05, 20
"""From this share on, mail servers begin to refuse a sender."""
_RUNNING = (Campaign.State.SENDING, Campaign.State.PAUSED)


def connect() -> None:
    register(sends_to)
    panels.register_home(panels.HomePanel(40, "campaigns/home_panel.html", recent))
    panels.register_mend(to_mend)
    panels.register_slow_mend(bounced)
    panels.register_first_step(
        panels.FirstStep(
            30,
            gettext_lazy("Say who messages come from"),
            gettext_lazy("the name and the address that people see"),
            "access:senders",
            lambda _request: Sender.objects.exists(),
            Role.ADMIN,
        ),
        panels.FirstStep(
            40,
            gettext_lazy("Send the first campaign"),
            gettext_lazy("to a list; until a mail server is set, messages wait in the outbox"),
            "campaigns:list",
            lambda _request: Campaign.objects.exclude(state=Campaign.State.DRAFT).exists(),
            Role.MARKETER,
        ),
    )


def sends_to(segment_id: int, since: datetime) -> list[Annotation]:
    """The campaigns that began to write to a list since then."""
    started = Campaign.objects.filter(include__contains=[segment_id], started_at__gte=since).order_by("-started_at")
    return [
        Annotation(at, name, _("Campaign “%(name)s” started") % {"name": name}, _page_of(pk))
        for pk, name, at in started.values_list("pk", "name", "started_at")[:NOTED]
        if at is not None
    ]


def recent(request: HttpRequest) -> dict[str, Any] | None:
    """Those that run come first, then the latest."""
    running = Case(When(state__in=_RUNNING, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = list(Campaign.objects.order_by(running, "-created_at", "-pk")[:SHOWN])
    counts = selectors.counts_of([campaign.pk for campaign in found if campaign.state in _RUNNING])
    return {"campaigns": [(campaign, counts.get(campaign.pk)) for campaign in found]} if found else None


def to_mend(request: HttpRequest) -> Iterator[panels.Mend]:
    """Campaigns that stand still because of the mail server."""
    troubled = Campaign.objects.filter(state__in=_RUNNING).exclude(trouble="").order_by("-pk")
    for pk, name, trouble in troubled.values_list("pk", "name", "trouble")[:SHOWN]:
        said = _("The campaign “%(name)s” waits: %(trouble)s") % {"name": name, "trouble": trouble}
        yield panels.Mend(said, _page_of(pk), _("Open the campaign"), bad=True)


def bounced(request: HttpRequest) -> Iterator[panels.Mend]:
    """Campaigns of the last month of whose messages many came back."""
    if not settings.EMAIL_URL:
        return
    started = Campaign.objects.filter(started_at__gte=clock.now() - RECENT).order_by("-started_at")[:SHOWN]
    for campaign in started:
        sends = Send.objects.filter(campaign=campaign)
        failed = sends.filter(state=Send.State.FAILED).count()
        if not failed:
            continue
        tried = failed + sends.filter(state=Send.State.SENT).count()
        if tried >= LEAST_SENT and failed >= MANY_BOUNCES * tried:
            said = _("%(share)s of the messages of “%(name)s” came back (%(failed)s of %(tried)s).") % {
                "share": formats.percent(failed, tried),
                "name": campaign.name,
                "failed": formats.number(failed),
                "tried": formats.number(tried),
            }
            yield panels.Mend(said, _page_of(campaign.pk), _("See why"))


def _page_of(campaign_id: int) -> str:
    return reverse("campaigns:campaign", args=[campaign_id])
