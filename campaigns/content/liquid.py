"""Liquid for messages: read, refused with a sentence, rendered.

Values are escaped in HTML and not in plain text; what is unknown renders as nothing. Ranges are not offered. The bounds
of rendering are `campaigns.content.engine`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from django.utils.translation import gettext as _
from liquid import BoundTemplate, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidError
from liquid.expression import Expression

from . import engine

MAX_SOURCE = 500_000
MAX_TAGS = 2_000


class TemplateError(ValueError):
    """A template that cannot be read or cannot be rendered, as a sentence for its author."""


@lru_cache(maxsize=256)
def parse(source: str, *, html: bool = False) -> BoundTemplate:
    """The template, or TemplateError."""
    if len(source) > MAX_SOURCE:
        raise TemplateError(_("This is longer than %(limit)s characters.") % {"limit": f"{MAX_SOURCE:,}"})
    if source.count("{%") + source.count("{{") > MAX_TAGS:
        raise TemplateError(_("This uses more than %(limit)s tags.") % {"limit": f"{MAX_TAGS:,}"})
    try:
        template = (engine.HTML if html else engine.TEXT).from_string(source)
    except (LiquidError, RecursionError) as error:
        raise TemplateError(_("This is not valid Liquid: %(reason)s.") % {"reason": _reason(error)}) from error
    for part in _expressions(template.nodes):
        _check_expression(part)
    return template


def empties(source: str, values: Mapping[str, object]) -> set[str]:
    """The expressions of this template that print nothing for these values."""
    found: set[str] = set()
    render(_watched(source), {**values, engine.EMPTY: found})
    return found


@lru_cache(maxsize=64)
def _watched(source: str) -> BoundTemplate:
    return engine.WATCHED.from_string(source)


def render(template: BoundTemplate, values: Mapping[str, object]) -> str:
    """The text, or TemplateError. Nothing a template does raises anything else."""
    try:
        return template.render(values)
    except Exception as error:
        raise TemplateError(_("This cannot be rendered: %(reason)s.") % {"reason": _reason(error)}) from error


def _check_expression(part: Expression) -> None:
    if isinstance(part, RangeLiteral):
        raise TemplateError(_("Ranges such as (1..5) cannot be used in messages."))
    for used in getattr(part, "filters", None) or []:
        if used.name not in engine.TEXT.filters:
            raise TemplateError(_("There is no filter “%(name)s”.") % {"name": used.name})


def _reason(error: Exception) -> str:
    if isinstance(error, LiquidError):
        return str(getattr(error, "message", error)).rstrip(".") or _("it does not parse")
    return _("it is nested too deeply") if isinstance(error, RecursionError) else type(error).__name__


def _expressions(nodes: list[Node]) -> Iterator[Expression]:
    """Every expression anywhere in the template."""
    waiting: list[Node | Expression] = list(nodes)
    context = RenderContext(engine.TEXT.from_string(""))
    while waiting:
        part = waiting.pop()
        if isinstance(part, Expression):
            yield part
            waiting.extend(part.children())
        else:
            waiting.extend(part.expressions())
            waiting.extend(part.children(context))
