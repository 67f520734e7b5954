"""One row or group of the builder as the browser holds it: strings in named fields, not yet a definition."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput

Kind = Literal["group", "condition", "where", "step", "raw"]
Fields = dict[str, list[str]]

DEEPEST = 220
"""A little deeper than definitions may nest, so that the definition's own reader says what is wrong."""
_ID = re.compile(r"n[a-z0-9]{1,20}")


def new_id() -> str:
    return "n" + secrets.token_hex(5)


@dataclass
class Draft:
    """`children` are the rows of a group, the `where` rows of an event or a step, or the steps of a sequence."""

    kind: Kind
    fields: Fields = field(default_factory=dict)
    children: list[Draft] = field(default_factory=list)
    id: str = field(default_factory=new_id)

    def first(self, name: str, default: str = "") -> str:
        given = self.fields.get(name)
        return given[0] if given else default

    def all(self, name: str) -> list[str]:
        return self.fields.get(name, [])

    def walk(self) -> Iterator[Draft]:
        yield self
        for child in self.children:
            yield from child.walk()


def read(raw: object, depth: int = 0) -> Draft:
    """What the page sent, or InvalidInput when it is not of its shape."""
    if depth > DEEPEST:
        raise InvalidInput(_("Groups are nested too deeply."))
    match raw:
        case {"id": str(id), "kind": str(kind), "fields": dict(fields), "children": list(children)}:
            if kind in get_args(Kind) and _ID.fullmatch(id) and all(_is_field(*item) for item in fields.items()):
                read_children = [read(child, depth + 1) for child in children]
                return Draft(cast(Kind, kind), cast(Fields, fields), read_children, id)
    raise InvalidInput(_("The form could not be read. Reload the page; your draft is kept in this browser."))


def _is_field(name: object, values: object) -> bool:
    return isinstance(name, str) and isinstance(values, list) and all(isinstance(value, str) for value in values)
