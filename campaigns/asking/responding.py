"""Answering: begun, kept question by question, and complete when nothing is left to ask.

The last answer writes everything at once, in one transaction: the answers, the event `Survey Answered`, the attributes
that questions are kept as, the address and the question for her consent, and the task for a person. Killed before, the
answers so far are there and the same link goes on with them; a second time changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from contacts import identity
from contacts import services as contacts
from contacts.models import Contact
from contacts.services.tasks import create_task
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import Conflict, InvalidInput

from .. import optin
from ..models import Survey, SurveyResponse
from . import flow, services
from .schema import Form, Kind, Question

logger = logging.getLogger(__name__)
EVENT = "Survey Answered"
SOURCE = "surveys"
ACTOR = Actor("system", "survey")
Channel = SurveyResponse.Channel


def begin(
    survey: Survey, *, channel: Channel, language: str, contact_id: int | None = None, now: datetime | None = None
) -> SurveyResponse:
    """A new answer to what is published now, or the one that this person left half-filled."""
    fields = {"channel": channel, "language": language, "version": survey.version, "started_at": now or clock.now()}
    if contact_id is None:
        return SurveyResponse.objects.create(survey=survey, **fields)
    made: SurveyResponse | None = open_answer(survey, contact_id)
    if made is None:
        try:
            with transaction.atomic():
                made = SurveyResponse.objects.create(survey=survey, contact_id=contact_id, **fields)
        except IntegrityError:  # another tab was faster
            made = open_answer(survey, contact_id)
            if made is None:
                raise
    return made


def open_answer(survey: Survey, contact_id: int) -> SurveyResponse | None:
    """What this person left half-filled."""
    return SurveyResponse.objects.filter(survey=survey, contact_id=contact_id, completed_at=None).first()


def answer(response: SurveyResponse, question: Question, value: Any, *, now: datetime | None = None) -> SurveyResponse:
    """Keep one answer; the last makes it complete. What is complete stays as it is."""
    with acting(ACTOR):
        contact, held = _hold(response)
        if held.completed_at is not None:
            return held
        form = services.published(held.survey, held.version)
        if form is None or question.key not in {one.key for one in flow.path(form, held.answers)}:
            return held
        held.answers = flow.kept(form, {**held.answers, question.key: value})
        if flow.next_question(form, held.answers) is None:
            _complete(held, form, contact, now or clock.now())
        held.save()
        return held


def answer_all(
    survey: Survey,
    answers: Mapping[str, Any],
    *,
    contact_id: int | None,
    language: str,
    channel: Channel = Channel.LINK,
    now: datetime | None = None,
) -> SurveyResponse:
    """Everything in one go: for programs and the sample data. What is not said counts as gone past."""
    form = services.published(survey)
    if form is None:
        raise Conflict(_("It was never published."))
    with acting(ACTOR):
        made = begin(survey, channel=channel, language=language, contact_id=contact_id, now=now)
        contact, held = _hold(made)
        held.answers = flow.kept(form, {one.key: answers.get(one.key) for one in form.questions})
        held.version = survey.version
        _complete(held, form, contact, now or clock.now())
        held.save()
        return held


def _hold(response: SurveyResponse) -> tuple[Contact | None, SurveyResponse]:
    """Both locked, the contact first: so does a merge."""
    contact = None
    if response.contact_id is not None:
        pk = identity.survivor_of(response.contact_id) or response.contact_id
        contact = Contact.objects.select_for_update(no_key=True).filter(pk=pk).first()
    return contact, SurveyResponse.objects.select_for_update(of=("self",)).select_related("survey").get(pk=response.pk)


def _complete(held: SurveyResponse, form: Form, contact: Contact | None, now: datetime) -> None:
    held.completed_at = now
    held.nps, held.csat = (_first(form, held.answers, kind) for kind in (Kind.NPS, Kind.CSAT))
    is_known = contact is not None
    if contact is None:
        contact, is_known = _captured(form, held.answers, held.language)
    held.contact_id = contact.pk if contact else None
    if contact is None:
        return
    _tell(held, form, contact, now)
    _keep(form, held.answers, contact, only_unknown=is_known and held.channel != Channel.LINK)
    _ask_consent(form, held.answers, contact)
    if form.follow_up and flow.holds(form.follow_up.condition, held.answers):
        held.task_id = _task(held, form, contact, now)


def _first(form: Form, answers: Mapping[str, Any], kind: Kind) -> int | None:
    said = [answers.get(one.key) for one in form.questions if one.kind is kind]
    return next((one for one in said if one is not None), None)


def _address(form: Form, answers: Mapping[str, Any]) -> str:
    asked = form.first(Kind.EMAIL)
    return (answers.get(asked.key) or "") if asked else ""


def _captured(form: Form, answers: Mapping[str, Any], language: str) -> tuple[Contact | None, bool]:
    """Whoever has the address that was written, and whether we knew her before; made where nobody has it."""
    address = _address(form, answers)
    if not address:
        return None, False
    try:
        reference = identity.read_reference({"email": address})
        for _attempt in range(2):
            if found := identity.hold([reference])[0]:
                return Contact.objects.get(pk=found.contact_id), True
            try:
                with transaction.atomic():
                    return contacts.create_contact(data={"email": address, "language": language}, actor=ACTOR), False
            except Conflict:  # made just now by somebody else
                continue
    except (InvalidInput, ValueError):
        logger.info("An address that was written is none that a contact can have")
    return None, False


def _tell(held: SurveyResponse, form: Form, contact: Contact, now: datetime) -> None:
    """The event, with every answer as a property of the question's key."""
    address = form.first(Kind.EMAIL)
    said = {key: value for key, value in held.answers.items() if value is not None and key != (address and address.key)}
    properties: dict[str, Any] = said | {
        "survey_id": held.survey_id,
        "survey": held.survey.name,
        "version": held.version,
        "language": held.language,
        "channel": held.channel,
    }
    for key, value in (("nps", held.nps), ("csat", held.csat)):
        if value is not None:
            properties[key] = value
    event = {
        "contact": {"id": contact.pk},
        "event": EVENT,
        "occurred_at": now.isoformat(),
        "message_id": message_of(held),
        "properties": properties,
    }
    for problem in contacts.record_events([event], actor=ACTOR, source=SOURCE).problems:
        logger.warning("The event of an answer was not stored: %s %s", problem.pointer, problem.message)


