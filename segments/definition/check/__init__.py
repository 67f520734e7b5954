"""Warnings: definitions that are allowed, and probably not meant.

A warning is only given for what is so: nobody is ever found for whom a part that is said to be always false holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from crmseg.common import clock
from crmseg.common.problems import Problem

from .. import describe
from ..nodes import All, AnyItem, Colleagues, Leaf, Node, Occurred, Performed, Sequence, walk
from ..parts import take_apart
from ..schema import Catalogue
from ..windows import Between, first_instant
from .doubts import Doubts
from .worlds import Worlds

MOST_WARNINGS = 100


def warnings(node: Node, catalogue: Catalogue) -> list[Problem]:
    """Everything worth a second look, each at its node."""
    found = list(_unseen(node, catalogue))
    found += _doubts(node, catalogue, "")
    for pointer, leaf in walk(node):
        found += _not_yet(leaf, pointer, catalogue)
    return found[:MOST_WARNINGS]


def always(node: Node, catalogue: Catalogue) -> bool | None:
    """What the definition is of everybody, whatever they are; None where that differs, or is too much to work out."""
    tree = take_apart(node)
    return None if tree.off else Worlds(tree, catalogue).always(tree)


def _unseen(node: Node, catalogue: Catalogue) -> Iterator[Problem]:
    said = _("No event named “%(event)s” has been seen yet.")
    for pointer, leaf in walk(node):
        match leaf:
            case Performed(event) | Occurred(event):
                names = [(f"{pointer}/event", event)]
            case Sequence(steps):
                names = [(f"{pointer}/sequence/{place}/event", step.event) for place, step in enumerate(steps)]
            case Colleagues(_, child):
                yield from (problem.under(f"{pointer}/of") for problem in _unseen(child, catalogue))
                continue
            case _:
                continue
        yield from (Problem(at, said % {"event": event}) for at, event in names if event not in catalogue.event_types)


def _doubts(node: Node, catalogue: Catalogue, pointer: str, *, of_events: bool = False) -> Iterator[Problem]:
    """Of the tree, then of the trees inside its leaves."""
    tree = take_apart(node, pointer)
    if tree.off:
        return
    yield from Doubts(tree, catalogue, of_events=of_events).each()
    for part in tree.each():
        for place, inner in _inside(part.source):
            at = f"{part.pointer}{place}"
            events = not isinstance(part.source, Colleagues)
            listed = events and not isinstance(part.source, AnyItem)
            for one in _doubts(inner, catalogue, at, of_events=events):
                yield Problem(_in_where(one.pointer, at, inner) if listed else one.pointer, one.message)


def _in_where(pointer: str, at: str, where: Node) -> str:
    """A `where` is written as a list: its outermost “all of” is the list itself, anything else stands in it alone."""
    inside = pointer.removeprefix(at)
    if not isinstance(where, All):
        return f"{at}/0{inside}"
    return f"{at}{inside.removeprefix('/all')}"


def _inside(leaf: Node | None) -> Iterator[tuple[str, Node]]:
    match leaf:
        case Performed(where=where) | Occurred(where=where) if where is not None:
            yield "/where", where
        case Sequence(steps):
            for place, step in enumerate(steps):
                if step.where is not None:
                    yield f"/sequence/{place}/where", step.where
        case Colleagues(_, child) | AnyItem(_, child):
            yield "/of", child


def _not_yet(leaf: Leaf, pointer: str, catalogue: Catalogue) -> Iterator[Problem]:
    """Windows that have not begun."""
    match leaf:
        case Performed(window=Between(start)) | Sequence(window=Between(start)) if start is not None:
            key = "window"
        case Occurred(window=Between(start)) if start is not None:
            key = "in"
        case _:
            return
    if first_instant(start, catalogue.zone) > clock.now():
        said = _("This window begins on %(start)s: until then nothing lies in it.")
        shown = describe.values.instant(start, catalogue.zone)
        yield Problem(f"{pointer}/{key}", said % {"start": shown})
