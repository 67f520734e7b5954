"""What answers are kept as, attributes and topics of consent: made when a survey is published, so that lists can ask
for them at once."""

from __future__ import annotations

from django.utils.translation import gettext as _

from contacts import services as contacts
from contacts.fields import FieldType
from contacts.models import AttributeDefinition, ConsentTopic
from contacts.services import topics
from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput, Problem

from .schema import CHOICES, NUMBERS, Form, Kind, Question, say

GROUP = "Surveys"


def type_of(question: Question) -> FieldType:
    if question.kind in NUMBERS:
        return FieldType.NUMBER
    return {Kind.SINGLE: FieldType.ENUM, Kind.MULTIPLE: FieldType.MULTI_ENUM}.get(question.kind, FieldType.TEXT)


def _holds(question: Question, type_: str) -> bool:
    wanted = type_of(question)
    return type_ == wanted or (type_ == FieldType.TEXT and question.kind is Kind.SINGLE)


def ensure(form: Form, *, actor: Actor) -> None:
    """Make what is missing, and offer every option; InvalidInput where an attribute cannot hold the answers."""
    for question in form.questions:
        topic = question.consent.topic if question.consent else ""
        if topic and not ConsentTopic.objects.filter(key=topic).exists():
            data = {"key": topic, "default": ConsentTopic.Default.UNSUBSCRIBED.value}
            topics.declare_topic(data=data, actor=actor)
    asked = {one.attribute for one in form.questions if one.attribute}
    own = AttributeDefinition.objects.filter(entity=AttributeDefinition.Entity.CONTACT, key__in=asked)
    known = {definition.key: definition for definition in own}
    problems: list[Problem] = []
    taken: set[str] = set()
    for index, question in enumerate(form.questions):
        if not question.attribute:
            continue
        at = f"/questions/{index}/attribute"
        if question.attribute in taken:
            problems.append(Problem(at, _("Another question is kept as this attribute.")))
            continue
        taken.add(question.attribute)
        try:
            _ensure_one(form, question, known.get(question.attribute), actor)
        except InvalidInput as error:
            problems += [Problem(at, one.message) for one in error.problems]
    if problems:
        raise InvalidInput(problems)


def _ensure_one(form: Form, question: Question, known: AttributeDefinition | None, actor: Actor) -> None:
    options = [option.key for option in question.options]
    if known is None:
        data: dict[str, object] = {
            "key": question.attribute,
            "label": say(question.text, form.main, form.main)[:200],
            "type": type_of(question).value,
            "group": GROUP,
        }
        if question.kind in CHOICES:
            data["options"] = options
        contacts.create_attribute(data=data, actor=actor)
        return
    if not _holds(question, known.type):
        said = _("“%(label)s” is of the type “%(type)s” and cannot hold these answers.")
        raise InvalidInput(said % {"label": known.label, "type": known.type})
    missing = [option for option in options if option not in known.options]
    if missing and known.type != FieldType.TEXT:
        contacts.update_attribute(known.pk, data={"options": [*known.options, *missing]}, actor=actor)
