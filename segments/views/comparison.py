"""Two definitions side by side, node by node: what was added, taken out and changed, in words, nested as they are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Literal

from django.utils.translation import gettext as _

from segments.definition import describe, nodes
from segments.definition.nodes import All, AnyOf, AtLeast, Marked, Node, Not
from segments.definition.schema import Catalogue

NAMED = 20
Sign = Literal["same", "added", "removed", "changed"]


@dataclass(frozen=True)
class Part:
    """Some words of a sentence, and whether they are what differs."""

    text: str
    differs: bool


@dataclass
class Line:
    """One node as a sentence. A changed one has the words it had `before`, too."""

    sign: Sign
    words: list[Part]
    before: list[Part] = field(default_factory=list)
    children: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Shown:
    """A line as a template without recursion draws it: whether lines stand below it, how many levels end after it."""

    line: Line
    opens: bool
    closes: range


@dataclass(frozen=True)
class Comparison:
    lines: list[Shown]
    added: int
    removed: int
    changed: int

    @property
    def same(self) -> bool:
        return not (self.added or self.removed or self.changed)


def compare(before: Node, after: Node, catalogue: Catalogue) -> Comparison:
    """What became of `before` in `after`. The order of conditions means nothing, and is not compared."""
    root = _Reader(catalogue).both(_as_group(before), _as_group(after))
    signs = [line.sign for line in _all(root)]
    counts = (signs.count("added"), signs.count("removed"), signs.count("changed"))
    return Comparison(list(_flat(root, 0)), *counts)


class _Reader:
    def __init__(self, catalogue: Catalogue):
        self.catalogue = catalogue

    def both(self, before: Node, after: Node) -> Line:
        """Two nodes that stand for each other."""
        was, now = self.say(before), self.say(after)
        old, new = _inside(before), _inside(after)
        if before == after or (was == now and (old or new)):
            line = Line("same", [Part(now, False)])
        else:
            line = _changed(was, now)
            _add_values(line, before, after)
        if old or new:
            line.children = self.beside(old, new)
        return line

    def whole(self, node: Node, sign: Sign) -> Line:
        """A node and all below it, that is there on one side only."""
        return Line(sign, [Part(self.say(node), False)], children=[self.whole(child, sign) for child in _inside(node)])

    def beside(self, before: Sequence[Node], after: Sequence[Node]) -> list[Line]:
        """In the order of `after`; what was taken out stands after what it stood after."""
        partner = _paired(before, after)
        gone: dict[int, list[Line]] = defaultdict(list)
        place = -1
        found = {old: new for new, old in partner.items()}
        for index, node in enumerate(before):
            if index in found:
                place = found[index]
            else:
                gone[place].append(self.whole(node, "removed"))
        lines = list(gone[-1])
        for index, node in enumerate(after):
            there = index in partner
            lines.append(self.both(before[partner[index]], node) if there else self.whole(node, "added"))
            lines += gone[index]
        return lines

    def say(self, node: Node) -> str:
        match node:
            case Marked(child, label, off):
                said = self.say(child)
                said = _("“%(label)s”: %(said)s") % {"label": label, "said": said} if label else said
                return _("%(said)s (switched off)") % {"said": said} if off else said
            case _:
                return describe.say(node, self.catalogue)


def _as_group(node: Node) -> Node:
    return node if _inside(node) else All((node,))


def _inside(node: Node) -> Sequence[Node]:
    """What is shown below a node. Groups within an event or a question about colleagues are part of its sentence."""
    match node:
        case All(children) | AnyOf(children) | AtLeast(_, children) | Not(AnyOf(children)):
            return children
        case Not(child):
            return (child,)
        case Marked(child):
            return _inside(child)
        case _:
            return ()


def _paired(before: Sequence[Node], after: Sequence[Node]) -> dict[int, int]:
    """For places in `after`, the place in `before` of what stood there: equal nodes first, then alike ones."""
    pairs: dict[int, int] = {}
    for key in (_itself, _unmarked, _subject_of_leaf):
        taken = set(pairs.values())
        free: dict[Hashable, list[int]] = defaultdict(list)
        for index in range(len(before) - 1, -1, -1):
            if index not in taken:
                free[key(before[index])].append(index)
        for index, node in enumerate(after):
            about = key(node)
            if index not in pairs and about is not None and free[about]:
                pairs[index] = free[about].pop()
    taken = set(pairs.values())
    old = {index: _content(node) for index, node in enumerate(before) if index not in taken and _inside(node)}
    for index, node in enumerate(after):
        if index not in pairs and _inside(node):
            content = _content(node)
            best = max(old, key=lambda other: _alike(old[other], content), default=None)
            if best is not None and _alike(old[best], content) > 0:
                pairs[index] = best
                del old[best]
    return pairs


def _itself(node: Node) -> Hashable:
    return node


def _subject_of_leaf(node: Node) -> Hashable:
    return None if _inside(node) else _subject(_unmarked(node))


def _content(group: Node) -> tuple[set[Hashable], set[Hashable]]:
    """The conditions somewhere below a group, and what they ask about."""
    leaves = nodes.leaves(group)
    return set(leaves), {_subject(leaf) for leaf in leaves}


def _alike(one: tuple[set[Hashable], set[Hashable]], other: tuple[set[Hashable], set[Hashable]]) -> float:
    """How much two groups have in common; 0 for what cannot be a change of the other."""
    return len(one[0] & other[0]) + 0.1 * len(one[1] & other[1])


def _unmarked(node: Node) -> Node:
    return _unmarked(node.child) if isinstance(node, Marked) else node


def _subject(node: Node) -> tuple[object, ...]:
    """What a condition asks about, whatever it asks."""
    match node:
        case nodes.Compare(property):
            return ("property", property.key)
        case nodes.Performed(event) | nodes.Occurred(event):
            return ("event", event)
        case nodes.InSegment(segment_id) | nodes.PastSegment(segment_id):
            return ("segment", segment_id)
        case nodes.Consented(channel) | nodes.Reachable(channel):
            return ("channel", channel)
        case _:
            return (type(node),)


def _changed(was: str, now: str) -> Line:
    """Both sentences, with the words marked in which they differ."""
    old, new = _tokens(was), _tokens(now)
    before: list[Part] = []
    words: list[Part] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        _append(before, "".join(old[a:b]), what != "equal")
        _append(words, "".join(new[c:d]), what != "equal")
    return Line("changed", words, before)


def _add_values(line: Line, before: Node, after: Node) -> None:
    """Sentences name some values of many: those that only one side has are named here."""
    match _unmarked(before), _unmarked(after):
        case nodes.Compare(operand=tuple() as old), nodes.Compare(operand=tuple() as new):
            for parts, said, mine, yours in ((line.before, _("without"), old, new), (line.words, _("with"), new, old)):
                others = {str(value) for value in yours}
                only = [str(value) for value in mine if str(value) not in others]
                written = "".join(part.text for part in parts)
                unsaid = [value for value in only if value not in written]
                if unsaid:
                    more = f" … (+{len(unsaid) - NAMED})" if len(unsaid) > NAMED else ""
                    _append(parts, f" · {said} {', '.join(unsaid[:NAMED])}{more}", True)


def _tokens(text: str) -> list[str]:
    return re.findall(r"“[^”]*”|«[^»]*»|\s+|[^\s“«(),;]+|.", text)


def _append(parts: list[Part], text: str, differs: bool) -> None:
    if text:
        parts.append(Part(text, differs))


def _all(line: Line) -> Iterator[Line]:
    waiting = [line]
    while waiting:
        here = waiting.pop()
        yield here
        waiting += here.children


def _flat(root: Line, ends: int) -> Iterator[Shown]:
    """Depth first. `ends` says how many levels are over once a line and all below it were drawn."""
    waiting = [(root, ends)]
    while waiting:
        line, ends = waiting.pop()
        if not line.children:
            yield Shown(line, False, range(ends))
            continue
        yield Shown(line, True, range(0))
        last = len(line.children) - 1
        waiting += [(child, ends + 1 if index == last else 0) for index, child in reversed([*enumerate(line.children)])]
