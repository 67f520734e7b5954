"""A survey that is open, and people who answer it."""

from __future__ import annotations

import re
from typing import Any

from campaigns.asking import links, services
from campaigns.models import Survey
from crmseg.common.actor import Actor

MAKER = Actor("user", "Mia")


def words(said: str, **others: str) -> dict[str, str]:
    return {"en": said} | others


def nps_form(**more: Any) -> dict[str, Any]:
    """A score, why where it is low, what matters, and what matters else."""
    return {
        "languages": ["en", "it"],
        "title": words("How are we?", it="Come siamo?"),
        "questions": [
            {
                "key": "score",
                "kind": "nps",
                "text": words("Would you recommend us?", it="Ci consiglieresti?"),
                "required": True,
                "attribute": "nps_score",
            },
            {
                "key": "why",
                "kind": "text",
                "text": words("What went wrong?", it="Che cosa è andato male?"),
                "if": {"question": "score", "op": "lte", "value": 6},
            },
            {
                "key": "need",
                "kind": "single",
                "text": words("What matters?", it="Che cosa conta?"),
                "options": [
                    {"key": "price", "text": words("A good price", it="Un buon prezzo")},
                    {"key": "quality", "text": words("Quality", it="La qualità")},
                ],
                "attribute": "main_need",
            },
        ],
    } | more


def opened(definition: dict[str, Any] | None = None, **data: Any) -> Survey:
    given: dict[str, object] = {"name": "Spring", "definition": definition or nps_form()} | data
    survey = services.create_survey(data=given, actor=MAKER)
    return services.publish_survey(survey.pk, actor=MAKER)


def path_of(url: str) -> str:
    return re.sub(r"^https?://[^/]+", "", url)


def personal(survey: Survey, contact_id: int) -> str:
    return path_of(links.personal_url(survey.pk, contact_id))
