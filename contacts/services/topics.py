"""What the account declares of its consents: channels and topics. No answer ever depends on a declaration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common.actor import Actor, acting
from crmseg.common.json import escape
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import values
from ..channels import CHANNELS
from ..models import ConsentChannel, ConsentTopic
from ..payload import CHANNEL

D = TypeVar("D", ConsentChannel, ConsentTopic)
CHANNEL_KEYS = ("key", "label", "labels", "description")
TOPIC_KEYS = (*CHANNEL_KEYS, "channels", "default")
LONGEST_DESCRIPTION, MOST_CHANNELS = 2_000, 50


def declare_channel(*, data: Mapping[str, object], actor: Actor) -> ConsentChannel:
    """`key`, and if wanted `label`, `labels` (by language) and `description`."""
    problems: list[Problem] = []
    key = data.get("key") if isinstance(data, Mapping) else None
    if not isinstance(key, str) or not CHANNEL.fullmatch(key):
        message = _("Expected a channel such as email: small letters, digits and _, beginning with a letter.")
        problems.append(Problem("/key", message))
    elif key in CHANNELS:
        problems.append(Problem("/key", _("“%(key)s” is a channel of the product already.") % {"key": key}))
    return _declare(ConsentChannel(), data, CHANNEL_KEYS, problems, actor)


def declare_topic(*, data: Mapping[str, object], actor: Actor) -> ConsentTopic:
    """`key`, and if wanted `label`, `labels`, `description`, `channels` (none: all) and `default`."""
    problems: list[Problem] = []
    try:
        key = values.read_text(data.get("key") if isinstance(data, Mapping) else None)
        if not key or len(key) > 100:
            raise ValueError(_("Expected a text of 1 to %(most)s characters.") % {"most": 100})
    except ValueError as error:
        problems.append(Problem("/key", str(error)))
    return _declare(ConsentTopic(), data, TOPIC_KEYS, problems, actor)


def change_channel(channel_id: int, *, data: Mapping[str, object], actor: Actor) -> ConsentChannel:
    return _change(ConsentChannel, channel_id, data, CHANNEL_KEYS, actor)


def change_topic(topic_id: int, *, data: Mapping[str, object], actor: Actor) -> ConsentTopic:
    return _change(ConsentTopic, topic_id, data, TOPIC_KEYS, actor)


def withdraw_channel(channel_id: int, *, actor: Actor) -> None:
    """The declaration goes, every answer stays."""
    _withdraw(ConsentChannel, channel_id, actor)


def withdraw_topic(topic_id: int, *, actor: Actor) -> None:
    """The declaration goes, every answer stays."""
    _withdraw(ConsentTopic, topic_id, actor)


def _declare(made: D, data: Mapping[str, object], keys: tuple[str, ...], problems: list[Problem], actor: Actor) -> D:
    fields = _read(data, keys, problems)
    if problems:
        raise InvalidInput(problems)
    made.key = str(data["key"]).strip()
    made.label = made.key.replace("_", " ").capitalize()
    for name, value in fields.items():
        if value or name != "label":
            setattr(made, name, value)
    with acting(actor):
        try:
            with transaction.atomic():
                made.save()
        except IntegrityError as error:
            raise Conflict([Problem("/key", _("“%(key)s” is declared already.") % {"key": made.key})]) from error
        audit.record(actor, "created", made, {"key": made.key, **fields})
    return made


def _change(model: type[D], pk: int, data: Mapping[str, object], keys: tuple[str, ...], actor: Actor) -> D:
    problems: list[Problem] = []
    fields = _read(data, keys, problems)
    with acting(actor):
        held = model._default_manager.select_for_update().get(pk=pk)
        if "key" in data and data["key"] != held.key:
            problems.append(Problem("/key", _("The key stays: answers are kept under it.")))
        if problems:
            raise InvalidInput(problems)
        if "label" in fields and not fields["label"]:
            del fields["label"]
        changes: dict[str, Any] = {name: value for name, value in fields.items() if value != getattr(held, name)}
        for name, value in changes.items():
            setattr(held, name, value)
        if changes:
            held.save(update_fields=[*changes])
            audit.record(actor, "updated", held, changes)
    return held


def _withdraw(model: type[D], pk: int, actor: Actor) -> None:
    with acting(actor):
        held = model._default_manager.select_for_update().get(pk=pk)
        audit.record(actor, "deleted", held)
        held.delete()


def _read(data: Mapping[str, object], keys: tuple[str, ...], problems: list[Problem]) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise InvalidInput(_("Expected an object."))
    for key in data:
        if key not in keys:
            message = _("There is no field “%(key)s”.") % {"key": key} + values.suggest(str(key), keys)
            problems.append(Problem(f"/{escape(str(key))}", message))
    read: dict[str, Any] = {}
    for name, most in (("label", 200), ("description", LONGEST_DESCRIPTION)):
        if name in data:
            read[name] = _text(data[name], most, f"/{name}", problems)
    if "labels" in data:
        read["labels"] = _labels(data["labels"], problems)
    if "channels" in data and "channels" in keys:
        read["channels"] = _channels(data["channels"], problems)
    if "default" in data and "default" in keys:
        read["default"] = data["default"]
        if data["default"] not in ConsentTopic.Default.values:
            known = ", ".join(ConsentTopic.Default.values)
            problems.append(Problem("/default", _("Expected one of: %(options)s.") % {"options": known}))
    return read


def _text(raw: object, most: int, pointer: str, problems: list[Problem]) -> str:
    try:
        text = values.read_text(raw) or ""
        if len(text) > most:
            raise ValueError(_("Expected at most %(most)s characters.") % {"most": most})
    except ValueError as error:
        problems.append(Problem(pointer, str(error)))
        return ""
    return text


def _labels(raw: object, problems: list[Problem]) -> dict[str, str]:
    languages = [code for code, _name in settings.LANGUAGES]
    if not isinstance(raw, Mapping):
        problems.append(Problem("/labels", _("Expected an object.")))
        return {}
    for code in raw:
        if code not in languages:
            known = ", ".join(languages)
            message = _("Expected one of: %(options)s.") % {"options": known}
            problems.append(Problem(f"/labels/{escape(str(code))}", message))
    read = {str(code): _text(raw[code], 200, f"/labels/{escape(str(code))}", problems) for code in raw}
    return {code: text for code, text in read.items() if text}


def _channels(raw: object, problems: list[Problem]) -> list[str]:
    if not isinstance(raw, list) or len(raw) > MOST_CHANNELS:
        problems.append(Problem("/channels", _("Expected a list of texts.")))
        return []
    for place, key in enumerate(raw):
        if not isinstance(key, str) or not CHANNEL.fullmatch(key):
            message = _("Expected a channel such as email: small letters, digits and _, beginning with a letter.")
            problems.append(Problem(f"/channels/{place}", message))
    return list(dict.fromkeys(str(key) for key in raw))
