"""The template library `contact`."""

from __future__ import annotations

from django import template

from .. import importing, stages
from ..models import UndoProblem

register = template.Library()
register.filter("stage_name", stages.name_of)


@register.filter
def undo_reason(problem: UndoProblem) -> str:
    """Why something was not undone, as a sentence."""
    return importing.reason_of(problem)
