"""Nobody is asked more often than every 30 days, whatever the survey.

Whoever answered one by name, or was sent the link to one, is left in peace: campaigns with a link to a survey leave her
out, and a link that she still has says thank you instead of asking. Answers without a name are nobody's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from ..content.words import BODIES
from ..models import Campaign, SurveyResponse

PAUSE = timedelta(days=30)
MARK = "surveys."
"""What a message with a link to a survey has in it."""


def last_answer(contact_id: int, now: datetime) -> SurveyResponse | None:
    """Her latest answer, if it is so fresh that she is not asked again."""
    fresh = SurveyResponse.objects.filter(contact_id=contact_id, completed_at__gt=now - PAUSE)
    return fresh.select_related("survey").order_by("-completed_at").first()


def asks(campaign: Campaign) -> bool:
    """Whether its message leads to a survey."""
    said = [getattr(campaign, key) or "" for key in BODIES]
    said += [words.get(key) or "" for words in (campaign.translations or {}).values() for key in BODIES]
    if campaign.pk:
        said += [text or "" for row in campaign.arms.values_list(*BODIES) for text in row]
    return any(MARK in text for text in said)


def asking(now: datetime) -> list[int]:
    """The campaigns with a link to a survey that may have been sent within the pause."""
    has = Q(arms__body_mjml__contains=MARK) | Q(translations__icontains=MARK)
    for key in BODIES:
        has |= Q(**{f"{key}__contains": MARK})
    sent = Campaign.objects.exclude(started_at=None).filter(Q(finished_at=None) | Q(finished_at__gt=now - PAUSE))
    return sorted(set(sent.filter(has).values_list("pk", flat=True)))
