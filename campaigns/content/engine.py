"""The Liquid engine of messages, bounded: whatever the template, rendering ends soon and stays small.

The engine limits loops, output and variables. What it leaves open is closed here: a filter never sees or makes more
than `MAX_TEXT` characters or `MAX_ITEMS` items, partial templates are not offered, and the whole rendering has a
deadline. What most messages print, a field with its default, goes a shorter way than the engine's own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from io import StringIO
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin.expressions import FilteredExpression, Path, PositionalArgument, StringLiteral
from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import ResourceLimitError
from liquid.expression import Expression
from liquid.stream import TokenStream
from liquid.stringify import to_liquid_string
from liquid.token import Token
from markupsafe import escape

MAX_TEXT = 200_000
MAX_OUTPUT = 2_000_000
MAX_ITEMS = 5_000
MAX_NUMBER = 10**30
MAX_SECONDS = 2.0

EMPTY = "_empty"
_COMPUTED = {"size", "first", "last"}
NOT_OFFERED_TAGS = ("include", "render")
NOT_OFFERED_FILTERS = ("safe",)


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


class _Output(StringIO):
    """What is written, up to a number of characters."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit, self.size = limit, 0

    def write(self, text: str, /) -> int:
        self.size += len(text)
        if self.size > self.limit:
            raise ResourceLimitError("it becomes too long", token=None)
        return super().write(text)


class _Context(RenderContext):
    """Remembers when the rendering must have ended, and guards every filter."""

    __slots__ = ("deadline",)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.deadline = time.monotonic() + MAX_SECONDS

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        self.check_time()
        return super().filter(name, token)

    def get_buffer(self, buf: TextIO | None = None) -> StringIO:
        return _Output(MAX_OUTPUT - (buf.size if isinstance(buf, _Output) else 0))

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

    def _get_buffer(self) -> StringIO:
        return _Output(MAX_OUTPUT)


class _QuickNode(OutputNode):
    """`{{ contact.first_name | default: "there" }}`, most of what messages print, without the ceremony.

    Anything but a text or nothing goes the usual way.
    """

    __slots__ = ("fallback", "keys", "root")

    def __init__(self, token: Token, expression: Expression, path: list[Any], fallback: str) -> None:
        super().__init__(token, expression)
        self.root, self.keys, self.fallback = path[0], path[1:], fallback

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        try:
            value: Any = context.scope[self.root]
            for key in self.keys:
                value = value[key]
        except (KeyError, TypeError, IndexError):
            value = None
        if value is None or value == "":
            return buffer.write(self.fallback)
        if type(value) is str and len(value) <= MAX_TEXT:
            return buffer.write(escape(value) if context.autoescape else value)
        return super().render_to_output(context, buffer)


class _QuickOutput(Output):
    def parse(self, stream: TokenStream) -> OutputNode:
        node = super().parse(stream)
        said = node.expression
        if not isinstance(said, FilteredExpression) or not isinstance(said.left, Path):
            return node
        path, filters = said.left.path, said.filters or []
        if not all(isinstance(key, str) and key not in _COMPUTED for key in path) or len(filters) > 1:
            return node
        fallback = ""
        if filters:
            given = filters[0].args[0] if len(filters[0].args) == 1 else None
            literal = given.value if isinstance(given, PositionalArgument) else None
            if filters[0].name != "default" or not isinstance(literal, StringLiteral):
                return node
            fallback = literal.value
        return _QuickNode(node.token, said, path, fallback)


class _Environment(Environment):
    template_class = _Template
    loop_iteration_limit = 1_000
    local_namespace_limit = 1_000_000
    output_stream_limit = MAX_OUTPUT
    block_nesting_limit = 30
    context_depth_limit = 30

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for tag in NOT_OFFERED_TAGS:
            del self.tags[tag]
        for name in NOT_OFFERED_FILTERS:
            del self.filters[name]
        self.filters = {name: _guarded(name, function) for name, function in self.filters.items()}
        self.add_tag(_QuickOutput)


class _WatchedNode(OutputNode):
    """Remembers under EMPTY what it printed nothing for."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        text = to_liquid_string(self.expression.evaluate(context), context.autoescape)
        empty = context.globals.get(EMPTY)
        if isinstance(empty, set) and not text.strip():
            empty.add(str(self.expression))
        return buffer.write(text)


class _WatchedOutput(Output):
    node_class = _WatchedNode


HTML, TEXT = _Environment(autoescape=True), _Environment(autoescape=False)
WATCHED = _Environment(autoescape=True)
WATCHED.add_tag(_WatchedOutput)
