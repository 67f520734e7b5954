"""Parts of everyone that the pages of worth name, as definitions: to see the people behind a number, or keep a list.

Lists live above this room, which says how one is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crmseg.common.actor import Actor

from ..models import Activity
from . import rules

Make = Callable[[str, dict[str, Any], Actor], str]
"""From a name and a definition to the address of the list that was made."""
_makers: list[Make] = []
_CELL = re.compile(r"cell-([1-5])-([1-5])")


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    definition: dict[str, Any]


def register(make: Make) -> None:
    _makers[:] = [make]


def make_list(part: Part, actor: Actor) -> str:
    return _makers[0](part.name, part.definition, actor)


def read(asked: str) -> Part | None:
    """`cell-5-4` (recency and frequency), `group-KEY`, `activity-KEY`, `decile-N`, `move-FROM-to-TO`, `buyers`."""
    if cell := _CELL.fullmatch(asked):
        r, f = int(cell[1]), int(cell[2])
        both = {"all": [_is("rfm_recency", r), _is("rfm_frequency", f)]}
        return Part(_("RFM: recency %(r)s, frequency %(f)s") % {"r": r, "f": f}, both)
    if asked == "buyers":
        return Part(_("Buyers"), {"property": "total_orders", "op": "gte", "value": 1})
    if asked == "repeat":
        return Part(_("Repeat buyers"), {"property": "total_orders", "op": "gte", "value": 2})
    kind, _dash, rest = asked.partition("-")
    known = rules.current()
    keys = {group.key for group in known.groups} | set(known.former_groups)
    if kind == "group" and rest in keys:
        return Part(_("RFM: %(group)s") % {"group": known.label(rest)}, _is("rfm_group", rest))
    if kind == "activity" and rest in Activity.values:
        return Part(str(Activity(rest).label), _is("activity", rest))
    if kind == "decile" and rest in map(str, range(1, 11)):
        return Part(_("Tenth %(number)s by value") % {"number": rest}, _is("value_decile", int(rest)))
    if kind == "move":
        came_from, _to, to = rest.partition("-to-")
        if came_from in keys and to in keys:
            both = {"all": [_is("rfm_previous_group", came_from), _is("rfm_group", to)]}
            names = {"before": known.label(came_from), "now": known.label(to)}
            return Part(_("RFM: from %(before)s to %(now)s") % names, both)
    return None


def _is(key: str, value: Any) -> dict[str, Any]:
    return {"property": key, "op": "is", "value": value}
