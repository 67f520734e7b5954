"""The account's own attributes: what they are called and what they may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common.actor import Actor, acting
from crmseg.common.json import escape
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import computed, guards, signals, values
from ..fields import FieldType
from ..models import AttributeDefinition

KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
RESERVED = frozenset({"id", "company", "consent", "attributes"})
MOST_OPTIONS = 10_000
LONGEST_DESCRIPTION = 2_000
KEYS = ("key", "label", "type", "options", "group", "description", "entity")
WITH_OPTIONS = frozenset({FieldType.ENUM, FieldType.ORDERED_ENUM, FieldType.MULTI_ENUM})


def create_attribute(*, data: Mapping[str, object], actor: Actor) -> AttributeDefinition:
    """`key` and `type`, and if wanted `label`, `options`, `group`, `description` and `entity` (contact otherwise)."""
    problems = _unknown(data)
    entity = data.get("entity", AttributeDefinition.Entity.CONTACT.value)
    if entity not in AttributeDefinition.Entity.values:
        known = ", ".join(AttributeDefinition.Entity.values)
        problems.append(Problem("/entity", _("Expected one of: %(options)s.") % {"options": known}))
        entity = AttributeDefinition.Entity.CONTACT.value
    key = data.get("key")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        message = _("Expected small letters, digits and _, beginning with a letter, such as favourite_shop.")
        problems.append(Problem("/key", message))
    elif key in RESERVED or key in values.catalog_fields(str(entity)):
        problems.append(Problem("/key", _("“%(key)s” is the name of a standard field.") % {"key": key}))
    elif key in computed.fields():
        problems.append(Problem("/key", _("“%(key)s” is worked out by the product itself.") % {"key": key}))
    if data.get("type") not in list(FieldType):
        known = ", ".join(FieldType)
        problems.append(Problem("/type", _("Expected one of: %(options)s.") % {"options": known}))
        raise InvalidInput(problems)
    type_ = FieldType(str(data["type"]))
    label, group = _short(data, "label", 200, problems), _short(data, "group", 100, problems)
    description = _short(data, "description", LONGEST_DESCRIPTION, problems)
    options = _options(data.get("options"), type_, problems)
    if problems:
        raise InvalidInput(problems)
    definition = AttributeDefinition(
        entity=str(entity),
        key=str(key),
        label=label or str(key).replace("_", " ").capitalize(),
        group=group or "",
        description=description or "",
        type=type_.value,
        options=options,
    )
    with acting(actor):
        try:
            with transaction.atomic():
                definition.save()
        except IntegrityError as error:
            message = _("There is an attribute “%(key)s” already.") % {"key": key}
            raise Conflict([Problem("/key", message)]) from error
        audit.record(actor, "created", definition, {"key": key, "type": type_.value, "options": options})
    return definition


def update_attribute(definition_id: int, *, data: Mapping[str, object], actor: Actor) -> AttributeDefinition:
    """Label, group, description and options may change; key, type and entity say what stored values are, and stay."""
    with acting(actor):
        definition = AttributeDefinition.objects.select_for_update().get(pk=definition_id)
        problems = _unknown(data)
        for fixed in ("key", "type", "entity"):
            if fixed in data and data[fixed] != getattr(definition, fixed):
                message = _("This cannot change once values are kept under it; make another attribute instead.")
                problems.append(Problem(f"/{fixed}", message))
        changes: dict[str, Any] = {}
        if "label" in data:
            changes["label"] = _short(data, "label", 200, problems) or definition.label
        if "group" in data:
            changes["group"] = _short(data, "group", 100, problems) or ""
        if "description" in data:
            changes["description"] = _short(data, "description", LONGEST_DESCRIPTION, problems) or ""
        if "options" in data:
            changes["options"] = _options(data["options"], FieldType(definition.type), problems)
        if problems:
            raise InvalidInput(problems)
        changes = {name: value for name, value in changes.items() if value != getattr(definition, name)}
        if "options" in changes:
            _check_removable(definition, set(definition.options) - set(changes["options"]))
        before = {name: getattr(definition, name) for name in changes}
        for name, value in changes.items():
            setattr(definition, name, value)
        if changes:
            definition.save(update_fields=[*changes])
            audit.record(actor, "updated", definition, changes, before=before)
    return definition


def delete_attribute(definition_id: int, *, actor: Actor) -> None:
    """The definition and every value kept under it. Refused while a list reads it."""
    with acting(actor), connection.cursor() as cursor:
        definition = AttributeDefinition.objects.select_for_update().get(pk=definition_id)
        guards.check_unused([_key(definition)])
        cursor.execute(
            f"UPDATE {_table(definition)} SET attributes = attributes - %s, updated_at = statement_timestamp()"
            " WHERE jsonb_exists(attributes, %s)",
            [definition.key, definition.key],
        )
        audit.record(actor, "deleted", definition)
        definition.delete()
        signals.ring()


def _unknown(data: Mapping[str, object]) -> list[Problem]:
    if not isinstance(data, Mapping):
        raise InvalidInput(_("Expected an object."))
    return [
        Problem(
            f"/{escape(str(key))}", _("There is no field “%(key)s”.") % {"key": key} + values.suggest(str(key), KEYS)
        )
        for key in data
        if key not in KEYS
    ]


def _short(data: Mapping[str, object], key: str, most: int, problems: list[Problem]) -> str | None:
    try:
        value = values.read_text(data.get(key))
        if value and len(value) > most:
            raise ValueError(_("Expected at most %(most)s characters.") % {"most": most})
        return value
    except ValueError as error:
        problems.append(Problem(f"/{key}", str(error)))
        return None


def _options(raw: object, type_: FieldType, problems: list[Problem]) -> list[str]:
    if raw in (None, []):
        if type_ in (FieldType.ENUM, FieldType.ORDERED_ENUM):
            problems.append(Problem("/options", _("Give the options that may be chosen.")))
        return []
    if type_ not in WITH_OPTIONS:
        problems.append(Problem("/options", _("Only enums have options.")))
        return []
    if not isinstance(raw, list) or len(raw) > MOST_OPTIONS:
        problems.append(Problem("/options", _("Expected a list of at most %(most)s texts.") % {"most": MOST_OPTIONS}))
        return []
    read: list[str] = []
    for index, item in enumerate(raw):
        try:
            option = values.read_text(item)
            if option is None or len(option) > 200:
                raise ValueError(_("Expected a text of 1 to 200 characters."))
            if option in read:
                raise ValueError(_("This option is there twice."))
            read.append(option)
        except ValueError as error:
            problems.append(Problem(f"/options/{index}", str(error)))
    return read


def _check_removable(definition: AttributeDefinition, removed: set[str]) -> None:
    if not removed:
        return
    guards.check_unused([_key(definition)])
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*) FROM {_table(definition)}
                 WHERE CASE jsonb_typeof(attributes -> %s)
                       WHEN 'array' THEN jsonb_exists_any(attributes -> %s, %s)
                       ELSE attributes ->> %s = ANY(%s) END""",
            [definition.key, definition.key, list(removed), definition.key, list(removed)],
        )
        holders = cursor.fetchone()[0]
    if holders:
        message = _("%(count)s still hold an option that is missing here.") % {"count": holders}
        raise Conflict([Problem("/options", message)])


def _key(definition: AttributeDefinition) -> str:
    prefix = "company." if definition.entity == AttributeDefinition.Entity.COMPANY else ""
    return f"attribute:{prefix}{definition.key}"


def _table(definition: AttributeDefinition) -> str:
    return f"contacts_{AttributeDefinition.Entity(definition.entity).value}"
