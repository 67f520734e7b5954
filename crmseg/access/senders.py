"""Who campaigns come from: names with addresses, one of which is taken where a campaign names nobody."""

from __future__ import annotations

import time

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .audit import record
from .models import Sender

FRESH_FOR = 5.0
_known: tuple[float, list[Sender]] | None = None


def known() -> list[Sender]:
    """Every sender, the standard one first; at most a few seconds old, because every message asks."""
    global _known
    if _known is None or time.monotonic() - _known[0] > FRESH_FOR:
        _known = time.monotonic(), list(Sender.objects.order_by("-is_default", "name", "pk"))
    return _known[1]


def forget() -> None:
    global _known
    _known = None


def standard() -> Sender | None:
    return next((sender for sender in known() if sender.is_default), None)


def reply_to(address: str) -> str:
    """Where answers to messages from that address go, if elsewhere."""
    return next((one.reply_to for one in known() if one.address.casefold() == address.casefold() and one.reply_to), "")


@transaction.atomic
def save_sender(
    sender_id: int | None, *, name: str, address: str, reply_to: str = "", is_default: bool = False, actor: Actor
) -> Sender:
    """A new sender, or a change of one; the first is the standard one, and there is always one at most."""
    _check({"name": name, "address": address, "reply_to": reply_to})
    first = not Sender.objects.exists()
    sender = Sender.objects.select_for_update().get(pk=sender_id) if sender_id else Sender()
    values = {"name": name.strip(), "address": address, "reply_to": reply_to, "is_default": is_default or first}
    before = {key: getattr(sender, key) for key in values}
    changes = {key: value for key, value in values.items() if before[key] != value}
    if values["is_default"]:
        Sender.objects.exclude(pk=sender.pk).filter(is_default=True).update(is_default=False)
    for key, value in values.items():
        setattr(sender, key, value)
    try:
        with transaction.atomic():
            sender.save()
    except IntegrityError:
        raise Conflict([Problem("/address", _("There is a sender with this name and address already."))]) from None
    if changes:
        record(actor, "updated" if sender_id else "created", sender, changes, before=before if sender_id else None)
    transaction.on_commit(forget)
    return sender


@transaction.atomic
def delete_sender(sender_id: int, *, actor: Actor) -> None:
    """Campaigns keep the sender that was written into them."""
    sender = Sender.objects.select_for_update().get(pk=sender_id)
    record(actor, "deleted", sender)
    sender.delete()
    transaction.on_commit(forget)


def _check(given: dict[str, str]) -> None:
    problems = []
    if not given["name"].strip() or any(sign in given["name"] for sign in "\r\n<>"):
        problems.append(Problem("/name", _("Write a name on one line, without < and >.")))
    for key in ("address", "reply_to"):
        if given[key] or key == "address":
            try:
                validate_email(given[key])
            except ValidationError:
                problems.append(Problem(f"/{key}", _("This is not an e-mail address.")))
    if problems:
        raise InvalidInput(problems)
