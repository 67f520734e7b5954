"""Read what makes people enter an automation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from contacts.fields import FieldType
from crmseg.common import json
from crmseg.common.ids import is_id
from segments.definition.nodes import Performed

from ..models import Survey
from . import schema
from .reader import Raw, Reader
from .schema import TRIGGER_KINDS, Trigger

SURVEY_ANSWERED: Final = "Survey Answered"
_KEYS: Final = {
    "enters": ("list",),
    "leaves": ("list",),
    "event": ("event", "where"),
    "form": ("survey",),
    "date": ("property", "offset", "at", "yearly", "zone"),
}


def read_trigger(reader: Reader, raw: object) -> Trigger | None:
    if not isinstance(raw, Mapping) or raw.get("kind") not in TRIGGER_KINDS:
        reader.refuse("/trigger", _("Choose what makes people enter."))
        return None
    for key in sorted(map(str, raw.keys() - {"kind", *_KEYS[raw["kind"]]})):
        reader.refuse(f"/trigger/{json.escape(key[:100])}", _("There is no field “%(key)s”.") % {"key": key[:100]})
    match raw["kind"]:
        case "enters" | "leaves":
            found = reader.list(raw.get("list"), "/trigger/list")
            return None if found is None else schema.ListTrigger(found, raw["kind"] == "leaves")
        case "event":
            event = reader.event(raw, "/trigger")
            return schema.EventTrigger(event) if event else None
        case "form":
            event = _survey(reader, raw.get("survey"), "/trigger/survey")
            return schema.EventTrigger(event) if event else None
    return _date(reader, raw)


def _survey(reader: Reader, raw: object, at: str) -> Performed | None:
    found = Survey.objects.filter(pk=raw).first() if is_id(raw) else None
    if found is None:
        reader.refuse(at, _("Choose a survey."))
        return None
    where = [{"property": "survey_id", "op": "is", "value": found.pk}]
    return reader.event({"event": SURVEY_ANSWERED, "where": where}, at)


def _date(reader: Reader, raw: Raw) -> Trigger | None:
    before = len(reader.problems)
    asked = reader.known.properties.get(raw["property"]) if isinstance(raw.get("property"), str) else None
    if asked is None or asked.type not in (FieldType.DATE, FieldType.DATETIME) or asked.source != "contact":
        reader.refuse("/trigger/property", _("Choose a property of the contact that is a date."))
    offset = reader.whole(raw.get("offset", 0), "/trigger/offset", -365, 365)
    at = reader.time(raw.get("at"), "/trigger/at")
    if at is not None and at.minute % 15:
        reader.refuse("/trigger/at", _("Choose a full quarter of an hour."))
    zone, yearly = reader.zone(raw, "/trigger"), raw.get("yearly", False)
    if not isinstance(yearly, bool):
        reader.refuse("/trigger/yearly", _("Expected true or false."))
    if len(reader.problems) > before or asked is None or offset is None or at is None:
        return None
    return schema.DateTrigger(asked.key, offset, at, yearly, zone)
