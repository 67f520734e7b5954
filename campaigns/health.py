"""What operators are told of campaigns: messages that wait to go out, and those nobody knows about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crmseg.access.health import GOOD, QUIET, WARN, Fact, register
from crmseg.common.clock import now

from .models import Campaign, Send

COUNT_LIMIT = 100_000
LATELY = timedelta(days=1)


def connect() -> None:
    register("campaigns", 25, gettext_lazy("Campaigns"), sending)


def sending() -> Iterator[Fact]:
    running = [*Campaign.objects.filter(state=Campaign.State.SENDING).values_list("pk", flat=True)]
    waiting = Send.objects.filter(campaign__in=running, state=Send.State.QUEUED).order_by()[: COUNT_LIMIT + 1].count()
    says = _("%(waiting)s messages of %(campaigns)s campaigns") % {"waiting": waiting, "campaigns": len(running)}
    yield Fact("campaigns.waiting", _("To be sent"), waiting, says, QUIET)
    recent = Campaign.objects.filter(started_at__gte=now() - LATELY).values_list("pk", flat=True)
    unsure = Send.objects.filter(campaign__in=[*running, *recent], state=Send.State.UNCERTAIN).count()
    advice = _("A worker or the mail server stopped in the middle. They are not sent twice; the campaign lists them.")
    label, state = _("Uncertain since yesterday"), WARN if unsure else GOOD
    yield Fact("campaigns.uncertain", label, unsure, str(unsure), state, advice if unsure else "")
