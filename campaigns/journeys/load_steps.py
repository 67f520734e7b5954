"""Read the steps of an automation: one function for each kind, which says what it cannot use and then gives None."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from django.conf import settings
from django.utils.translation import gettext as _

from contacts import payload, values
from contacts.stages import NAMES as STAGES
from crmseg.access.models import User
from crmseg.common import json, net
from crmseg.common.ids import is_id
from crmseg.common.problems import InvalidInput, Problem

from ..models import Campaign
from . import schema
from .reader import Raw, Reader
from .schema import STEP_KINDS, Step

_Exits = Mapping[str, str]


def read_step(reader: Reader, raw: Raw, at: str) -> Step | None:
    keys, read = _STEPS[raw["kind"]]
    exits = {key: _exit(reader, raw.get(key), f"{at}/{key}") for key in STEP_KINDS[raw["kind"]].exits}
    for key in sorted(map(str, raw.keys() - {"id", "kind", *exits, *keys})):
        said = _("There is no field “%(key)s”.") % {"key": key[:100]}
        reader.refuse(f"{at}/{json.escape(key[:100])}", said)
    return read(reader, raw, at, exits)


def _exit(reader: Reader, raw: object, at: str) -> str:
    if raw is None or raw == "":
        return ""
    if not isinstance(raw, str):
        reader.refuse(at, _("Expected the name of a step."))
        return ""
    return raw


def _wait(reader: Reader, raw: Raw, at: str, exits: _Exits) -> Step | None:
    span = reader.span(raw, at)
    return schema.Wait(raw["id"], span, **exits) if span else None


def _wait_for_event(reader: Reader, raw: Raw, at: str, exits: _Exits) -> Step | None:
    event, span = reader.event(raw, at), reader.span(raw, at)
    return schema.WaitForEvent(raw["id"], event, span, **exits) if event and span else None


def _wait_until(reader: Reader, raw: Raw, at: str, exits: _Exits) -> Step | None:
    when, zone = reader.time(raw.get("at"), f"{at}/at"), reader.zone(raw, at)
    days = raw.get("weekdays") or [1, 2, 3, 4, 5, 6, 7]
    if not isinstance(days, list) or not all(is_id(day) and day <= 7 for day in days):
        reader.refuse(f"{at}/weekdays", _("Expected days of the week from 1 (Monday) to 7."))
        return None
    return None if when is None else schema.WaitUntil(raw["id"], when, frozenset(days), zone, **exits)


def _branch(reader: Reader, raw: Raw, at: str, exits: _Exits) -> Step | None:
    asked = reader.condition(raw.get("condition"), f"{at}/condition", required=True)
    return schema.Branch(raw["id"], asked, **exits) if asked else None


def _send(reader: Reader, raw: Raw, at: str, exits: _Exits) -> Step | None:
    pk = raw.get("campaign")
    found = Campaign.objects.filter(pk=pk).first() if is_id(pk) else None
    if found is None:
        reader.refuse(f"{at}/campaign", _("Choose a campaign."))
        return None
    if found.kind != Campaign.Kind.AUTOMATED:
        reader.refuse(f"{at}/campaign", _("Choose a campaign that is sent by automations."))
        return None
    if found.state == Campaign.State.CANCELLED:
        reader.refuse(f"{at}/campaign", _("This campaign was cancelled."))
        return None
    return schema.Send(raw["id"], found.pk, **exits)


def _set_attribute(reader: Reader, raw: Raw, at: str, exits: _Exits) -> Step | None:
    key = raw.get("property")
    field = values.catalog().get(key) if isinstance(key, str) else None
    if field is None or field.derived or field.key in ("email", "external_id"):
        reader.refuse(f"{at}/property", _("Choose an attribute."))
        return None
    data = {field.key: raw.get("value")}
    if field.custom:
        data = {"attributes": data}
    return _set(reader, raw, data, f"{at}/value", exits)


def _set_owner(reader: Reader, raw: Raw, at: str, exits: _Exits) -> Step | None:
    return _set(reader, raw, {"owner": raw.get("owner")}, f"{at}/owner", exits)


def _set_stage(reader: Reader, raw: Raw, at: str, exits: _Exits) -> Step | None:
    if raw.get("stage") not in STAGES:
        reader.refuse(f"{at}/stage", _("Expected one of: %(words)s.") % {"words": ", ".join(STAGES)})
        return None
    return _set(reader, raw, {"lifecycle_stage": raw["stage"]}, f"{at}/stage", exits)


def _set(reader: Reader, raw: Raw, data: dict[str, Any], at: str, exits: _Exits) -> Step | None:
    try:
        payload.read_contact(data, values.catalog())
    except InvalidInput as error:
        reader.problems += [Problem(at, problem.message) for problem in error.problems]
        return None
    return schema.SetValue(raw["id"], raw["kind"], data, **exits)


def _move(reader: Reader, raw: Raw, at: str, exits: _Exits) -> Step | None:
    found = reader.list(raw.get("list"), f"{at}/list", static=True)
    return found if found is None else schema.MoveInList(raw["id"], found, raw["kind"] == "add_to_list", **exits)


def _create_task(reader: Reader, raw: Raw, at: str, exits: _Exits) -> Step | None:
    before = len(reader.problems)
    title, note, owner = raw.get("title"), raw.get("note") or "", raw.get("owner")
    if not isinstance(title, str) or not title.strip() or len(title) > 300:
        reader.refuse(f"{at}/title", _("Say what is to be done, in at most 300 characters."))
    if not isinstance(note, str) or len(note) > 10_000:
        reader.refuse(f"{at}/note", _("Use at most %(limit)s characters.") % {"limit": "10,000"})
    if owner is not None and not (is_id(owner) and User.objects.filter(pk=owner, is_active=True).exists()):
        reader.refuse(f"{at}/owner", _("There is no such person."))
    due = reader.span(raw, at) if raw.get("n") is not None else None
    if len(reader.problems) > before:
        return None
    return schema.CreateTask(raw["id"], cast(str, title).strip(), cast(str, note), owner, due, **exits)


def _webhook(reader: Reader, raw: Raw, at: str, exits: _Exits) -> Step | None:
    url = raw.get("url")
    if not isinstance(url, str) or not url.strip():
        reader.refuse(f"{at}/url", _("Write the address of the service."))
        return None
    try:
        net.check(url, allow_private=settings.ALLOW_PRIVATE_WEBHOOKS)
    except net.Refused as error:
        reader.refuse(f"{at}/url", str(error))
        return None
    except net.Unreachable:
        pass  # it may be there by the time it is called
    return schema.Hook(raw["id"], url, **exits)


def _end(reader: Reader, raw: Raw, at: str, exits: _Exits) -> Step | None:
    return schema.End(raw["id"])


_STEPS: Final[dict[str, tuple[tuple[str, ...], Callable[[Reader, Raw, str, _Exits], Step | None]]]] = {
    "wait": (("n", "unit"), _wait),
    "wait_for_event": (("event", "where", "n", "unit"), _wait_for_event),
    "wait_until": (("at", "weekdays", "zone"), _wait_until),
    "branch": (("condition",), _branch),
    "send": (("campaign",), _send),
    "set_attribute": (("property", "value"), _set_attribute),
    "add_to_list": (("list",), _move),
    "remove_from_list": (("list",), _move),
    "set_owner": (("owner",), _set_owner),
    "set_stage": (("stage",), _set_stage),
    "create_task": (("title", "note", "owner", "n", "unit"), _create_task),
    "webhook": (("url",), _webhook),
    "end": ((), _end),
}
"""The keys that a kind of step has of its own, and how it is read."""
