"""What a survey asks, as a typed form (`loading` reads it), what it still lacks, and how it is written.

    {"languages": ["en", "it"], "title": {"en": "…"}, "intro": {…}, "thanks": {…},
     "questions": [{"key": "score", "kind": "nps", "text": {"en": "…"}, "help": {…}, "required": true,
                    "options": [{"key": "price", "text": {…}}], "from": 1, "to": 5, "low": {…}, "high": {…},
                    "attribute": "nps_score", "consent": {"topic": "news", "text": {…}},
                    "if": {"question": "score", "op": "lte", "value": 6}}, …],
     "follow_up": {"if": {…}, "owner": 3, "days": 2, "title": "…"}}

A draft may be incomplete; `gaps` says what is missing before it can be published.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crmseg.common.problems import Problem

KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
MOST_QUESTIONS, MOST_OPTIONS, LONGEST_TEXT, LONGEST_TITLE = 50, 100, 2_000, 200
LEAST_STEP, MOST_STEP, MOST_STEPS = 0, 100, 11
MOST_DAYS = 365
RESERVED = frozenset({"survey", "survey_id", "version", "language", "channel"})
"""What the event of an answer says besides the answers."""
Text = Mapping[str, str]
"""What is said, by language."""


class Kind(StrEnum):
    NPS = "nps"
    CSAT = "csat"
    SINGLE = "single"
    MULTIPLE = "multiple"
    SCALE = "scale"
    TEXT = "text"
    EMAIL = "email"


LABELS = {
    Kind.NPS: gettext_lazy("Recommendation, 0 to 10 (NPS)"),
    Kind.CSAT: gettext_lazy("Satisfaction, 1 to 5 (CSAT)"),
    Kind.SINGLE: gettext_lazy("One of several"),
    Kind.MULTIPLE: gettext_lazy("Any of several"),
    Kind.SCALE: gettext_lazy("Scale"),
    Kind.TEXT: gettext_lazy("Own words"),
    Kind.EMAIL: gettext_lazy("E-mail address, with consent"),
}
NUMBERS = frozenset({Kind.NPS, Kind.CSAT, Kind.SCALE})
CHOICES = frozenset({Kind.SINGLE, Kind.MULTIPLE})
RANGES = {Kind.NPS: (0, 10), Kind.CSAT: (1, 5)}
OPS: Mapping[str, tuple[str, ...]] = {
    "number": ("is", "is_not", "gte", "lte"),
    "choice": ("is_any_of", "is_none_of"),
    "any": ("is_known", "is_unknown"),
}


@dataclass(frozen=True)
class Condition:
    question: str
    op: str
    value: Any = None


@dataclass(frozen=True)
class Option:
    key: str
    text: Text


@dataclass(frozen=True)
class Consent:
    topic: str
    text: Text


@dataclass(frozen=True)
class Question:
    key: str
    kind: Kind
    text: Text
    help: Text = field(default_factory=dict)
    required: bool = False
    options: tuple[Option, ...] = ()
    low: Text = field(default_factory=dict)
    high: Text = field(default_factory=dict)
    start: int = 1
    end: int = 5
    attribute: str = ""
    consent: Consent | None = None
    condition: Condition | None = None

    @property
    def range(self) -> tuple[int, int]:
        return RANGES.get(self.kind, (self.start, self.end))

    @property
    def steps(self) -> list[int]:
        first, last = self.range
        return list(range(first, last + 1)) if self.kind in NUMBERS else []

    def option(self, key: str) -> Option | None:
        return next((one for one in self.options if one.key == key), None)


@dataclass(frozen=True)
class FollowUp:
    """Whoever answers like this gets a task for a person."""

    condition: Condition
    owner: int | None
    days: int
    title: str


@dataclass(frozen=True)
class Form:
    languages: tuple[str, ...]
    title: Text
    intro: Text
    thanks: Text
    questions: tuple[Question, ...]
    follow_up: FollowUp | None = None

    @property
    def main(self) -> str:
        return self.languages[0]

    def question(self, key: str) -> Question | None:
        return next((one for one in self.questions if one.key == key), None)

    def first(self, kind: Kind) -> Question | None:
        return next((one for one in self.questions if one.kind is kind), None)


def say(text: Text, language: str, main: str) -> str:
    """In the language, or as it was written first."""
    return text.get(language) or text.get(main) or next(iter(text.values()), "")


def ops_of(question: Question) -> tuple[str, ...]:
    """What may be asked of an answer."""
    if question.kind in NUMBERS:
        return (*OPS["number"], *OPS["any"])
    if question.kind in CHOICES:
        return (*OPS["choice"], *OPS["any"])
    return OPS["any"]


def gaps(form: Form) -> list[Problem]:
    """What keeps the form from being published."""
    found: list[Problem] = []
    if not form.questions:
        found.append(Problem("/questions", _("Ask at least one question.")))

    def spoken(text: Text, at: str, *, needed: bool) -> None:
        for language in form.languages:
            if not text.get(language) and (needed or text):
                name = dict(settings.LANGUAGES)[language]
                found.append(Problem(f"{at}/{language}", _("Say it in %(language)s too.") % {"language": name}))

    spoken(form.title, "/title", needed=True)
    spoken(form.intro, "/intro", needed=False)
    spoken(form.thanks, "/thanks", needed=False)
    for index, one in enumerate(form.questions):
        at = f"/questions/{index}"
        spoken(one.text, f"{at}/text", needed=True)
        for key in ("help", "low", "high"):
            spoken(getattr(one, key), f"{at}/{key}", needed=False)
        if one.kind in CHOICES and len(one.options) < 2:
            found.append(Problem(f"{at}/options", _("Offer at least two options.")))
        for place, option in enumerate(one.options):
            spoken(option.text, f"{at}/options/{place}/text", needed=True)
        if one.consent:
            spoken(one.consent.text, f"{at}/consent/text", needed=True)
        if one.condition and one.condition.op in OPS["choice"] and not one.condition.value:
            found.append(Problem(f"{at}/if/value", _("Choose at least one option.")))
    addresses = [one for one in form.questions if one.kind is Kind.EMAIL]
    if len(addresses) > 1:
        found.append(Problem("/questions", _("Ask for one e-mail address only.")))
    return found


def dump(form: Form) -> dict[str, Any]:
    """The form as JSON; what is not said is left out."""
    return _without_nothing(
        {
            "languages": list(form.languages),
            "title": dict(form.title),
            "intro": dict(form.intro),
            "thanks": dict(form.thanks),
            "questions": [_question(one) for one in form.questions],
            "follow_up": form.follow_up and _follow_up(form.follow_up),
        },
        kept=("languages", "title", "questions"),
    )


def _question(one: Question) -> dict[str, Any]:
    said: dict[str, Any] = {
        "key": one.key,
        "kind": one.kind.value,
        "text": dict(one.text),
        "help": dict(one.help),
        "required": one.required,
        "low": dict(one.low),
        "high": dict(one.high),
        "attribute": one.attribute,
        "consent": one.consent and {"topic": one.consent.topic, "text": dict(one.consent.text)},
        "if": one.condition and _condition(one.condition),
    }
    if one.kind in CHOICES:
        said["options"] = [{"key": option.key, "text": dict(option.text)} for option in one.options]
    if one.kind is Kind.SCALE:
        said |= {"from": one.start, "to": one.end}
    return _without_nothing(said, kept=("key", "kind", "text", "options", "from", "to"))


def _condition(one: Condition) -> dict[str, Any]:
    value = list(one.value) if isinstance(one.value, tuple) else one.value
    said = {"question": one.question, "op": one.op}
    return said if one.op in OPS["any"] else said | {"value": value}


def _follow_up(one: FollowUp) -> dict[str, Any]:
    return {"if": _condition(one.condition), "owner": one.owner, "days": one.days, "title": one.title}


def _without_nothing(data: dict[str, Any], *, kept: Sequence[str]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key in kept or value not in (None, "", False, {}, [])}
