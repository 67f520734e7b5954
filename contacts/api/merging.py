"""What comes in with a request to make two records one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request

from crmseg.common.ids import is_id
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.parsers import read_object

from .. import values


def read_merge(request: Request, known: set[str]) -> dict[str, Any]:
    given = read_object(request)
    if unknown := sorted(given.keys() - known):
        message = _("There is no field “%(key)s”.") % {"key": unknown[0]} + values.suggest(unknown[0], known)
        raise InvalidInput([Problem(f"/{escape(unknown[0])}", message)])
    return given


def read_other(given: dict[str, Any], message: str) -> int:
    other = given.get("with")
    if not is_id(other):
        raise InvalidInput([Problem("/with", message)])
    return other


def read_keys(given: dict[str, Any]) -> list[str]:
    keys = given.get("take", [])
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise InvalidInput([Problem("/take", _("Expected a list of field names."))])
    return keys
