"""What a new survey begins with: a few proven forms, in the four languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Start = Mapping[str, Any]

_WHY = _("What is the main reason for your answer?")
_THANKS = _("Thank you for your time.")
_SCORE: Start = {
    "key": "score",
    "kind": "nps",
    "text": _("How likely are you to recommend us to a friend or colleague?"),
    "low": _("Not at all likely"),
    "high": _("Very likely"),
    "required": True,
    "attribute": "nps_score",
}
STARTS: Mapping[str, tuple[str | Promise, str | Promise, Start]] = {
    "nps": (
        _("Recommendation (NPS)"),
        _("One number from 0 to 10, and why. What went wrong is asked only of those who would not recommend you."),
        {
            "title": _("How are we doing?"),
            "thanks": _THANKS,
            "questions": [
                _SCORE,
                {"key": "why", "kind": "text", "text": _WHY},
                {
                    "key": "better",
                    "kind": "text",
                    "text": _("What should we do better first?"),
                    "if": {"question": "score", "op": "lte", "value": 6},
                },
            ],
        },
    ),
    "csat": (
        _("Satisfaction (CSAT)"),
        _("One number from 1 to 5 after an order, a delivery or an answer of yours."),
        {
            "title": _("How was it?"),
            "thanks": _THANKS,
            "questions": [
                {
                    "key": "satisfaction",
                    "kind": "csat",
                    "text": _("How satisfied are you?"),
                    "low": _("Very dissatisfied"),
                    "high": _("Very satisfied"),
                    "required": True,
                    "attribute": "csat_score",
                },
                {"key": "why", "kind": "text", "text": _WHY},
            ],
        },
    ),
    "needs": (
        _("Needs"),
        _("What people want and what matters to them: the answers become attributes, and so lists by need."),
        {
            "title": _("What matters to you?"),
            "thanks": _THANKS,
            "questions": [
                {
                    "key": "looking_for",
                    "kind": "single",
                    "text": _("What are you looking for?"),
                    "options": [
                        {"key": "price", "text": _("A good price")},
                        {"key": "quality", "text": _("The best quality")},
                        {"key": "ease", "text": _("As little effort as possible")},
                        {"key": "advice", "text": _("Advice")},
                    ],
                    "required": True,
                    "attribute": "main_need",
                },
                {
                    "key": "effort",
                    "kind": "scale",
                    "from": 1,
                    "to": 5,
                    "text": _("How easy is it to find what you need with us?"),
                    "low": _("Very hard"),
                    "high": _("Very easy"),
                },
                {"key": "more", "kind": "text", "text": _("Is there anything that we should know?")},
            ],
        },
    ),
    "form": (
        _("Sign-up form"),
        _("An e-mail address with consent, confirmed by a link that is sent to it."),
        {
            "title": _("Hear from us"),
            "thanks": _("Thank you. Please look into your mailbox: one click there confirms it."),
            "questions": [
                {
                    "key": "email",
                    "kind": "email",
                    "text": _("Where may we write to you?"),
                    "required": True,
                    "consent": {"topic": "", "text": _("Yes, write to me by e-mail. I can unsubscribe at any time.")},
                },
            ],
        },
    ),
    "blank": (
        _("From the beginning"),
        _("A title and nothing else yet."),
        {"title": _("What would you like to know?"), "questions": []},
    ),
}


def definition(key: str, main: str) -> dict[str, Any]:
    """The form to begin with, in every language, `main` first."""
    languages = [main, *(code for code, _name in settings.LANGUAGES if code != main)]
    spoken: dict[str, Any] = _spoken(STARTS[key][2], languages)
    return {"languages": languages} | spoken


def _spoken(said: Any, languages: list[str]) -> Any:
    if isinstance(said, Promise):
        return {language: _in(said, language) for language in languages}
    if isinstance(said, Mapping):
        return {key: _spoken(value, languages) for key, value in said.items()}
    return [_spoken(value, languages) for value in said] if isinstance(said, list) else said


def _in(said: Promise, language: str) -> str:
    with translation.override(language):
        return str(said)
