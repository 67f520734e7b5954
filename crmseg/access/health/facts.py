"""A fact with its state, the registry of who tells facts, and all of them together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from crmseg.common.clock import now

GOOD, QUIET, WARN, BAD = "good", "quiet", "warn", "bad"
_ORDER = (GOOD, QUIET, WARN, BAD)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fact:
    """`value` is for programs, `says` for people; `advice` is said where the state is not good."""

    key: str
    label: str
    value: Any
    says: str = ""
    state: str = GOOD
    advice: str = ""


@dataclass(frozen=True)
class Group:
    label: str
    facts: Sequence[Fact] = field(default_factory=list)


Tell = Callable[[], Iterable[Fact]]
_tellers: dict[str, tuple[int, str | Promise, Tell]] = {}


def register(key: str, order: int, label: str | Promise, tell: Tell) -> None:
    """`tell` answers the facts of `key`; it asks little enough to be asked every few seconds."""
    _tellers[key] = order, label, tell


def gather() -> list[Group]:
    """Everything that is known now. Who cannot answer is a fact, too."""
    return [
        Group(str(label), _told(key, str(label), tell))
        for key, (_order, label, tell) in sorted(_tellers.items(), key=lambda item: item[1][0])
    ]


def _told(key: str, label: str, tell: Tell) -> list[Fact]:
    try:
        with transaction.atomic():  # a question the database refuses spoils no other
            return list(tell())
    except Exception as error:
        log.warning("Health: %s does not answer: %s", key, error)
        advice = _("See whether it runs, and look into the logs for what it said last.")
        return [Fact(f"{key}.answers", label, False, _("does not answer"), BAD, advice)]


def worst(groups: Iterable[Group]) -> str:
    states = [fact.state for group in groups for fact in group.facts]
    return max(states, key=_ORDER.index, default=GOOD)


def graded(value: float, warn: float, bad: float) -> str:
    """The state of something that is better the smaller it is."""
    return BAD if value >= bad else WARN if value >= warn else GOOD


def seconds_since(instant: datetime | None) -> float:
    return max((now() - instant).total_seconds(), 0.0) if instant else 0.0


def as_document(groups: Sequence[Group]) -> dict[str, Any]:
    """The same facts for programs: their keys and values do not depend on any language."""
    facts = {
        fact.key: {"value": fact.value, "state": fact.state} | ({"advice": fact.advice} if fact.advice else {})
        for group in groups
        for fact in group.facts
    }
    return {"at": now().isoformat(), "state": worst(groups), "facts": facts}
