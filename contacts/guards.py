"""Who still needs what somebody wants to delete. Upper rooms register; lower ones ask before deleting."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from crmseg.common.problems import Conflict

Guard = Callable[[Sequence[str]], list[str]]
_guards: list[Guard] = []


def register(guard: Guard) -> None:
    """`guard` gets dependency keys (`attribute:plan`) and names the places that read any of them."""
    if guard not in _guards:
        _guards.append(guard)


def used_in(keys: Sequence[str]) -> list[str]:
    return [place for guard in _guards for place in guard(keys)]


def check_unused(keys: Sequence[str]) -> None:
    places = used_in(keys)
    if places:
        raise Conflict(_("This is still used in: %(places)s.") % {"places": ", ".join(places)})
