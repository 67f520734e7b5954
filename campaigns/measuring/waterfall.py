"""From everyone in the lists to those who did what the campaign is for: every step, and why people are lost at it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ..models import Campaign, Reaction, Send
from .figures import Figures

# Step, its words, and the reasons for which people are lost before it.
STEPS = (
    ("in_lists", _("In the lists"), ()),
    ("not_excluded", _("Not excluded"), ("excluded",)),
    ("reachable", _("Reachable"), ("no_address",)),
    ("consented", _("Consented"), ("no_consent",)),
    ("not_suppressed", _("Not suppressed"), ("suppressed",)),
    ("once", _("Each address once"), ("duplicate_address",)),
    ("not_capped", _("Not capped"), ("capped", "asked_lately", "lower_priority")),
    ("not_held_out", _("Not held out"), ("held_out_always", "held_out")),
)
REACTIONS = (
    ("sent", _("Sent")),
    ("delivered", _("Delivered")),
    ("opened", _("Opened")),
    ("clicked", _("Clicked")),
    ("converted", _("Converted")),
)
WRITTEN_TO = "written_to"
"""Whoever was to get the message and was not skipped since, whether or not it came to that."""
LABELS = {key: label for key, label, _reasons in STEPS} | dict(REACTIONS) | {WRITTEN_TO: _("To be written to")}
_OPEN = ("waiting", "queued", "failed", "uncertain")


def counts(found: Figures) -> dict[str, int]:
    """What became of those the message was sent to. Bounces are of all messages: a server may refuse at once."""
    sent = found.sent()
    return {
        "sent": sent.people,
        "delivered": delivered(found),
        "bounced": found.sums(lambda row: True).bounced,
        "opened": sent.opened,
        "machine_opened": sent.machine_opened,
        "clicked": sent.clicked,
        "converted": sent.converted,
        "complained": sent.complained,
        "unsubscribed": sent.unsubscribed,
    }


def delivered(found: Figures) -> int:
    """As reported; where nobody reports deliveries: sent, and not come back."""
    sent = found.sent()
    return sent.delivered if found.by_provider else sent.people - sent.bounced


def behind(campaign: Campaign, step: str, sends: QuerySet[Send]) -> QuerySet[Send]:
    """Those of the sends that a step counts, exactly: of those held out nobody is among who converted."""
    if step == WRITTEN_TO:
        return sends.exclude(state=Send.State.SKIPPED)
    keys = [key for key, _label, _reasons in STEPS]
    if step in keys:
        lost = [reason for _key, _label, reasons in STEPS[: keys.index(step) + 1] for reason in reasons]
        return sends.exclude(state=Send.State.SKIPPED, reason__in=lost)
    sent = sends.filter(state=Send.State.SENT)
    if step == "sent":
        return sent
    if step != "delivered":
        return sent.exclude(**{f"{step}_at": None})
    arrived = sent.filter(bounced_at=None)
    if Reaction.objects.filter(campaign=campaign, kind=Reaction.Kind.DELIVERED).exists():
        arrived = arrived.exclude(Q(delivered_at=None) & Q(opened_at=None) & Q(clicked_at=None))
    return arrived


def flat(found: Figures) -> dict[str, int]:
    """By word: everyone, each reason for which somebody was skipped, whoever was to get it, and what they did."""
    numbers = counts(found)
    return (
        {"in_lists": found.sums(lambda row: True).people}
        | {reason: 0 for _key, _label, reasons in STEPS for reason in reasons}
        | found.skipped()
        | {"queued": found.in_state("waiting", "queued", "leased", "sent", "failed", "uncertain")}
        | {key: numbers[key] for key, _label in REACTIONS}
    )


def steps(found: Figures) -> list[dict[str, Any]]:
    """In order: how many are left, and how many were lost just before, by reason."""
    words, skipped = flat(found), found.skipped()
    left, rows = words["in_lists"], []
    for key, label, reasons in STEPS:
        lost = {reason: skipped.pop(reason) for reason in reasons if skipped.get(reason)}
        left -= sum(lost.values())
        rows.append(_step(key, str(label), left, lost))
    lost = skipped | {state: found.in_state(*_states(state)) for state in _OPEN}
    for key, label in REACTIONS:
        rows.append(_step(key, str(label), words[key], {why: n for why, n in lost.items() if n}))
        lost = {}
    return rows


def _states(state: str) -> tuple[str, ...]:
    return (state, Send.State.LEASED) if state == Send.State.QUEUED else (state,)


def _step(key: str, label: str, people: int, lost: dict[str, int]) -> dict[str, Any]:
    return {
        "key": key,
        "label": label,
        "people": people,
        "lost": [{"reason": reason, "people": count} for reason, count in lost.items()],
    }
