"""What holds for every campaign of the account: who is always held out, how often people are written to, and when not.

All of it is off until an administrator says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_time
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput, Problem

from .models import FrequencyCap, SendingPolicy, SuppressedList
from .ways import CHANNELS

MOST_CAPS = 20
MOST_HELD_OUT = 0.5
MOST_DAYS, MOST_MESSAGES = 366, 1_000
FIELDS = ("holdout", "quiet_from", "quiet_until", "tracks_without_consent")


def current() -> SendingPolicy:
    return SendingPolicy.objects.filter(pk=1).first() or SendingPolicy(pk=1)


def caps() -> list[FrequencyCap]:
    return list(FrequencyCap.objects.order_by("channel", "topic", "days"))


def has_suppressed_lists(channel: str) -> bool:
    return SuppressedList.objects.filter(channel=channel).exists()


@transaction.atomic
def update(*, data: Mapping[str, object], actor: Actor) -> SendingPolicy:
    """Change what is given; the rest stays."""
    rules, _created = SendingPolicy.objects.select_for_update().get_or_create(pk=1)
    before = {key: getattr(rules, key) for key in FIELDS}
    problems: list[Problem] = []
    for key, raw in data.items():
        if key not in _READERS:
            problems.append(Problem(f"/{key[:100]}", _("There is no such setting.")))
            continue
        try:
            setattr(rules, key, _READERS[key](raw))
        except ValueError as error:
            problems.append(Problem(f"/{key}", str(error)))
    if not problems and (rules.quiet_from is None) != (rules.quiet_until is None):
        missing = "quiet_until" if rules.quiet_until is None else "quiet_from"
        problems.append(Problem(f"/{missing}", _("Quiet hours have a beginning and an end.")))
    if not problems and rules.quiet_from is not None and rules.quiet_from == rules.quiet_until:
        problems.append(Problem("/quiet_until", _("Quiet hours cannot last the whole day.")))
    if problems:
        raise InvalidInput(problems)
    after = {key: getattr(rules, key) for key in FIELDS}
    changed = {key: value for key, value in after.items() if value != before[key]}
    if changed:
        rules.save(update_fields=list(changed))
        audit.record(actor, "updated", rules, _told(changed), before=_told(before))
    return rules


@transaction.atomic
def add_cap(*, channel: object, topic: object, messages: object, days: object, actor: Actor) -> FrequencyCap:
    """At most so many messages in so many days. One for the same channel, topic and days is replaced."""
    problems: list[Problem] = []
    if channel not in CHANNELS:
        said = _("The channels are: %(channels)s.") % {"channels": ", ".join(CHANNELS)}
        problems.append(Problem("/channel", said))
    if not isinstance(topic, str) or len(topic) > 100:
        problems.append(Problem("/topic", _("Expected a text.")))
    for key, raw, most in (("messages", messages, MOST_MESSAGES), ("days", days, MOST_DAYS)):
        if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= most:
            said = _("Expected a whole number from %(least)s to %(most)s.") % {"least": 1, "most": f"{most:,}"}
            problems.append(Problem(f"/{key}", said))
    known: dict[str, Any] = {"channel": channel, "topic": str(topic).strip(), "days": days}
    if not problems and FrequencyCap.objects.exclude(**known).count() >= MOST_CAPS:
        problems.append(Problem("", _("Use at most %(limit)s caps.") % {"limit": MOST_CAPS}))
    if problems:
        raise InvalidInput(problems)
    defaults: dict[str, Any] = {"messages": messages}
    cap, _created = FrequencyCap.objects.update_or_create(**known, defaults=defaults)
    audit.record(actor, "created", cap, {**known, "messages": messages})
    return cap


@transaction.atomic
def remove_cap(cap_id: int, *, actor: Actor) -> None:
    """A cap that is gone already is none."""
    cap = FrequencyCap.objects.filter(pk=cap_id).first()
    if cap is not None:
        audit.record(actor, "deleted", cap)
        cap.delete()


def _share(raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal) or not 0 <= raw <= MOST_HELD_OUT:
        raise ValueError(_("Expected a share from %(least)s to %(most)s.") % {"least": 0, "most": MOST_HELD_OUT})
    return float(raw)


def _time(raw: object) -> time | None:
    if raw is None or raw == "":
        return None
    if isinstance(raw, time):
        return raw
    try:
        read = parse_time(raw) if isinstance(raw, str) else None
    except ValueError:
        read = None
    if read is None or read.tzinfo is not None:
        raise ValueError(_("Expected a time of day, such as 21:30."))
    return read


def _yes(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise ValueError(_("Expected true or false."))
    return raw


_READERS: Mapping[str, Any] = {
    "holdout": _share,
    "quiet_from": _time,
    "quiet_until": _time,
    "tracks_without_consent": _yes,
}


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the audit log keeps them."""
    return {key: value.isoformat() if isinstance(value, time) else value for key, value in values.items()}
