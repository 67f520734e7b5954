"""Where the steps of an automation lead: to steps that are there, never back, and to every one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from .reader import Raw, Reader
from .schema import STEP_KINDS


def check_paths(reader: Reader, steps: Sequence[Raw]) -> None:
    places = {step["id"]: place for place, step in enumerate(steps)}
    onward: dict[str, list[str]] = {}
    for place, step in enumerate(steps):
        onward[step["id"]] = []
        for key in STEP_KINDS[step["kind"]].exits:
            to = step.get(key)
            if isinstance(to, str) and to:
                if to in places:
                    onward[step["id"]].append(to)
                else:
                    reader.refuse(f"/steps/{place}/{key}", _("There is no step “%(id)s”.") % {"id": to[:40]})
    if not steps:
        return
    if (back := _way_back(onward)) is not None:
        reader.refuse(f"/steps/{places[back]}", _("The way comes back to this step: it would never end."))
    reached, waiting = set[str](), [steps[0]["id"]]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += onward[one]
    for name, place in places.items():
        if name not in reached:
            reader.refuse(f"/steps/{place}", _("No way leads to this step."))


def _way_back(onward: Mapping[str, Sequence[str]]) -> str | None:
    """A step that a way comes back to. Every step is passed once, however many ways lead to it."""
    passed: set[str] = set()

    def found(one: str, way: tuple[str, ...]) -> str | None:
        if one in way:
            return one
        if one in passed:
            return None
        further = (found(to, (*way, one)) for to in reversed(onward[one]))
        back = next((step for step in further if step is not None), None)
        passed.add(one)
        return back

    return next((back for begin in onward if (back := found(begin, ())) is not None), None)
