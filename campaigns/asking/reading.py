"""Working with answers: tagging them, handing one to a person, and taking one away that should not count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from contacts import values
from contacts.models import Contact, Event
from contacts.services.tasks import create_task
from crmseg.access import audit
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from ..models import SurveyResponse
from . import responding
from .schema import Form

MOST_TAGS, LONGEST_TAG = 20, 60


@transaction.atomic
def tag_answer(response_id: int, tags: Sequence[object], *, actor: Actor) -> SurveyResponse:
    """These tags and no others; raises SurveyResponse.DoesNotExist."""
    try:
        read = [" ".join((values.read_text(tag) or "").split()).casefold() for tag in tags]
    except ValueError as error:
        raise InvalidInput([Problem("/tags", str(error))]) from error
    wanted = sorted({tag for tag in read if tag})
    if len(wanted) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in wanted):
        said = _("At most %(most)s tags of %(longest)s characters.")
        raise InvalidInput([Problem("/tags", said % {"most": MOST_TAGS, "longest": LONGEST_TAG})])
    response = SurveyResponse.objects.select_for_update(of=("self",)).select_related("survey").get(pk=response_id)
    if wanted != response.tags:
        before, response.tags = response.tags, wanted
        response.save(update_fields=["tags", "updated_at"])
        audit.record(actor, "tagged", response.survey, {"tags": wanted}, before={"tags": before})
    return response


@transaction.atomic
def route_answer(
    response_id: int, *, owner: int | None = None, title: str = "", days: int = 2, note: str = "", actor: Actor
) -> SurveyResponse:
    """A task about whoever answered; raises SurveyResponse.DoesNotExist."""
    response = SurveyResponse.objects.select_related("survey").get(pk=response_id)
    if response.contact_id is None or not Contact.objects.filter(pk=response.contact_id).exists():
        raise Conflict(_("Nobody knows whose answer this is."))
    task = create_task(
        response.contact_id,
        title or _("Answer to “%(survey)s”: get in touch") % {"survey": response.survey.name},
        owner=owner,
        due_at=clock.now() + timedelta(days=days),
        note=note,
        source=f"survey:{response.survey_id}",
        actor=actor,
    )
    response.task_id = task.pk
    response.save(update_fields=["task_id", "updated_at"])
    return response


@transaction.atomic
def delete_answer(response_id: int, *, actor: Actor) -> None:
    """It and its event are gone, so that no report and no list counts it, and she may be asked again. What it wrote to
    attributes stays (`written`), and so does the task. Raises SurveyResponse.DoesNotExist."""
    response = SurveyResponse.objects.select_for_update(of=("self",)).select_related("survey").get(pk=response_id)
    if response.contact_id is not None and response.completed_at is not None:
        told = Event.objects.filter(contact_id=response.contact_id, occurred_at=response.completed_at)
        told.filter(type__name=responding.EVENT, message_id=responding.message_of(response)).delete()
    gone = {"answer": response.pk, "contact": response.contact_id}
    audit.record(actor, "deleted an answer of", response.survey, gone)
    response.delete()


def written(form: Form, response: SurveyResponse, contact: Contact) -> list[str]:
    """The attributes that still are what this answer says."""
    said = {one.attribute: response.answers.get(one.key) for one in form.questions if one.attribute}
    return [key for key, value in said.items() if value is not None and contact.attributes.get(key) == value]
