"""What comes in with requests about lists, read and checked; every problem at once, each with its place."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from django.utils.translation import gettext as _
from rest_framework.request import Request

from contacts.models import Contact
from crmseg.access import account
from crmseg.access.models import User
from crmseg.common.ids import is_id
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.parsers import read_list, read_object

from ..definition.windows import last_instant
from ..serializers import DURATIONS

MOST_MEMBERS = 100_000
LONGEST_HISTORY = 3_650


def read_definition(request: Request) -> object:
    given = read_object(request)
    if "definition" not in given:
        raise InvalidInput([Problem("", _("Expected “definition”."))])
    return given["definition"]


def read_owned(given: dict[str, Any]) -> dict[str, Any]:
    """The owner is named by e-mail; durations are in seconds."""
    if given.get("owner") is not None:
        owner = User.objects.filter(email__iexact=given["owner"]).first()
        if owner is None:
            raise InvalidInput([Problem("/owner", _("Nobody signs in with this e-mail."))])
        given["owner"] = owner
    for key in DURATIONS:
        if given.get(key) is not None:
            given[key] = timedelta(seconds=given[key])
    return given


def read_past(text: str) -> datetime:
    """An instant, or the end of a day of the account's zone."""
    try:
        if len(text) == 10:
            return last_instant(date.fromisoformat(text), account.current().time_zone)
        at = parse_datetime(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        at = None
    if at is None or is_naive(at):
        raise InvalidInput([Problem("/at", _("Expected a day or an instant such as 2026-01-31T00:00:00Z."))])
    return at


def read_instant(raw: object, pointer: str) -> datetime:
    try:
        at = parse_datetime(raw) if isinstance(raw, str) else None
    except ValueError:
        at = None
    if at is None or is_naive(at):
        raise InvalidInput([Problem(pointer, _("Expected an instant such as 2026-01-31T00:00:00Z."))])
    return at


def read_days(request: Request) -> int:
    text = request.query_params.get("days", "30")
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= LONGEST_HISTORY):
        raise InvalidInput([Problem("/days", _("Expected a whole number from 1 to 3,650."))])
    return int(text)


def read_id(text: str, pointer: str, message: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise InvalidInput([Problem(pointer, message)])
    return int(text)


def read_contact_ids(request: Request) -> list[int]:
    return _ids(read_list(request, "contact_ids", at_most=MOST_MEMBERS))


def read_pinned(request: Request) -> list[int]:
    """`contact_ids`, or `contact` for one."""
    given = read_object(request)
    if "contact" not in given:
        return read_contact_ids(request)
    if "contact_ids" in given:
        raise InvalidInput([Problem("/contact", _("Give “contact” or “contact_ids”, not both."))])
    if not is_id(given["contact"]):
        raise InvalidInput([Problem("/contact", _("Expected the id of a contact."))])
    return [given["contact"]]


def unknown_contacts(ids: list[int]) -> list[Problem]:
    known = set(Contact.objects.filter(pk__in=ids).values_list("pk", flat=True))
    return [
        Problem(f"/contact_ids/{index}", _("There is no such contact."))
        for index, pk in enumerate(ids)
        if pk not in known
    ]


def _ids(items: list[Any]) -> list[int]:
    wrong = [
        Problem(f"/contact_ids/{index}", _("Expected the id of a contact."))
        for index, item in enumerate(items)
        if not is_id(item)
    ]
    if wrong:
        raise InvalidInput(wrong)
    return items