def message_of(response: SurveyResponse) -> str:
    """By what its event is known."""
    return f"survey:{response.key.hex}"


def _keep(form: Form, answers: Mapping[str, Any], contact: Contact, *, only_unknown: bool) -> None:
    """The attributes that questions are kept as. An address that somebody only typed proves nothing: of a contact whom
    we knew before, it fills what is unknown and changes nothing."""
    wanted = {one.attribute: answers.get(one.key) for one in form.questions if one.attribute}
    wanted = {key: value for key, value in wanted.items() if value is not None}
    if only_unknown:
        wanted = {key: value for key, value in wanted.items() if key not in contact.attributes}
    while wanted:
        try:
            with transaction.atomic():
                contacts.update_contact(contact.pk, data={"attributes": wanted}, actor=ACTOR)
            return
        except InvalidInput as error:  # an attribute or an option is gone since: the others are kept all the same
            bad = {problem.pointer.split("/")[2] for problem in error.problems if problem.pointer.count("/") > 1}
            logger.warning("Answers could not be kept as %s", ", ".join(sorted(bad)) or "attributes")
            wanted = {key: value for key, value in wanted.items() if bad and key not in bad}


def _ask_consent(form: Form, answers: Mapping[str, Any], contact: Contact) -> None:
    """Whoever wrote her address under the sentence of consent is asked to confirm it; nobody is told who is known."""
    asked = form.first(Kind.EMAIL)
    if asked is None or asked.consent is None or not answers.get(asked.key) or optin.is_pestered(contact.pk):
        return
    try:
        with transaction.atomic():
            optin.ask(contact.pk, topic=asked.consent.topic, actor=ACTOR)
    except (Conflict, InvalidInput):
        logger.info("Nothing to ask of contact %s", contact.pk)


def _task(held: SurveyResponse, form: Form, contact: Contact, now: datetime) -> int | None:
    """Somebody looks after her: the person who was named, where she still works here."""
    wanted = form.follow_up
    if wanted is None:
        return None
    owner = User.objects.filter(pk=wanted.owner, is_active=True).first() if wanted.owner else None
    title = wanted.title or _("Answer to “%(survey)s”: get in touch") % {"survey": held.survey.name}
    words = [str(held.answers.get(one.key) or "") for one in form.questions if one.kind is Kind.TEXT]
    note = "\n\n".join(one for one in words if one)
    with transaction.atomic():
        task = create_task(
            contact.pk,
            title[:300],
            owner=owner,
            due_at=now + timedelta(days=wanted.days),
            note=note[:10_000],
            source=f"survey:{held.survey_id}",
            actor=ACTOR,
        )
    return task.pk
