"""The scores of one person: given to her on request, and forgotten with her."""

from __future__ import annotations

from typing import Any

from contacts.models import Contact

from ..models import Score
from . import selectors


def give(contact: Contact) -> list[dict[str, Any]]:
    """What every model gives her; how it moved stands in the history of her attributes."""
    return [
        {
            "model": score.model.key,
            "points": score.points,
            "fit": score.fit,
            "engagement": score.engagement,
            "grade": score.grade,
            "changed_at": score.changed_at,
        }
        for score in selectors.scores_of(contact.pk)
    ]


def forget(contact: Contact) -> None:
    Score.objects.filter(contact=contact.pk).delete()
