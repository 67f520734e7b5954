"""Making surveys: written as a draft, published as a version, closed, opened again, deleted.

What people see changes by publishing alone, and that is what the audit log holds; a draft may be saved at every key.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from contacts import values
from crmseg.access import account, audit
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from ..models import Survey, SurveyVersion
from . import attributes, loading, schema, starts
from .schema import Form

LONGEST_NAME = 200
FIELDS = ("name", "key", "definition", "is_public")
State = Survey.State


def slug(name: str, *, otherwise: str = "survey") -> str:
    """A key made from words: small letters, digits and underscores."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    made = made if made[:1].isalpha() else f"{otherwise}_{made}".strip("_")
    return made[:50].strip("_")


def free_key(name: str) -> str:
    wanted = slug(name)
    taken = set(Survey.objects.filter(key__startswith=wanted).values_list("key", flat=True))
    number, key = 1, wanted
    while key in taken:
        number += 1
        key = f"{wanted}_{number}"
    return key


def form_of(survey: Survey) -> Form:
    """The draft."""
    return loading.load(survey.definition)


def published(survey: Survey, number: int | None = None) -> Form | None:
    """What people see: the version of that number, or the latest; None where it was never published."""
    row = survey.versions.filter(number=number or survey.version).first()
    return loading.load(row.definition) if row else None


def create_survey(*, data: dict[str, object], actor: Actor, start: str = "") -> Survey:
    """`data` as in FIELDS; with `start` the questions of that form."""
    read = _read(data)
    if "name" not in read:
        raise InvalidInput([Problem("/name", _("Give it a name."))])
    begun = starts.definition(start or "blank", account.current().language)
    survey = Survey(
        name=read["name"],
        key=read.get("key") or free_key(read["name"]),
        definition=read.get("definition") or begun,
        is_public=read.get("is_public", start == "form"),
        created_by=str(actor),
    )
    with transaction.atomic():
        _save(survey)
        audit.record(actor, "created", survey, {"name": survey.name, "key": survey.key})
    return survey


def update_survey(survey_id: int, *, data: dict[str, object], actor: Actor) -> Survey:
    """Change what is given; raises Survey.DoesNotExist. The key stays once it was published: messages have it."""
    read = _read(data)
    with transaction.atomic():
        survey = Survey.objects.select_for_update().get(pk=survey_id)
        if read.get("key", survey.key) != survey.key and survey.version:
            raise Conflict([Problem("/key", _("Messages may have this key already: it stays."))])
        changed = {name: value for name, value in read.items() if value != getattr(survey, name)}
        before = {name: getattr(survey, name) for name in changed}
        for name, value in changed.items():
            setattr(survey, name, value)
        if changed:
            _save(survey, update_fields=[*changed, "updated_at"])
        logged = {name: value for name, value in changed.items() if name != "definition"}
        if logged:
            audit.record(actor, "updated", survey, logged, before=before)
    return survey


def publish_survey(survey_id: int, *, actor: Actor) -> Survey:
    """Let people see the draft: a new version where it differs from the last, and open."""
    with transaction.atomic():
        survey = Survey.objects.select_for_update().get(pk=survey_id)
        form = form_of(survey)
        if found := schema.gaps(form) + _nobody(form):
            raise InvalidInput(found)
        attributes.ensure(form, actor=actor)
        last = survey.versions.filter(number=survey.version).first()
        changes: dict[str, Any] = {}
        if last is None or last.definition != survey.definition:
            survey.version += 1
            survey.versions.create(number=survey.version, definition=survey.definition, created_by=str(actor))
            changes["definition"] = survey.definition
        if survey.state != State.OPEN:
            changes["state"] = State.OPEN.value
        if not changes:
            return survey
        before = {"definition": last.definition if last else {}, "state": survey.state}
        survey.state, survey.published_at, survey.closed_at = State.OPEN, clock.now(), None
        survey.save(update_fields=["state", "version", "published_at", "closed_at", "updated_at"])
        audit.record(actor, "published", survey, changes | {"version": survey.version}, before=before)
    return survey


def close_survey(survey_id: int, *, actor: Actor) -> Survey:
    """Take no more answers. Closed a second time, nothing changes."""
    with transaction.atomic():
        survey = Survey.objects.select_for_update().get(pk=survey_id)
        if survey.state == State.DRAFT:
            raise Conflict(_("It was never published."))
        if survey.state == State.OPEN:
            survey.state, survey.closed_at = State.CLOSED, clock.now()
            survey.save(update_fields=["state", "closed_at", "updated_at"])
            audit.record(actor, "closed", survey, {"state": State.CLOSED.value}, before={"state": State.OPEN.value})
    return survey


def copy_survey(survey_id: int, *, actor: Actor) -> Survey:
    survey = Survey.objects.get(pk=survey_id)
    name = _("%(name)s (copy)") % {"name": survey.name[:180]}
    return create_survey(data={"name": name, "definition": survey.definition}, actor=actor)


def delete_survey(survey_id: int, *, actor: Actor) -> None:
    """It and every answer; the events and attributes of people stay. An open one is closed first."""
    with transaction.atomic():
        survey = Survey.objects.select_for_update().get(pk=survey_id)
        if survey.state == State.OPEN:
            raise Conflict(_("It is open: close it first."))
        audit.record(actor, "deleted", survey, {"answers": survey.responses.count()})
        survey.delete()


def restore_version(survey_id: int, number: int, *, actor: Actor) -> Survey:
    """Make a version the draft again; raises SurveyVersion.DoesNotExist."""
    old = SurveyVersion.objects.get(survey_id=survey_id, number=number)
    return update_survey(survey_id, data={"definition": old.definition}, actor=actor)


def _nobody(form: Form) -> list[Problem]:
    owner = form.follow_up.owner if form.follow_up else None
    if owner is None or User.objects.filter(pk=owner, is_active=True).exists():
        return []
    return [Problem("/follow_up/owner", _("There is no such person."))]


def _read(data: dict[str, object]) -> dict[str, Any]:
    problems = [Problem(f"/{key}", _("There is no such field.")) for key in data if key not in FIELDS]
    read: dict[str, Any] = {}
    if "name" in data:
        try:
            read["name"] = " ".join((values.read_text(data["name"]) or "").split())
        except ValueError as error:
            problems.append(Problem("/name", str(error)))
        else:
            if not 1 <= len(read["name"]) <= LONGEST_NAME:
                problems.append(Problem("/name", _("Expected a name of 1 to 200 characters.")))
    if data.get("key") is not None:
        read["key"] = data["key"]
        if not isinstance(data["key"], str) or not schema.KEY.fullmatch(data["key"]):
            problems.append(Problem("/key", loading.key_said()))
    if "is_public" in data:
        read["is_public"] = data["is_public"]
        if not isinstance(data["is_public"], bool):
            problems.append(Problem("/is_public", _("Expected true or false.")))
    if "definition" in data:
        try:
            read["definition"] = schema.dump(loading.load(data["definition"]))
        except InvalidInput as error:
            problems += [problem.under("/definition") for problem in error.problems]
    if problems:
        raise InvalidInput(problems)
    return read


def _save(survey: Survey, **options: Any) -> None:
    try:
        with transaction.atomic():
            survey.save(**options)
    except IntegrityError as error:
        raise Conflict([Problem("/key", _("Another survey has this key."))]) from error
