"""Any definition as one sentence in the reader's language, and each of its nodes by itself."""

from __future__ import annotations

from typing import assert_never

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..nodes import (
    All,
    AnyItem,
    AnyOf,
    AtLeast,
    Bucket,
    Colleagues,
    Compare,
    Consented,
    InSegment,
    Marked,
    Node,
    Not,
    Occurred,
    PastSegment,
    Performed,
    Reachable,
    Sequence,
    active,
)
from ..schema import Catalogue
from . import comparisons, events, people, values


def sentence(node: Node, catalogue: Catalogue) -> str:
    """What the definition says, as a sentence without its full stop. Parts that are switched off are left out."""
    kept = active(node)
    return _begun(clause(kept, catalogue)) if kept is not None else ""


def say(node: Node, catalogue: Catalogue) -> str:
    """One node by itself: what a condition asks, or how a group puts together what stands below it."""
    match node:
        case All():
            return _("All of these")
        case AnyOf():
            return _("Any of these")
        case AtLeast(k):
            return ngettext("At least %(n)s of these", "At least %(n)s of these", k) % {"n": values.number(k)}
        case Not(AnyOf()):
            return _("None of these")
        case Not():
            return _("Not so")
        case Marked(child):
            return say(child, catalogue)
        case _:
            return sentence(node, catalogue)


def event(name: str, where: Node | None, catalogue: Catalogue) -> str:
    """An event with which ones of its name are meant."""
    return events.named(name, where, catalogue, clause)


def clause(node: Node, catalogue: Catalogue) -> str:
    """What a node asks, as a part of a sentence. Nothing in it may be switched off."""
    match node:
        case All(children):
            return values.joined(_parts(children, catalogue), _(" and "))
        case AnyOf(children):
            return values.joined(_parts(children, catalogue), _(" or "))
        case AtLeast(k, children):
            of = _("; ").join(_parts(children, catalogue))
            return ngettext("at least %(n)s of (%(of)s)", "at least %(n)s of (%(of)s)", k) % {
                "n": values.number(k),
                "of": of,
            }
        case Not(child):
            return _("not (%(said)s)") % {"said": clause(child, catalogue)}
        case Marked(child):
            return clause(child, catalogue)
        case Compare():
            return comparisons.clause(node, catalogue)
        case Performed():
            return events.performed(node, catalogue, clause)
        case Occurred():
            return events.occurred(node, catalogue, clause)
        case Sequence():
            return events.sequence(node, catalogue, clause)
        case AnyItem(key, child):
            words = {"key": values.quoted(key), "said": clause(child, catalogue)}
            return _("at least one item of %(key)s matches (%(said)s)") % words
        case InSegment():
            return people.in_segment(node, catalogue)
        case PastSegment():
            return people.past_segment(node, catalogue)
        case Consented():
            return people.consented(node)
        case Reachable():
            return people.reachable(node)
        case Colleagues(_quantity, child):
            return f"{people.colleagues(node)} ({clause(child, catalogue)})"
        case Bucket():
            return people.bucket(node)
    assert_never(node)


def _parts(children: tuple[Node, ...], catalogue: Catalogue) -> list[str]:
    """Each child as a clause; what would run together with its neighbours stands in parentheses."""
    parts = []
    for child in children:
        said = clause(child, catalogue)
        parts.append(f"({said})" if len(children) > 1 and _runs_on(child) else said)
    return parts


def _runs_on(node: Node) -> bool:
    match node:
        case All(children) | AnyOf(children):
            return len(children) > 1 or _runs_on(children[0])
        case Sequence(steps):
            return len(steps) > 1 or node.window is not None or node.same is not None
        case Marked(child):
            return _runs_on(child)
        case _:
            return False


def _begun(said: str) -> str:
    return said[:1].upper() + said[1:]
