"""What a new automation may begin from: the ones that most people want, with what only they can know left open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class Start:
    key: str
    icon: str
    label: str | Promise
    text: str | Promise
    definition: Callable[[], dict[str, Any]]


def _empty() -> dict[str, Any]:
    return {}


def _welcome() -> dict[str, Any]:
    return {
        "trigger": {"kind": "enters", "list": None},
        "steps": [
            {"id": "hello", "kind": "send", "campaign": None, "next": "wait"},
            {"id": "wait", "kind": "wait_for_event", "event": "Order Completed", "n": 7, "unit": "day",
             "yes": "stage", "no": "reminder"},
            {"id": "stage", "kind": "set_stage", "stage": "customer", "next": ""},
            {"id": "reminder", "kind": "send", "campaign": None, "next": ""},
        ],
        "goal_event": {"event": "Order Completed"},
        "holdout": 10,
    }  # fmt: skip


def _win_back() -> dict[str, Any]:
    return {
        "trigger": {"kind": "enters", "list": None},
        "steps": [
            {"id": "morning", "kind": "wait_until", "at": "09:00", "weekdays": [1, 2, 3, 4, 5], "next": "offer"},
            {"id": "offer", "kind": "send", "campaign": None, "next": "back"},
            {"id": "back", "kind": "wait_for_event", "event": "Order Completed", "n": 14, "unit": "day",
             "yes": "", "no": "call"},
            {"id": "call", "kind": "create_task", "title": _("Ring up and ask what was missing"), "n": 2,
             "unit": "day", "next": ""},
        ],
        "goal_event": {"event": "Order Completed"},
        "reentry": {"after": 26, "unit": "week"},
        "holdout": 10,
    }  # fmt: skip


def _birthday() -> dict[str, Any]:
    return {
        "trigger": {"kind": "date", "property": "birth_date", "offset": 0, "at": "09:00", "yearly": True},
        "steps": [{"id": "wishes", "kind": "send", "campaign": None, "next": ""}],
        "reentry": "always",
    }


def _lead() -> dict[str, Any]:
    return {
        "trigger": {"kind": "enters", "list": None},
        "steps": [
            {"id": "stage", "kind": "set_stage", "stage": "sales-qualified", "next": "call"},
            {"id": "call", "kind": "create_task", "title": _("First call"), "n": 1, "unit": "day", "next": ""},
        ],
        "reentry": "never",
    }


STARTS = (
    Start("empty", "plus", gettext_lazy("From nothing"), gettext_lazy("Choose who enters, then add steps."), _empty),
    Start(
        "welcome",
        "mood-smile",
        gettext_lazy("Welcome"),
        gettext_lazy("A message to whoever enters a list, and a reminder after a week without an order."),
        _welcome,
    ),
    Start(
        "win-back",
        "arrow-back-up",
        gettext_lazy("Win back"),
        gettext_lazy("An offer on a working morning, and a call for whoever does not order within two weeks."),
        _win_back,
    ),
    Start(
        "birthday",
        "cake",
        gettext_lazy("Birthday"),
        gettext_lazy("Good wishes at nine in the morning of the day, every year."),
        _birthday,
    ),
    Start(
        "lead",
        "phone",
        gettext_lazy("Hand a lead to sales"),
        gettext_lazy("Whoever enters a list becomes sales-qualified, and somebody gets a task to ring her up."),
        _lead,
    ),
)
BY_KEY = {start.key: start for start in STARTS}
