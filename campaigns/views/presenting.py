"""A campaign's numbers as its pages show them: every step of the waterfall with the sends behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crmseg.common.problems import InvalidInput
from segments import catalogue, sentences
from segments.models import Segment

from .. import audience, selectors, whom
from ..measuring.waterfall import LABELS, WRITTEN_TO
from ..models import Campaign, Send

OUTCOMES: dict[str, str | Promise] = {
    "waiting": _("Waiting for the winner"),
    "queued": _("Waiting"),
    "sent": _("Sent"),
    "failed": _("Failed"),
    "uncertain": _("Uncertain"),
    "unsubscribed": _("Unsubscribed"),
}


NOTES: dict[str, str | Promise] = {
    "scheduled": _("Scheduled"),
    "unscheduled": _("Schedule taken off"),
    "started": _("Started"),
    "paused": _("Paused"),
    "resumed": _("Resumed"),
    "cancelled": _("Cancelled"),
    "finished": _("Everyone was written to"),
    "decided": _("The test was decided"),
}


REACTIONS: dict[str, str | Promise] = {
    "delivered": _("Delivered"),
    "opened": _("Opened"),
    "machine_opened": _("Opened by a program"),
    "clicked": _("Clicked"),
    "converted": _("Converted"),
    "bounced": _("Bounced"),
    "complained": _("Complained"),
    "unsubscribed": _("Unsubscribed"),
}


COUNTED_AT_ONCE = 20_000
"""People in the lists; where there are more, the page stands before they are counted."""


@dataclass(frozen=True)
class Step:
    key: str
    label: str | Promise
    people: int
    url: str = ""
    is_total: bool = False


@dataclass(frozen=True)
class AudienceList:
    """A list of a campaign, and what it meant when the campaign started, or means now."""

    pk: int
    name: str
    size: int
    said: str
    version: int | None


def audience_lists(campaign: Campaign, lists: list[Segment]) -> list[AudienceList]:
    used = {int(pk): number for pk, number in campaign.versions_used.items()}
    said = sentences.of_versions({listed.pk: used.get(listed.pk) for listed in lists})
    return [
        AudienceList(listed.pk, listed.name, listed.size, said.get(listed.pk, ""), used.get(listed.pk) or None)
        for listed in lists
    ]


def definitions_of(parts: list[Any]) -> list[str]:
    """What the definitions written for this campaign alone say."""
    found = whom.definitions_in(parts)
    if not found:
        return []
    known = catalogue.current()
    return [sentences.sentence_of(one, known) for one in found]


def is_soon_counted(campaign: Campaign) -> bool:
    """Nobody waits for its page because of them: there are few, in lists alone."""
    if len(campaign.include_ids) < len(campaign.include):
        return False
    people = Segment.objects.filter(pk__in=campaign.include_ids).aggregate(n=Sum("size"))["n"]
    return (people or 0) <= COUNTED_AT_ONCE


def estimate(campaign: Campaign) -> list[Step]:
    """What a start would find now; a definition that can no longer be read finds nobody, and says why."""
    try:
        tally = audience.waterfall(campaign)
    except InvalidInput as error:
        said = gettext("This definition can no longer be read: %(problem)s")
        return [Step("queued", said % {"problem": error.problems[0].message}, 0, is_total=True)]
    return [
        Step("in_lists", _("In the lists"), tally["in_lists"], _people_url(campaign), is_total=True),
        *(
            Step(key, label, tally[key], _people_url(campaign, key))
            for key, label in audience.SKIPPED.items()
            if tally[key]
        ),
        Step("queued", _("Will get the message"), tally["queued"], _people_url(campaign, "queued"), is_total=True),
    ]


def _people_url(campaign: Campaign, step: str = "") -> str:
    """Who is behind a step of what is saved."""
    if not campaign.pk:
        return ""
    return reverse("campaigns:audience", args=[campaign.pk]) + (f"?step={step}" if step else "")


def waterfall(campaign: Campaign) -> list[Step]:
    """What became of everyone who was in the lists at the start."""
    report = selectors.report(campaign)
    skipped = report["skipped"]
    written_to = sum(report[key] for key in ("waiting", "queued", "sent", "failed", "uncertain"))
    total = written_to + sum(skipped.values())
    return [
        Step("in_lists", _("In the lists"), total, sends_url(campaign), is_total=True),
        *(
            Step(key, label, skipped[key], sends_url(campaign, state=Send.State.SKIPPED, reason=key))
            for key, label in audience.REASONS.items()
            if skipped.get(key)
        ),
        Step(WRITTEN_TO, LABELS[WRITTEN_TO], written_to, sends_url(campaign, step=WRITTEN_TO), is_total=True),
        *(
            Step(key, label, report[key], _outcome_url(campaign, key))
            for key, label in OUTCOMES.items()
            if report[key] or key == "sent"
        ),
    ]


def said_of(chosen: dict[str, str]) -> str | Promise:
    """What the people of a page of sends have in common; empty where that is everyone."""
    if chosen["reaction"]:
        return REACTIONS[chosen["reaction"]]
    if chosen["step"]:
        return LABELS[chosen["step"]]
    if chosen["reason"]:
        return audience.REASONS.get(chosen["reason"], chosen["reason"])
    return dict(Send.State.choices).get(chosen["state"], "")


def sends_url(campaign: Campaign, **query: str) -> str:
    url = reverse("campaigns:sends", args=[campaign.pk])
    return f"{url}?{'&'.join(f'{key}={value}' for key, value in query.items())}" if query else url


def notes(campaign: Campaign) -> list[tuple[str | Promise, str, datetime]]:
    """What happened to the campaign, by whom (nobody for the product itself) and when, newest first."""
    found = []
    for note in campaign.notes.order_by("-at", "-pk"):
        kind, _colon, who = note.actor.partition(":")
        found.append((NOTES.get(note.what, note.what), "" if kind == "system" else who, note.at))
    return found


def reason_of(send: Send) -> str | Promise:
    """Why someone was skipped, in words; what the server said, as it said it."""
    return audience.REASONS.get(send.reason, send.reason)


def _outcome_url(campaign: Campaign, key: str) -> str:
    return sends_url(campaign, **{"reaction" if key in selectors.REACTIONS else "state": key})
