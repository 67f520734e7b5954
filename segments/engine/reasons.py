"""Why each of a few people would be in: what decided it, for all of them in one statement."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..definition import compile
from ..definition.nodes import Compare, Leaf, Node, Not, active
from ..definition.parts import Part, take_apart
from ..definition.schema import Catalogue
from ..definition.sql import Params
from .explain import evidence
from .explain.question import Question
from .patience import asking

MOST_LEAVES = 60


@dataclass(frozen=True)
class Reason:
    """A condition that holds, and the evidence for it."""

    leaf: Leaf
    evidence: dict[str, Any]


def reasons(
    tree: Node, known: Catalogue, ids: Collection[int], now: datetime, *, seconds: float = 5
) -> dict[int, list[Reason]]:
    """For each of these contacts the conditions that let it in, what people did before what they are.

    Nothing where there are too many conditions. Raises TookTooLong.
    """
    kept = active(tree)
    question = Question(take_apart(kept)) if kept is not None else None
    if question is None or len(question.leaves) > MOST_LEAVES:
        return {}
    params = Params(known.zone, known.currency, known.fiscal_start)
    truths = ", ".join([compile.leaf(leaf, params) for leaf in question.leaves])
    sql = f"""
        SELECT c.id, ARRAY[{truths}]::boolean[], {evidence.pieces(question.leaves, params)}
          FROM contacts_contact AS c
          LEFT JOIN contacts_company AS co ON co.id = c.company_id
         WHERE c.id = ANY(%(ids)s)
    """
    with asking("", seconds) as cursor:
        cursor.execute(sql, params.at(now) | {"ids": list(ids)})
        rows = cursor.fetchall()
    return {pk: _chosen(question, held, evidence.read(pieces)) for pk, held, pieces in rows}


def _chosen(question: Question, held: list[bool], pieces: list[dict[str, Any]]) -> list[Reason]:
    truth = question.evaluate(held)
    found: dict[int, Reason] = {}
    for part in _deciding(question.tree, truth):
        place = question.place[part]
        found.setdefault(place, Reason(question.leaves[place], pieces[place]))
    return sorted(found.values(), key=lambda reason: isinstance(reason.leaf, Compare))


def _deciding(part: Part, truth: dict[Part, bool]) -> list[Part]:
    """The leaves that hold, as many of each group as it needs. Of a `not`, nothing holds that could be shown."""
    if isinstance(part.node, Not):
        return []
    if not part.is_group:
        return [part]
    holding = [child for child in part.present if truth[child]][: part.wanted]
    return [leaf for child in holding for leaf in _deciding(child, truth)]
