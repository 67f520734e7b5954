"""What the dialogs of bulk actions offer and what they sent, action by action."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from crmseg.common.ids import read_id

from .. import consent_topics
from ..bulk import attribute, effects
from ..export import column_choices
from ..fields import Field, FieldType
from ..forms import ANSWERS
from ..importing import static_lists
from ..models import Contact
from . import presenting

USUAL = ("id", "email", "first_name", "last_name", "lifecycle_stage", "country", "company.name", "consent.email")
People = QuerySet[Contact]


def chosen_list(request: HttpRequest) -> int | None:
    return read_id(request.POST.get("list", ""))


def of_list(request: HttpRequest, people: People) -> dict[str, Any]:
    chosen = chosen_list(request)
    notes = effects.of_key(f"segment:{chosen}") if chosen else []
    return {"lists": static_lists.choices(), "chosen_list": chosen, "notes": notes}


def of_attribute(request: HttpRequest, people: People) -> dict[str, Any]:
    settable = attribute.settable()
    groups: dict[str, list[Field]] = {}
    for one in settable.values():
        groups.setdefault(str(one.group), []).append(one)
    context: dict[str, Any] = {"fields": groups.items(), "sent": _sent(request)}
    field = settable.get(request.POST.get("key", ""))
    if field is None:
        return context
    fact = presenting.Fact(field, None)
    modes = _modes(field)
    mode = request.POST.get("mode", "")
    return context | {
        "field": field,
        "control": fact.control,
        "options": _options(field),
        "suggestions": field.suggestions,
        "modes": modes,
        "mode": mode if mode in dict(modes) else modes[0][0],
        "notes": effects.of_key(f"attribute:{field.key}"),
    }


def sent_setting(request: HttpRequest) -> tuple[str, str, Any]:
    key = request.POST.get("key", "")
    field = attribute.settable().get(key)
    value = presenting.sent_value(presenting.Fact(field, None), request.POST) if field else None
    return key, request.POST.get("mode", ""), value


def of_consent(request: HttpRequest, people: People) -> dict[str, Any]:
    channel = request.POST.get("channel", "email").strip()
    sent = {name: request.POST.get(name, "") for name in ("channel", "topic", "reason")}
    notes = [*effects.of_key(f"consent:{channel}")]
    status = request.POST.get("status") or "unsubscribed"
    if status == "subscribed":
        notes.append(_("Only for people who agreed. Whoever did not may not be written to, whatever is recorded here."))
    return {
        "sent": {**sent, "status": status},
        "channels": consent_topics.channel_choices(),
        "topics": consent_topics.topic_choices(),
        "answers": ANSWERS,
        "notes": notes,
    }


def of_export(request: HttpRequest, people: People) -> dict[str, Any]:
    chosen = request.POST.getlist("columns") or USUAL
    groups: dict[str, list[tuple[str, str, bool]]] = {}
    for key, label, group in column_choices():
        groups.setdefault(group, []).append((key, label, key in chosen))
    return {"columns": groups.items()}


def of_deletion(request: HttpRequest, people: People) -> dict[str, Any]:
    return {"notes": effects.of_deletion(people)}


def _sent(request: HttpRequest) -> dict[str, Any]:
    names = {name: request.POST.get(name, "") for name in ("value", "lat", "lon")}
    return {**names, "values": request.POST.getlist("value")}


def _modes(field: Field) -> list[tuple[str, str]]:
    several = [("add", _("Add values")), ("remove", _("Remove values"))]
    return [
        *(several if field.type is FieldType.MULTI_ENUM else []),
        ("set", _("Set it")),
        ("clear", _("Clear it")),
    ]


def _options(field: Field) -> list[tuple[str, str]]:
    if field.type is FieldType.BOOLEAN:
        return [("true", _("yes")), ("false", _("no"))]
    return [(option, option) for option in field.options]
