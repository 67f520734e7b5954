"""Reading request bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from crmseg.common import json
from crmseg.common.problems import InvalidInput, Problem


class StrictJSONParser(BaseParser):
    """JSON with exact decimals; see `crmseg.common.json`. How long a body may be: `crmseg.access.body_limits`."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return json.loads(stream.read())


def read_object(request: Request) -> dict[str, Any]:
    """The JSON object that was sent; anything else is InvalidInput."""
    if not isinstance(request.data, dict):
        raise InvalidInput(_("Expected a JSON object."))
    return request.data


def read_list(request: Request, name: str, *, at_most: int) -> list[Any]:
    """The list under `name` in the JSON object that was sent, of one to `at_most` items."""
    items = read_object(request).get(name)
    if not isinstance(items, list):
        raise InvalidInput([Problem(f"/{name}", _("Expected a list."))])
    if not 1 <= len(items) <= at_most:
        raise InvalidInput([Problem(f"/{name}", _("Expected 1 to %(most)s items.") % {"most": at_most})])
    return items
