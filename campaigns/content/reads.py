"""What templates read, told from their syntax: what to load for a batch of people, and what may be missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from liquid import BoundTemplate, Node, RenderContext
from liquid.ast import BlockNode
from liquid.builtin.expressions import Path, StringLiteral
from liquid.builtin.expressions.filtered import FilteredExpression
from liquid.builtin.expressions.logical import ContainsExpression
from liquid.builtin.expressions.primitive import IntegerLiteral
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.case_tag import CaseNode
from liquid.builtin.tags.echo_tag import EchoNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.expression import Expression

from . import liquid as templates

ROOTS = (
    "contact",
    "company",
    "campaign",
    "account",
    "arm",
    "lists",
    "events",
    "orders",
    "bought_together",
    "unsubscribe_url",
    "preferences_url",
    "surveys",
)
"""Every name a template may use."""
_FOR_SURE = {("contact", "id"), ("contact", "created_at"), ("contact", "updated_at"), ("contact", "lists")}
_Trail = tuple[str, ...]


@dataclass(frozen=True)
class Needs:
    """What must be loaded besides the contact itself. `lists`: those asked about, None for whichever there are."""

    events: bool = False
    orders: bool = False
    together: bool = False
    lists: frozenset[str | int] | None = field(default_factory=frozenset)

    def __or__(self, other: Needs) -> Needs:
        lists = None if self.lists is None or other.lists is None else self.lists | other.lists
        return Needs(self.events or other.events, self.orders or other.orders, self.together or other.together, lists)

    def __bool__(self) -> bool:
        return self.events or self.orders or self.together or self.lists is None or bool(self.lists)


def needs(template: BoundTemplate) -> Needs:
    roots: set[object] = set()
    asked: set[str | int] = set()
    looked = 0
    for expression in _all_expressions(template.nodes):
        if isinstance(expression, Path):
            roots.add(expression.path[0])
            looked += expression.path[0] == "lists"
        elif (
            isinstance(expression, ContainsExpression)
            and trail_of(expression.left) == ("lists",)
            and isinstance(expression.right, StringLiteral | IntegerLiteral)
        ):
            asked.add(expression.right.value)
            looked -= 1
    return Needs(
        events="events" in roots,
        orders="orders" in roots,
        together="bought_together" in roots,
        lists=None if looked > 0 else frozenset(asked),
    )


def unknown_names(template: BoundTemplate) -> list[str]:
    """Names at the root that mean nothing here: mistypings, mostly."""
    found = template.analyze(include_partials=False).globals
    return [name for name in found if name not in ROOTS]


def paths(template: BoundTemplate) -> set[_Trail]:
    """Everything that is read anywhere, as far as it is written out."""
    found = (trail_of(part) for part in _all_expressions(template.nodes))
    return {trail for trail in found if trail}


def unguarded(template: BoundTemplate) -> list[str]:
    """What is printed although it may be missing: no `default`, and no `if` around it that looks at it."""
    return list(dict.fromkeys(bare_expressions(template).values()))


def bare_expressions(template: BoundTemplate) -> dict[str, str]:
    """The same, by the expression that prints it."""
    found = _printed(template.nodes, frozenset(), {})
    return {said: ".".join(trail) for said, trail in found if may_be_missing(trail)}


def may_be_missing(trail: _Trail) -> bool:
    if trail[0] in {"contact", "company", "arm"}:
        return trail[:2] not in _FOR_SURE and len(trail) > 1
    return trail[0] in {"events", "orders", "bought_together"} and len(trail) > 1 and trail[1] != "size"


def trail_of(expression: Expression | None) -> _Trail:
    """`contact.attributes.plan` as its segments; nothing for what is computed."""
    if not isinstance(expression, Path):
        return ()
    parts = tuple(str(part) for part in expression.path if isinstance(part, str | int))
    return parts if len(parts) == len(expression.path) else ()


def _printed(
    nodes: Iterable[Node], guarded: frozenset[_Trail], names: dict[str, _Trail]
) -> Iterator[tuple[str, _Trail]]:
    for node in nodes:
        if isinstance(node, OutputNode | EchoNode):
            for trail in _bare(node.expression, guarded, names):
                yield str(node.expression), trail
        elif isinstance(node, AssignNode):
            bare = [*_bare(node.expression, guarded, names)]
            if bare:
                names[str(node.name)] = bare[0]
            else:
                names.pop(str(node.name), None)
        else:
            looked = guarded
            if isinstance(node, IfNode | UnlessNode | CaseNode):
                looked = guarded | {_whole(trail, names) for trail in _read_in(_conditions(node))}
            yield from _printed(_children(node), looked, names)


def _bare(expression: Expression, guarded: frozenset[_Trail], names: dict[str, _Trail]) -> Iterator[_Trail]:
    """The paths whose absence would show as nothing."""
    if isinstance(expression, FilteredExpression):
        if any(used.name == "default" for used in expression.filters or []):
            return
        trail = trail_of(expression.left)
        if trail and trail[0] in names:
            trail = names[trail[0]] + trail[1:]
        if trail and not any(trail[: len(one)] == one for one in guarded):
            yield trail


def _whole(trail: _Trail, names: dict[str, _Trail]) -> _Trail:
    """What a look at this trail assures: `orders.size` says something of `orders`."""
    full = names[trail[0]] + trail[1:] if trail[0] in names else trail
    return full[:-1] if full[-1] in {"size", "first", "last"} and len(full) > 1 else full


def _conditions(node: IfNode | UnlessNode | CaseNode) -> list[Expression]:
    found = [*node.expressions()]
    for child in getattr(node, "alternatives", []):
        found += child.expressions()
    return found


def _read_in(expressions: Iterable[Expression]) -> Iterator[_Trail]:
    waiting = [*expressions]
    while waiting:
        part = waiting.pop()
        if trail := trail_of(part):
            yield trail
        waiting += part.children()


def _children(node: Node) -> Iterable[Node]:
    if isinstance(node, BlockNode):
        return node.nodes
    return node.children(_context())


def _all_expressions(nodes: Iterable[Node]) -> Iterator[Expression]:
    waiting: list[Node | Expression] = [*nodes]
    context = _context()
    while waiting:
        part = waiting.pop()
        if isinstance(part, Expression):
            yield part
            waiting.extend(part.children())
        else:
            waiting.extend(part.expressions())
            waiting.extend(part.children(context))


def _context() -> RenderContext:
    return RenderContext(_EMPTY)


_EMPTY = templates.parse("")
