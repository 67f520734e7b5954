"""The template library `contact`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _

from crmseg.access.models import Role

from .. import importing, stages
from ..models import UndoProblem

register = template.Library()
register.filter("stage_name", stages.name_of)


@register.filter
def undo_reason(problem: UndoProblem) -> str:
    """Why something was not undone, as a sentence."""
    return importing.reason_of(problem)


@register.filter
def pairs(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Names with their values: where a name may be `items`, a template that asks for `.items` would get its value."""
    return list(value.items())


@register.filter
def notes_for(listed: Mapping[str, Any], user: Any) -> list[tuple[str, str, bool]]:
    """What each team should know of the members of a list: its name, the note, and whether it is the reader's own.
    The reader's own comes first."""
    role = getattr(user, "role", None)
    own = "service" if role == Role.SERVICE else "sales" if role == Role.SALES else "marketing"
    teams = {"marketing": _("Marketing"), "sales": _("Sales"), "service": _("Service")}
    known = [(team, listed.get(f"note_{team}")) for team in sorted(teams, key=lambda team: team != own)]
    return [(teams[team], note, team == own) for team, note in known if note]
