"""What surveys keep about one person: moved with her, given to her, and forgotten with her."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts import merging, privacy, values
from contacts.models import Contact
from crmseg.common.actor import Actor

from ..models import SurveyResponse
from . import services
from .schema import CHOICES, NUMBERS


def connect() -> None:
    merging.register("survey_answers", merging.Step(move, undo, count))
    privacy.register("survey_answers", give, forget, stays)


def count(contact_id: int) -> list[tuple[str, int]]:
    return [(_("Answers to surveys"), SurveyResponse.objects.filter(contact_id=contact_id).count())]


def move(survivor_id: int, merged_id: int, actor: Actor) -> list[int]:
    """A half-filled one stays where the survivor has one of the same survey."""
    both = SurveyResponse.objects.filter(contact_id=survivor_id, completed_at=None).values("survey_id")
    free = SurveyResponse.objects.filter(contact_id=merged_id).exclude(completed_at=None, survey_id__in=both)
    ids = list(free.order_by("pk").select_for_update().values_list("pk", flat=True))
    SurveyResponse.objects.filter(pk__in=ids).update(contact_id=survivor_id)
    return ids


def undo(survivor_id: int, merged_id: int, moved: Any, actor: Actor) -> None:
    SurveyResponse.objects.filter(contact_id=survivor_id, pk__in=moved).update(contact_id=merged_id)


def give(contact: Contact) -> list[dict[str, Any]]:
    found = SurveyResponse.objects.filter(contact_id=contact.pk).select_related("survey").order_by("pk")
    return [
        {
            "survey": response.survey.name,
            "version": response.version,
            "by": response.channel,
            "language": response.language,
            "started_at": values.dump(response.started_at),
            "answered_at": values.dump(response.completed_at),
            "answers": response.answers,
            "tags": response.tags,
        }
        for response in found
    ]


def stays(contact: Contact) -> str | None:
    n = SurveyResponse.objects.filter(contact_id=contact.pk).exclude(completed_at=None).count()
    said = ngettext(
        "%(n)s answer to a survey stays counted, without words and without a name.",
        "%(n)s answers to surveys stay counted, without words and without a name.",
        n,
    )
    return said % {"n": n} if n else None


def forget(contact: Contact) -> None:
    """What she chose stays counted; what she wrote, and that it was her, is gone."""
    hers = SurveyResponse.objects.filter(contact_id=contact.pk).select_related("survey")
    hers.filter(completed_at=None).delete()
    for response in hers:
        form = services.published(response.survey, response.version)
        counted = {one.key for one in form.questions if one.kind in CHOICES | NUMBERS} if form else set()
        response.answers = {key: value if key in counted else None for key, value in response.answers.items()}
        response.contact_id, response.tags, response.task_id = None, [], None
        response.save(update_fields=["answers", "contact_id", "tags", "task_id", "updated_at"])
