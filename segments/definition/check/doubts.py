"""What is odd about one tree: parts that are always the same, parts that change nothing, and why."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crmseg.common.problems import Problem

from .. import describe
from ..nodes import All, AnyOf, AtLeast, Compare, Not
from ..parts import Part
from ..schema import Catalogue
from .worlds import Worlds

LONGEST_QUOTE = 100


class Doubts:
    """Asks every part of a tree."""

    def __init__(self, tree: Part, known: Catalogue, *, of_events: bool = False):
        self.tree, self.known, self.of_events, self.worlds = tree, known, of_events, Worlds(tree, known)
        self.always = {part: self.worlds.always(part) for part in tree.each()}

    def each(self) -> Iterator[Problem]:
        """In the order of reading, each with its reason."""
        whole = self.always[self.tree]
        if whole is not None:
            yield self._at(self.tree, self._of_everybody(whole))
        for part in self.tree.each():
            if part is not self.tree and self.always[part] is not None and not self._explained(part):
                yield self._at(part, self._constant(part))
            yield from (self._at(child, why) for child, why in self.superfluous(part))
            yield from self._negatives(part)

    def _of_everybody(self, whole: bool) -> str:
        if self.of_events:
            said = _("Every event matches this.") if whole else _("No event can ever match this.")
        else:
            said = _("Everybody matches this.") if whole else _("Nobody can ever match this.")
        return said if self._explained(self.tree) else f"{said} {self._constant(self.tree)}"

    def _explained(self, part: Part) -> bool:
        """Whether the parts below say already why this one is always the same."""
        if not part.is_group or not 0 < part.wanted <= len(part.present):
            return False
        found = [self.always[child] for child in part.present]
        enough = found.count(True) >= part.wanted
        return enough or len(found) - found.count(False) < part.wanted

    def _constant(self, part: Part) -> str:
        match part.node, self.always[part]:
            case AtLeast(k), False if k > len(part.present):
                n = len(part.present)
                said = ngettext(
                    "There is only %(n)s condition here: never %(k)s of them.",
                    "There are only %(n)s conditions here: never %(k)s of them.",
                    n,
                )
                return said % {"n": n, "k": k}
            case AtLeast(0), _always:
                return _("None of these conditions has to hold: this is always true.")
            case ((All() | AnyOf() | AtLeast() | Not()), always):
                return self._of_group(part, always is True)
            case _leaf, True:
                return _("This is always true.")
            case _:
                return _("This can never be true.")

    def _of_group(self, part: Part, always: bool) -> str:
        pair = self._pair(part, not always)
        if pair is None:
            return (
                _("Whoever it is, these conditions come out true.")
                if always
                else _("These conditions exclude each other.")
            )
        words = {"one": self._quoted(pair[0]), "other": self._quoted(pair[1])}
        if always:
            return _("Of “%(one)s” and “%(other)s” one is always true.") % words
        return _("“%(one)s” and “%(other)s” exclude each other.") % words

    def _pair(self, part: Part, wanted: bool) -> tuple[Part, Part] | None:
        """Two children that can never both be `wanted`."""
        for members in self.worlds.clusters(part.present):
            rows = self.worlds.together(members[:200])
            for later, row in enumerate(rows or ()):
                for earlier in range(later):
                    if rows and not ((row == wanted) & (rows[earlier] == wanted)).any():
                        return members[earlier], members[later]
        return None

    def superfluous(self, part: Part) -> Iterator[tuple[Part, str]]:
        """Children without all of which the group would be the same, the later ones first, and why."""
        if self.always[part] is not None or not isinstance(part.node, All | AnyOf):
            return
        decides = isinstance(part.node, AnyOf)
        children = [child for child in part.present if self.always[child] is None]
        for members in self.worlds.clusters(children):
            rows = self.worlds.together(members) if len(members) > 1 else None
            if rows is None:
                continue
            decisive = np.array(rows) == decides
            kept = decisive.sum(axis=0)
            left = set(range(len(members)))
            for number in reversed(range(len(members))):
                if not (decisive[number] & (kept == 1)).any():
                    kept = kept - decisive[number]
                    left.discard(number)
                    because = [other for other in left if not (decisive[number] & ~decisive[other]).any()]
                    yield members[number], self._follows(members, number, because, decides)

    def _follows(self, members: list[Part], number: int, because: list[int], decides: bool) -> str:
        if any(members[other].node == members[number].node for other in because):
            return _("This stands here twice: once is enough.")
        if not because:
            return _("This follows from what stands beside it, and changes nothing.")
        words = {"other": self._quoted(members[because[0]])}
        if decides:
            return _("Whoever this is true for is in by “%(other)s” already: it changes nothing.") % words
        return _("This is always so where “%(other)s” is: it changes nothing.") % words

    def _negatives(self, part: Part) -> Iterator[Problem]:
        """Alternatives on one property that together take every known value."""
        if self.always[part] is not None or not isinstance(part.node, AnyOf):
            return
        by_group: dict[int, list[Part]] = {}
        for child in part.present:
            if isinstance(child.node, Compare) and self.always[child] is None:
                by_group.setdefault(self.worlds.row[child][0], []).append(child)
        for group, children in by_group.items():
            known = [self.worlds.groups[group][self.worlds.row[child][1]][1:] for child in children]
            some = [(child, row) for child, row in zip(children, known, strict=True) if not row.all()]
            if len(some) > 1 and len(some) == len(children) and np.logical_or.reduce(known).all():
                words = {"property": describe.comparisons.name(some[0][0].node.property)}  # type: ignore[union-attr]
                said = _("Every known value of %(property)s satisfies one of these. Did you mean “all of”?")
                yield self._at(part, said % words)

    def _quoted(self, part: Part) -> str:
        said = describe.sentence(part.node, self.known)
        return said if len(said) <= LONGEST_QUOTE else f"{said[:LONGEST_QUOTE]}…"

    @staticmethod
    def _at(part: Part, said: str) -> Problem:
        return Problem(part.pointer, said)
