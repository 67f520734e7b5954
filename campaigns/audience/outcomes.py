"""The words for what becomes of a person of an audience, in the order of the waterfall."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# "queued" is whoever gets the message. Whoever several of these hold of has the first of them.
SKIPPED = {
    "excluded": _("In an excluded list"),
    "no_address": _("No address"),
    "no_consent": _("Not subscribed"),
    "suppressed": _("Address suppressed"),
    "duplicate_address": _("Same address as another contact"),
    "capped": _("Written to often enough"),
    "asked_lately": _("Asked in a survey within 30 days"),
    "lower_priority": _("Gets a more important campaign that day"),
    "held_out_always": _("Held out of every campaign"),
    "held_out": _("Held out to measure the effect"),
}
SKIPPED_LATER = {
    "deleted": _("Deleted after the start"),
    "cancelled": _("Campaign cancelled before their turn"),
}
REASONS = SKIPPED | SKIPPED_LATER


def with_total(tally: dict[str, int]) -> dict[str, int]:
    """Every step of the waterfall, in order, also where it holds nobody."""
    steps = {outcome: tally.get(outcome, 0) for outcome in (*SKIPPED, "queued")}
    return {"in_lists": sum(steps.values())} | steps
