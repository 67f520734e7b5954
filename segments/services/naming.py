"""What people call a search or a learned score, and what they note beside it. What was found is never touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import json
from crmseg.common.actor import Actor
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem

from ..models import Discovery, Fitting
from .details import MAX_NAME

MAX_NOTES = 10_000
FIELDS = ("name", "notes")
M = TypeVar("M", bound=Model)


def name_discovery(discovery_id: int, given: Mapping[str, object], *, actor: Actor) -> Discovery:
    """Change the fields that are given. Raises Discovery.DoesNotExist."""
    return _change(Discovery, discovery_id, given, actor)


def name_fitting(fitting_id: int, given: Mapping[str, object], *, actor: Actor) -> Fitting:
    """Change the fields that are given. Raises Fitting.DoesNotExist."""
    return _change(Fitting, fitting_id, given, actor)


def _change(model: type[M], pk: int, given: Mapping[str, object], actor: Actor) -> M:
    wanted = _read(given)
    with transaction.atomic():
        row = model._default_manager.select_for_update(no_key=True).get(pk=pk)
        before = {field: getattr(row, field) for field in wanted}
        changed = [field for field in wanted if wanted[field] != before[field]]
        if changed:
            for field in changed:
                setattr(row, field, wanted[field])
            row.save(update_fields=changed)
            after = {field: wanted[field] for field in changed}
            audit.record(actor, "updated", row, after, before={field: before[field] for field in changed})
    return row


def _read(given: Mapping[str, object]) -> dict[str, str]:
    problems = [
        Problem(f"/{escape(key[:100])}", _("This key is not known here.")) for key in given if key not in FIELDS
    ]
    wanted: dict[str, str] = {}
    if "name" in given:
        name = given["name"]
        wanted["name"] = " ".join(name.split()) if isinstance(name, str) and json.is_storable(name) else ""
        if not 1 <= len(wanted["name"]) <= MAX_NAME:
            problems.append(Problem("/name", _("Expected a text of 1 to 200 characters.")))
    if "notes" in given:
        notes = given["notes"]
        if isinstance(notes, str) and json.is_storable(notes) and len(notes) <= MAX_NOTES:
            wanted["notes"] = notes.strip()
        else:
            problems.append(Problem("/notes", _("Expected a text of at most 10,000 characters.")))
    if problems:
        raise InvalidInput(problems)
    return wanted
