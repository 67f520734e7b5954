"""Questions about consent, reach and chance, as fields of a row."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from contacts.channels import CHANNELS
from contacts.consent_topics import channel_choices

from . import choices, controls
from .choices import Choice, Menu, menu
from .draft import Draft, Fields
from .values import integer, needed, number, text

PARTS = 10_000
"""A random share in percent is a slice of so many parts: two decimals."""


def consent_fields(raw: Mapping[str, Any]) -> Fields:
    shown = {"what": ["consent:"], "channel": [text(raw["consent"])], "op": [str(raw.get("op", "subscribed"))]}
    return shown | ({"topic": [text(raw["topic"])]} if raw.get("topic") else {})


def consent_node(draft: Draft) -> dict[str, Any]:
    channel, topic = draft.first("channel", "email"), draft.first("topic").strip()
    return {"consent": channel} | ({"topic": topic} if topic else {}) | {"op": draft.first("op", "subscribed")}


def consent_shown(draft: Draft) -> dict[str, Any]:
    return {
        "ops": controls.operators_for_consents(),
        "op": draft.first("op", "subscribed"),
        "channel": draft.first("channel", "email"),
        "channels": _asked_on(draft.first("channel")),
        "topic": draft.first("topic"),
    }


def reachable_fields(raw: Mapping[str, Any]) -> Fields:
    return {"what": ["reachable:"], "channel": [text(raw["reachable"])]}


def reachable_node(draft: Draft) -> dict[str, Any]:
    return {"reachable": draft.first("channel", "email")}


def reachable_shown(draft: Draft) -> dict[str, Any]:
    reached = Menu(Choice(channel.key, channel.label) for channel in CHANNELS.values())
    return {"channel": draft.first("channel", "email"), "channels": reached}


def _asked_on(given: str) -> Menu:
    """Every channel that people are asked about, by its name, and the one that the definition names."""
    names = dict(channel_choices())
    return menu(*({given: given} | names if given and given not in names else names).items())


def bucket_fields(raw: Mapping[str, Any]) -> Fields:
    low, high = raw["bucket"]
    of, salt = raw["of"], raw.get("salt", "")
    shown: Fields = {"what": ["bucket:"]} | ({"salt": [text(salt)]} if salt else {})
    if low == 0 and of == PARTS:
        return shown | {"share": [text(Decimal(high + 1) / 100)]}
    return shown | {"how": ["slice"], "low": [text(low)], "high": [text(high)], "parts": [text(of)]}


def bucket_node(draft: Draft) -> dict[str, Any]:
    salt = draft.first("salt").strip()
    if draft.first("how") == "slice":
        low, high, of = needed(draft.first("low"), draft.first("high"), draft.first("parts"))
        ends, parts = [integer(low), integer(high)], integer(of)
    else:
        (said,) = needed(draft.first("share"))
        share = number(said)
        last = said if isinstance(share, str) else int(share * 100) - 1
        ends, parts = [0, last], PARTS
    return {"bucket": ends, "of": parts} | ({"salt": salt} if salt else {})


def bucket_shown(draft: Draft) -> dict[str, Any]:
    share = draft.first("share", "10")
    return {
        "how": draft.first("how"),
        "hows": choices.BUCKETS,
        "share": share,
        "low": draft.first("low", "0"),
        "high": draft.first("high", "999"),
        "parts": draft.first("parts", str(PARTS)),
        "salt": draft.first("salt"),
    }
