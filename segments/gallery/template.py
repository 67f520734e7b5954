"""A template: what it is for, and the definition it makes of what the account has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .facts import Facts

Json = dict[str, Any]
Words = str | Promise


class Model(StrEnum):
    """The ways in which a market is divided, and what one wants of its parts."""

    GOAL = "goal"
    DEMOGRAPHIC = "demographic"
    GEOGRAPHIC = "geographic"
    PSYCHOGRAPHIC = "psychographic"
    TECHNOGRAPHIC = "technographic"
    BEHAVIOURAL = "behavioural"
    VALUE = "value"
    NEEDS = "needs"
    COMPANY = "company"


MODELS: Mapping[Model, tuple[Words, Words]] = {
    Model.GOAL: (_("Start from a goal"), _("What you want to reach, with whom to reach it.")),
    Model.DEMOGRAPHIC: (_("Demographic"), _("Who they are: age, gender, family, education, income, life stage.")),
    Model.GEOGRAPHIC: (_("Geographic"), _("Where they live, and which language they read.")),
    Model.PSYCHOGRAPHIC: (_("Psychographic"), _("What they like, value and believe, and how they live.")),
    Model.TECHNOGRAPHIC: (_("Technographic"), _("The devices, systems and programs they use.")),
    Model.BEHAVIOURAL: (_("Behavioural"), _("What they did, how often, how lately, and what they stopped doing.")),
    Model.VALUE: (_("Value"), _("What they are worth: what they spend, and could spend.")),
    Model.NEEDS: (_("Needs"), _("What they need and want to reach, and how they wish to be spoken to.")),
    Model.COMPANY: (
        _("Companies (B2B)"),
        _("Where they work: industry, size, place, role, and what the company buys."),
    ),
}


@dataclass(frozen=True)
class Template:
    """`make` writes the definition, or raises Missing. `about` fills in the list's own fields: its goal, its metric,
    its persona and the notes for each team."""

    key: str
    model: Model
    name: Words
    text: Words
    make: Callable[[Facts], Json]
    icon: str = "filter"
    about: Mapping[str, Words] = field(default_factory=dict)


def every(*nodes: Json) -> Json:
    return {"all": list(nodes)}


def prop(key: str, op: str, value: object = None, **more: object) -> Json:
    node = {"property": key, "op": op, **more}
    return node if value is None else node | {"value": value}


def did(event: str, days: int | None = None, *, op: str = "did", value: object = None, **more: object) -> Json:
    """An event, in the last `days` where they are given."""
    node: Json = {"event": event, "op": op, **more}
    if value is not None:
        node["value"] = value
    if days is not None:
        node["window"] = {"last": days, "unit": "day"}
    return node


def spent(event: str, days: int, op: str, value: object, measure: str = "sum") -> Json:
    return did(event, days, op=op, value=value, measure=measure, of="revenue")
