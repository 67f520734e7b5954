"""Which words a person gets: the arm's own where it has some, else those in the person's language, else the campaign's.

A subject and a body are chosen apart: an arm that tests a subject keeps the translated body. A body is chosen whole, so
that the HTML of one language never travels with the text of another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

MAIN = ""
"""The key of the campaign's own words, beside those of its translations."""
BODIES = ("body_mjml", "body_html", "body_text")


class Worded(Protocol):
    """Anything with the words of a message: a campaign, one of its arms, or a form not saved yet."""

    name: str
    subject: str
    body_mjml: str


@dataclass(frozen=True)
class Words:
    subject: str
    body_mjml: str
    body_html: str
    body_text: str


def languages_of(campaign: Worded) -> list[str]:
    """The languages that it has words in, besides its own."""
    return [language for language, words in _translations(campaign).items() if any(_said(words).values())]


def choose(campaign: Worded, arm: Worded | None = None, language: str = MAIN) -> Words:
    sources = [_of(arm)] if arm else []
    if language != MAIN:
        sources.append(_said(_translations(campaign).get(language, {})))
    sources.append(_of(campaign))
    subject = next((source["subject"] for source in sources if source["subject"].strip()), "")
    bodies = next((source for source in sources if any(source[key].strip() for key in BODIES)), sources[-1])
    return Words(subject, *(bodies[key] for key in BODIES))


def _of(words: Worded) -> dict[str, str]:
    return {key: getattr(words, key, "") or "" for key in ("subject", *BODIES)}


def _said(given: Mapping[str, Any]) -> dict[str, str]:
    return {key: given.get(key) or "" for key in ("subject", *BODIES)}


def _translations(campaign: Worded) -> Mapping[str, Mapping[str, Any]]:
    return getattr(campaign, "translations", None) or {}
