"""Conditions asked of people as they were at an instant of the past.

Events are dated by themselves; attributes, companies and lists are put together from their histories. What keeps no
history (consent, colleagues, what is worked out) is asked as it is today, and so is a list before it was made: `today`
says where and until when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from segments import catalogue
from segments.definition.nodes import Compare, InSegment, Leaf, Node, PastSegment, leaves
from segments.models import Segment
from segments.scoring.fitted import past

from . import conditions


@dataclass(frozen=True)
class Known:
    """Whether histories answer a condition (`why` says why not), and from when: None is always."""

    why: str = ""
    since: datetime | None = None

    def is_at(self, at: datetime) -> bool:
        return not self.why and (self.since is None or self.since <= at)


def known(node: Node) -> Known:
    """From when the past of a condition is known: since the youngest list that it asks was made."""
    asked = {one.segment_id for one in leaves(node) if isinstance(one, InSegment | PastSegment)}
    made = Segment.objects.filter(pk__in=asked).order_by("-created_at").values_list("created_at", flat=True).first()
    return Known(past.why_not(node) if _asks_people(node) else "", made)


def _asks_people(node: Node) -> bool:
    """Whether anything is asked but events and the ledger, which are dated by themselves."""
    return any(_asks_a_person(leaf) for leaf in leaves(node))


def _asks_a_person(leaf: Leaf) -> bool:
    if isinstance(leaf, PastSegment):
        return leaf.operator.key == "member_for"
    return isinstance(leaf, Compare | InSegment) or bool(past.why_not(leaf))


class Then:
    """Asks many conditions at many instants; what was found out about each condition is kept."""

    def __init__(self) -> None:
        self.of: dict[Node, tuple[Known, bool]] = {}
        self.plans: dict[tuple[Node, ...], past.PastPlan] = {}

    def hold(
        self, asked: Mapping[str, Node | None], contact_ids: Sequence[int], at: datetime
    ) -> dict[int, dict[str, bool]]:
        """As `conditions.hold`: by contact, which of them held; nothing of contacts that are gone."""
        old = {name: node for name, node in asked.items() if node is not None and self._is_past(node, at)}
        held = conditions.hold({name: None if name in old else node for name, node in asked.items()}, contact_ids, at)
        if old and held:
            nodes = tuple(old.values())
            if nodes not in self.plans:
                self.plans[nodes] = past.plan_of(nodes, catalogue.current())
            ids, found = past.evaluate(self.plans[nodes], np.array(sorted(held), np.int64), at)
            for pk, row in zip(ids.tolist(), found.tolist(), strict=True):
                held[pk] |= dict(zip(old, row, strict=True))
        return held

    def _is_past(self, node: Node, at: datetime) -> bool:
        if node not in self.of:
            self.of[node] = known(node), _asks_people(node)
        told, asks_people = self.of[node]
        return asks_people and told.is_at(at)


def today(named: Mapping[str, Node | None], since: datetime) -> list[dict[str, Any]]:
    """The conditions that were asked as of today, by what they are called: why, or until when, as JSON."""
    found = []
    for name, node in named.items():
        if node is None:
            continue
        told = known(node)
        if told.why or (told.since is not None and told.since > since and _asks_people(node)):
            until = None if told.why else told.since
            found.append({"at": name, "why": told.why, "until": until and until.isoformat()})
    return found
