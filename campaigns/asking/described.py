"""What the OpenAPI document says of the definition of a survey; docs/surveys.md says it in words."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from .schema import (
    CHOICES,
    LEAST_STEP,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_DAYS,
    MOST_OPTIONS,
    MOST_QUESTIONS,
    MOST_STEP,
    OPS,
    Kind,
)

Schema = dict[str, Any]
_LANGUAGES: Final = [code for code, _name in settings.LANGUAGES]
_KEY: Final[Schema] = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,59}$"}


def _text(most: int, about: str = "") -> Schema:
    by_language = {code: {"type": "string", "maxLength": most} for code in _LANGUAGES}
    said = f"{about} By language; a text alone is in the first.".strip()
    return {"description": said, "oneOf": [{"type": "string"}, {"type": "object", "properties": by_language}]}


_CONDITION: Final[Schema] = {
    "type": "object",
    "nullable": True,
    "description": "Of one question that comes before: `is`, `is_not`, `gte`, `lte` of a number, `is_any_of`,"
    " `is_none_of` of options, `is_known`, `is_unknown` of any.",
    "required": ["question", "op"],
    "properties": {
        "question": _KEY,
        "op": {"type": "string", "enum": [op for ops in OPS.values() for op in ops]},
        "value": {"oneOf": [{"type": "integer"}, {"type": "array", "items": _KEY}]},
    },
}
_OPTION: Final[Schema] = {
    "type": "object",
    "required": ["key"],
    "properties": {"key": _KEY, "text": _text(LONGEST_TITLE)},
}
_STEP: Final[Schema] = {"type": "integer", "minimum": LEAST_STEP, "maximum": MOST_STEP}
QUESTION: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["key", "kind"],
    "properties": {
        "key": _KEY,
        "kind": {
            "type": "string",
            "enum": [kind.value for kind in Kind],
            "description": "`nps` is answered from 0 to 10, `csat` from 1 to 5.",
        },
        "text": _text(LONGEST_TEXT),
        "help": _text(LONGEST_TEXT),
        "required": {"type": "boolean", "default": False},
        "options": {
            "type": "array",
            "maxItems": MOST_OPTIONS,
            "items": _OPTION,
            "description": f"Of {' and '.join(sorted(kind.value for kind in CHOICES))}.",
        },
        "from": {**_STEP, "default": 1, "description": "Of a scale."},
        "to": {**_STEP, "default": 5, "description": "Of a scale."},
        "low": _text(LONGEST_TITLE, "What the lowest number means."),
        "high": _text(LONGEST_TITLE, "What the highest number means."),
        "attribute": {"type": "string", "description": "The attribute that answers are kept as; made where missing."},
        "consent": {
            "type": "object",
            "nullable": True,
            "description": "Of an e-mail address: the sentence agreed to, confirmed by a link that is sent there.",
            "properties": {"topic": {"type": "string"}, "text": _text(LONGEST_TEXT)},
        },
        "if": _CONDITION,
    },
}
DEFINITION: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "languages": {"type": "array", "items": {"type": "string", "enum": _LANGUAGES}},
        "title": _text(LONGEST_TITLE),
        "intro": _text(LONGEST_TEXT),
        "thanks": _text(LONGEST_TEXT),
        "questions": {"type": "array", "maxItems": MOST_QUESTIONS, "items": QUESTION},
        "follow_up": {
            "type": "object",
            "nullable": True,
            "description": "Whoever answers like this gets a task for a person.",
            "required": ["if"],
            "properties": {
                "if": _CONDITION,
                "owner": {"type": "integer", "nullable": True, "description": "A person who works here."},
                "days": {"type": "integer", "minimum": 0, "maximum": MOST_DAYS, "default": 2},
                "title": {"type": "string", "maxLength": LONGEST_TITLE},
            },
        },
    },
    "example": {
        "languages": ["en", "it"],
        "title": {"en": "How are we?", "it": "Come siamo?"},
        "questions": [
            {
                "key": "score",
                "kind": "nps",
                "text": {"en": "Would you recommend us?", "it": "Ci consiglieresti?"},
                "required": True,
                "attribute": "nps_score",
            },
            {
                "key": "why",
                "kind": "text",
                "text": {"en": "What went wrong?", "it": "Che cosa è andato male?"},
                "if": {"question": "score", "op": "lte", "value": 6},
            },
        ],
        "follow_up": {"if": {"question": "score", "op": "lte", "value": 6}, "days": 2, "title": "Call her"},
    },
}
