"""What the pages of attributes share: finding one, showing its problems, and leaving long work to the background."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from crmseg.access.actors import actor_of, person_of
from crmseg.common.problems import InvalidInput
from crmseg.jobs import services as jobs
from crmseg.web import problems

from .. import filling, values
from ..fields import Field
from ..models import AttributeDefinition


def field_or_404(entity: str, key: str) -> Field:
    found = values.catalog(entity).get(key) if entity in AttributeDefinition.Entity.values else None
    if found is None:
        raise Http404
    return found


def definition_or_404(entity: str, key: str) -> AttributeDefinition:
    found = AttributeDefinition.objects.filter(entity=entity, key=key).first()
    if found is None:
        raise Http404
    return found


def in_background(
    request: HttpRequest, kind: str, definition: AttributeDefinition, params: dict[str, Any]
) -> HttpResponseBase:
    """Too many rows for a page to wait for."""
    whose = {"definition": definition.pk, "entity": definition.entity, "key": definition.key, "label": definition.label}
    total = filling.fill_of(definition.entity, definition.key).known.get(definition.key) or 0
    jobs.start(kind, whose | params, user=person_of(request), actor=actor_of(request), total=total)
    messages.info(request, _("This runs in the background; the tray shows how far it is."))
    return redirect("contacts:attribute", definition.entity, definition.key)


def show_problems(form: forms.Form, error: InvalidInput) -> None:
    """A problem of one option is one of the options."""
    names = {problems.field_of(p.pointer): "options" for p in error.problems if p.pointer.startswith("/options/")}
    problems.add_to_form(form, error, names)
