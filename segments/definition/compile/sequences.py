"""Events one after the other: which matches a step can have, from the matches of the step before.

What binds two steps (strictly later, not too late, nothing forbidden between, one value in common) depends on the
two matches alone, so each step is a set that follows from the one before, and the work stays polynomial.
"""

from __future__ import annotations

from collections.abc import Sequence as Many

from ..nodes import Sequence, Step
from ..sql import Params
from . import windows
from .events import AT, event_filter, of_type, text_of, where_flips

_TICK = "interval '1 microsecond'"


def sequence(node: Sequence, params: Params) -> str:
    """Whether the contact `c` has such a sequence; never NULL."""
    tables, waiting, place = [], [], 0
    for step in node.steps:
        if step.negated:
            waiting.append(step)
            continue
        tables.append(f"s{place + 1} AS MATERIALIZED ({_matches(node, step, waiting, place, params)})")
        waiting, place = [], place + 1
    after = [_nothing_since(node, step, params) for step in waiting]
    where = f" WHERE {' AND '.join(after)}" if after else ""
    return f"EXISTS (WITH {', '.join(tables)} SELECT FROM s{place} AS p{where})"


def sequence_flips(node: Sequence, params: Params) -> list[str]:
    """The next instants at which time alone may change the sequence."""
    now, found = params.now(), []
    last = max(place for place, step in enumerate(node.steps) if not step.negated)
    for place, step in enumerate(node.steps):
        source = f"FROM contacts_event AS e WHERE {_own(step, params)}"

        def subquery(aggregate: str, source: str = source) -> str:
            return f"(SELECT {aggregate} {source})"

        window = None if step.negated else node.window
        found.append(subquery(f"min({windows.flip(AT, window, params, node.zone)})"))
        found += where_flips(step.where, params, subquery)
        if place > last and step.within is not None:
            passed = f"{windows.later(AT, step.within, params, node.zone)} + {_TICK}"
            own = f"FROM contacts_event AS e WHERE {_own(node.steps[last], params)}"
            found.append(f"(SELECT min({passed}) FILTER (WHERE {passed} > {now}) {own})")
    return found


def _own(step: Step, params: Params) -> str:
    return f"e.contact_id = c.id AND {of_type(step.event, params)} AND {event_filter(step.where, params)}"


def _same(node: Sequence, params: Params) -> str:
    return text_of(node.same, params) if node.same else "NULL::text"


def _matches(node: Sequence, step: Step, between: Many[Step], place: int, params: Params) -> str:
    """The instants, and values in common, at which the step can be matched."""
    known = f" AND {_same(node, params)} IS NOT NULL" if node.same else ""
    own = (
        f"SELECT {AT} AS at, {_same(node, params)} AS same FROM contacts_event AS e"
        f" WHERE {_own(step, params)} AND {windows.inside(AT, node.window, params, node.zone)}{known}"
    )
    if place == 0:
        return own
    bound = ["q.at > p.at"]
    if step.within is not None:
        bound.append(f"q.at <= {windows.later('p.at', step.within, params, node.zone)}")
    if node.same:
        bound.append("q.same = p.same")
    bound += [_nothing_between(node, forbidden, params) for forbidden in between]
    return f"SELECT DISTINCT q.at, q.same FROM ({own}) AS q JOIN s{place} AS p ON {' AND '.join(bound)}"


def _nothing_between(node: Sequence, step: Step, params: Params) -> str:
    return _nothing(node, step, f"{AT} > p.at AND {AT} < q.at", params)


def _nothing_since(node: Sequence, step: Step, params: Params) -> str:
    nothing = _nothing(node, step, f"{AT} > p.at AND {AT} <= {params.now()}", params)
    if step.within is None:
        return nothing
    return f"{params.now()} > {windows.later('p.at', step.within, params, node.zone)} AND {nothing}"


def _nothing(node: Sequence, step: Step, when: str, params: Params) -> str:
    conditions = [_own(step, params), when]
    if step.within is not None:
        conditions.append(f"{AT} <= {windows.later('p.at', step.within, params, node.zone)}")
    if node.same:
        conditions.append(f"{_same(node, params)} = p.same")
    return f"NOT EXISTS (SELECT FROM contacts_event AS e WHERE {' AND '.join(conditions)})"
