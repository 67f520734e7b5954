"""Liquid for messages, bounded: whatever the template, rendering ends soon and stays small.

The engine limits loops, output and variables. What it leaves open is closed here: a filter never sees or makes more
than `MAX_TEXT` characters or `MAX_ITEMS` items, ranges and partial templates are not offered, and the whole rendering
has a deadline. Values are escaped in HTML and not in plain text; what is unknown renders as nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, wraps
from typing import Any

from django.utils.translation import gettext as _
from liquid import BoundTemplate, Environment, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidError, ResourceLimitError
from liquid.expression import Expression
from liquid.token import Token

MAX_SOURCE = 500_000
MAX_TAGS = 2_000
MAX_TEXT = 200_000
MAX_ITEMS = 5_000
MAX_NUMBER = 10**30
MAX_SECONDS = 2.0

NOT_OFFERED_TAGS = ("include", "render")
NOT_OFFERED_FILTERS = ("safe",)


class TemplateError(ValueError):
    """A template that cannot be read or cannot be rendered, as a sentence for its author."""


class _Context(RenderContext):
    """Remembers when the rendering must have ended, and guards every filter."""

    __slots__ = ("deadline",)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.deadline = time.monotonic() + MAX_SECONDS

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        self.check_time()
        return _guarded(name, super().filter(name, token))

    def raise_for_loop_limit(self, length: int = 1) -> None:
        self.check_time()
        super().raise_for_loop_limit(length)

    def assign(self, key: str, val: Any) -> None:
        self.check_time()
        super().assign(key, val)

    def check_time(self) -> None:
        if time.monotonic() > self.deadline:
            raise ResourceLimitError("it takes too long", token=None)


class _Template(BoundTemplate):
    context_class = _Context


class _Environment(Environment):
    template_class = _Template
    loop_iteration_limit = 1_000
    local_namespace_limit = 1_000_000
    output_stream_limit = 2_000_000
    block_nesting_limit = 30
    context_depth_limit = 30

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for tag in NOT_OFFERED_TAGS:
            del self.tags[tag]
        for name in NOT_OFFERED_FILTERS:
            del self.filters[name]


_HTML, _TEXT = _Environment(autoescape=True), _Environment(autoescape=False)


@lru_cache(maxsize=256)
def parse(source: str, *, html: bool = False) -> BoundTemplate:
    """The template, or TemplateError."""
    if len(source) > MAX_SOURCE:
        raise TemplateError(_("This is longer than %(limit)s characters.") % {"limit": f"{MAX_SOURCE:,}"})
    if source.count("{%") + source.count("{{") > MAX_TAGS:
        raise TemplateError(_("This uses more than %(limit)s tags.") % {"limit": f"{MAX_TAGS:,}"})
    try:
        template = (_HTML if html else _TEXT).from_string(source)
    except (LiquidError, RecursionError) as error:
        raise TemplateError(_("This is not valid Liquid: %(reason)s.") % {"reason": _reason(error)}) from error
    for part in _expressions(template.nodes):
        _check_expression(part)
    return template


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
        if used.name not in _TEXT.filters:
            raise TemplateError(_("There is no filter “%(name)s”.") % {"name": used.name})


def _reason(error: Exception) -> str:
    if isinstance(error, LiquidError):
        return str(getattr(error, "message", error)).rstrip(".") or _("it does not parse")
    return _("it is nested too deeply") if isinstance(error, RecursionError) else type(error).__name__


def _guarded(name: str, function: Callable[..., object]) -> Callable[..., object]:
    @wraps(function)
    def checked(value: object, *args: object, **kwargs: object) -> object:
        for operand in (value, *args):
            _check_size(operand)
        if _growth(name, value, args) > MAX_TEXT:
            raise ResourceLimitError("a text becomes too long", token=None)
        result = function(value, *args, **kwargs)
        _check_size(result)
        return result

    return checked


def _growth(name: str, value: object, args: tuple[object, ...]) -> int:
    """How long the result of the filters that multiply may become, before it is made."""
    if name == "replace" and len(args) > 1:
        found = str(value).count(str(args[0]))
        return len(str(value)) + found * len(str(args[1]))
    if name == "join" and isinstance(value, list | tuple):
        return sum(len(str(item)) for item in value) + len(value) * len(str(args[0] if args else " "))
    return 0


def _check_size(value: object) -> None:
    match value:
        case str() if len(value) > MAX_TEXT:
            raise ResourceLimitError("a text becomes too long", token=None)
        case bool():
            return
        case int() if abs(value) > MAX_NUMBER:
            raise ResourceLimitError("a number becomes too large", token=None)
        case list() | tuple() | dict() | range() if len(value) > MAX_ITEMS:
            raise ResourceLimitError("a list becomes too long", token=None)


def _expressions(nodes: list[Node]) -> Iterator[Expression]:
    """Every expression anywhere in the template."""
    waiting: list[Node | Expression] = list(nodes)
    context = RenderContext(_TEXT.from_string(""))
    while waiting:
        part = waiting.pop()
        if isinstance(part, Expression):
            yield part
            waiting.extend(part.children())
        else:
            waiting.extend(part.expressions())
            waiting.extend(part.children(context))
