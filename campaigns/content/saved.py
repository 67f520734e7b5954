"""Whole messages that people keep to begin others from, beside the product's own in `campaigns.content.gallery`."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import json
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from ..models import SavedTemplate
from . import compose


@transaction.atomic
def save_template(
    template_id: int | None, *, name: object, subject: object = "", body_mjml: object, actor: Actor
) -> SavedTemplate:
    """A new template, or a change of one."""
    template = SavedTemplate.objects.select_for_update().get(pk=template_id) if template_id else SavedTemplate()
    values = _checked(name, subject, body_mjml)
    before = {key: getattr(template, key) for key in values}
    changes = {key: value for key, value in values.items() if before[key] != value}
    if template.pk and not changes:
        return template
    for key, value in values.items():
        setattr(template, key, value)
    template.updated_by = str(actor)
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError:
        raise Conflict([Problem("/name", _("There is a template of this name already."))]) from None
    audit.record(
        actor, "updated" if template_id else "created", template, changes, before=before if template_id else None
    )
    return template


@transaction.atomic
def delete_template(template_id: int, *, actor: Actor) -> None:
    """Messages that began from it keep their words."""
    template = SavedTemplate.objects.select_for_update().get(pk=template_id)
    audit.record(actor, "deleted", template)
    template.delete()


def _checked(name: object, subject: object, body_mjml: object) -> dict[str, str]:
    problems = []
    clean = " ".join(name.split()) if isinstance(name, str) and json.is_storable(name) else ""
    if not clean or len(clean) > 100:
        problems.append(Problem("/name", _("Give the template a name of at most 100 characters.")))
    texts = {"subject": subject or "", "body_mjml": body_mjml}
    for key, text in texts.items():
        if not isinstance(text, str) or not json.is_storable(text) or len(text) > 500_000:
            problems.append(Problem(f"/{key}", _("Expected a text.")))
    if not problems and not str(body_mjml).strip():
        problems.append(Problem("/body_mjml", _("Write the message.")))
    if not problems:
        words = SavedTemplate(name=clean, subject=str(texts["subject"]), body_mjml=str(body_mjml))
        problems += compose.problems(words)
    if problems:
        raise InvalidInput(problems)
    return {"name": clean, "subject": str(texts["subject"]), "body_mjml": str(body_mjml)}
