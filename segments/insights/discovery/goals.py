"""What predicts a goal, and who is like the members of a list: a shallow tree tells those sought from the others.

What predicts is asked as it was before the goal was or was not reached, and never what the goal itself asks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _

from contacts import computed
from crmseg.common.problems import InvalidInput
from crmseg.web.formats import number

from ...definition import depends
from ...definition.nodes import Node
from ...definition.schema import Catalogue
from ...models import Segment
from ..in_turn import with_what_follows
from ..profile.products import what_is_bought
from . import conditions, found, learning, rules, samples, truth
from .conditions import Condition
from .found import Tell
from .rules import Fit, Json, Leaf, Tree
from .samples import Sample
from .truth import Matrix

LEAST = 100
DEPTH, MOST_LEAVES = 3, 8
ALIKE_DEPTH, MOST_ALIKE = 4, 6
CHANGED = 0.01
"""What changed since of more than so many people may have changed because of the goal."""
STEPS = 4
_MOVED = """
    WITH people AS MATERIALIZED (SELECT id, company_id FROM contacts_contact WHERE id = ANY(%(ids)s::bigint[])),
         moved AS (
             SELECT contact_id, key FROM contacts_attributehistory
              WHERE contact_id = ANY(%(ids)s::bigint[]) AND at > %(at)s
              UNION ALL
             SELECT contact_id, 'reachable:' || channel FROM contacts_consent
              WHERE contact_id = ANY(%(ids)s::bigint[]) AND changed_at > %(at)s AND topic = ''
              UNION ALL
             SELECT people.id, 'company.' || key FROM contacts_companyhistory JOIN people USING (company_id)
              WHERE at > %(at)s)
    SELECT key, count(DISTINCT contact_id) FROM moved GROUP BY 1
"""


def predicts(
    goal: Json,
    *,
    days: int | None,
    about: Collection[str] | None,
    among: int | None,
    known: Catalogue,
    now: datetime,
    tell: Tell,
) -> Json:
    """Each end of the tree at which the goal is reached more often than by everybody is a definition.

    With `days`, the goal is something done within them, and people are asked about as they were before: those who were
    known then.
    """
    (tree,) = truth.read([goal], known)
    at = now - timedelta(days=days) if days else now
    people = samples.people_of(among)
    sample = samples.of_goal(tree, samples.known_by(people, at) if days else people, known, now)
    _refuse_few(sample, _("Not enough people reached this goal yet: you have %(have)s, it needs %(need)s."))
    named = _read_by(tree) | (_changed_since(sample, at, known) if days else set())
    without = named | (set(computed.fields()) if days else set())
    tell()
    asked, grown = _learn(sample, about, without, DEPTH, MOST_LEAVES, known, at)
    tell()
    questions = [one.node for one in asked]
    groups = []
    for leaf in learning.best_leaves(grown, sample.base):
        written = rules.definition(grown, frozenset({leaf.number}), questions)
        if isinstance(written, bool):
            continue
        whole = found.among(written, among)
        fit = found.fitted(written, sample, known, at)
        groups.append(_group(leaf, written, whole, fit, now))
    tell()
    return _about(sample, named, known) | {
        "groups": groups,
        "tree": found.grown(grown, questions, sample.base),
        "asked_at": at.isoformat(),
        "questions": len(asked),
    }


def _group(leaf: Leaf, written: Json, whole: Json, fit: Fit, now: datetime) -> Json:
    """A leaf of the tree as people see it: `written` names it, `whole` says who is meant."""
    return {
        "definition": whole,
        "naming": [written],
        "fit": fit.told(),
        "count": found.counted(whole, now),
        "leaf": leaf.number,
    }


def alike(
    segment: Segment, *, about: Collection[str] | None, own: bool, known: Catalogue, now: datetime, tell: Tell
) -> Json:
    """Who is like the members and is none: from few who are most like them to many who are somewhat.

    What the definition of the list asks is left out, or it would only be found again; `own` leaves it in.
    """
    (tree,) = truth.read([{"segment": segment.pk, "op": "in"}], known)
    sample = samples.of_goal(tree, samples.people_of(None), known, now)
    _refuse_few(sample, _("Not enough people are in this list yet: you have %(have)s, it needs %(need)s."))
    without = set() if own else {_subject(key) for key in with_what_follows(segment.keys)}
    tell()
    asked, grown = _learn(sample, about, without, ALIKE_DEPTH, MOST_LEAVES, known, now)
    tell()
    questions, chosen = [one.node for one in asked], frozenset[int]()
    groups: list[Json] = []
    for leaf in learning.best_leaves(grown, sample.base)[:MOST_ALIKE]:
        chosen |= {leaf.number}
        written = rules.definition(grown, chosen, questions)
        if isinstance(written, bool):
            continue
        whole = rules.both([written, {"segment": segment.pk, "op": "not_in"}])
        fit = found.fitted(written, sample, known, now)
        groups.append(_group(leaf, written, whole, fit, now))
    tell()
    return _about(sample, without, known) | {
        "groups": groups,
        "tree": found.grown(grown, questions, sample.base),
        "questions": len(asked),
    }


def _learn(
    sample: Sample,
    about: Collection[str] | None,
    without: Collection[str],
    depth: int,
    most: int,
    known: Catalogue,
    at: datetime,
) -> tuple[list[Condition], Tree]:
    asked = conditions.offered(sample.ids, known, at, what=what_is_bought(), only=about, without=without)
    if not asked:
        raise InvalidInput(_("What is chosen is the same for everybody, or unknown of all: choose something else."))
    ids, answers = truth.ask(truth.read([one.node for one in asked], known), sample.ids, known, at)
    matrix, sought = _learned_from(sample, ids, answers)
    return asked, learning.grow(matrix, sought, depth=depth, most_leaves=most)


def _learned_from(sample: Sample, ids: Sequence[int], answers: Matrix) -> tuple[Matrix, learning.Flags]:
    """Those not held out who are contacts still."""
    there = np.isin(np.array(sample.ids), np.array(ids))
    kept = ~sample.held[there]
    return answers[kept], sample.sought[there][kept]


def _refuse_few(sample: Sample, said: str) -> None:
    others = _("There are not enough people to compare with: you have %(have)s, it needs %(need)s.")
    for have, text in ((sample.positive, said), (sample.everybody - sample.positive, others)):
        if have < LEAST:
            raise InvalidInput(text % {"have": number(have), "need": number(LEAST)})


def _about(sample: Sample, without: Collection[str], known: Catalogue) -> Json:
    return {
        "looked_at": len(sample.ids),
        "held_out": int(sample.held.sum()),
        "sought": sample.positive,
        "everybody": sample.everybody,
        "base": sample.base,
        "left_out": sorted(
            one for one in without if one in known.properties or one.startswith(("event:", "reachable:"))
        ),
    }


def _read_by(tree: Node) -> set[str]:
    """What the goal asks; where that is a list, what its definition asks, too, and what follows from that."""
    return {_subject(key) for key in with_what_follows(depends.keys(tree))}


def _subject(key: str) -> str:
    """`attribute:country` is about `country`; `consent:email` about whether one is reachable."""
    kind, _colon, name = key.partition(":")
    return name if kind == "attribute" else f"reachable:{name}" if kind == "consent" else key


def _changed_since(sample: Sample, at: datetime, known: Catalogue) -> set[str]:
    """Whoever changed her company is asked about another one."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, {"ids": sample.ids, "at": at})
        moved = {key for key, n in cursor.fetchall() if n > CHANGED * len(sample.ids)}
    return moved | {key for key in known.properties if "company" in moved and key.startswith("company.")}
