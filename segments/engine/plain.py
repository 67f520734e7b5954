"""One list as one plain statement: slow, obvious, and never the path that writes memberships.

The audit evaluates with it, and a preview of an unsaved definition counts with it. Events are asked by semi-joins
instead of shared aggregates, groups by AND and OR instead of bit operations, and lists are looked up where the caller
says their members are.
"""

from __future__ import annotations

from ..definition import compile, depends
from ..definition.nodes import (
    InSegment,
    Leaf,
    Node,
    Occurred,
    Performed,
    Sequence,
)
from ..definition.sql import Params
from ..definition.windows import SinceFirst


def matching(node: Node, params: Params) -> str:
    """SQL for the ids of the contacts for which `node` holds, as column `id`."""
    return f"""
        SELECT c.id
          FROM contacts_contact AS c
          LEFT JOIN contacts_company AS co ON co.id = c.company_id
         WHERE {condition(node, params)}
    """


def condition(node: Node, params: Params) -> str:
    """`node` as a condition on the contact `c` and its company `co`."""
    return compile.formula(node, lambda leaf: _leaf(leaf, params))


def _leaf(node: Leaf, params: Params) -> str:
    match node:
        case Performed() | Occurred() if not isinstance(node.window, SinceFirst):
            return _events(node, params)
        case Performed() if node.holds_for_nothing:
            return compile.leaf(node, params)
        case Performed(event) | Occurred(event):
            return f"({_did(event, params)} AND {compile.leaf(node, params)})"
        case Sequence(steps):
            return f"({_did(steps[0].event, params)} AND {compile.leaf(node, params)})"
        case InSegment(segment_id, negated):
            pk = params.add(segment_id, "bigint")
            found = f"c.id IN (SELECT m.contact_id FROM {params.members} AS m WHERE m.segment_id = {pk})"
            return f"(NOT {found})" if negated else f"({found})"
        case _:
            return compile.leaf(node, params)


def _did(event: str, params: Params) -> str:
    """Spare those who never did it the look at each of their events."""
    return f"c.id IN (SELECT e.contact_id FROM contacts_event AS e WHERE {compile.events.of_type(event, params)})"


def _events(node: Performed | Occurred, params: Params) -> str:
    """Those whose events pass the comparison; where having none passes too, everyone but those who fail it."""
    passes = compile.events.holds(node, params, lambda aggregate: aggregate)
    nobody_passes = isinstance(node, Occurred) or not node.holds_for_nothing
    source = "contacts_event AS e"
    if depends.reads_contact_zone(node):
        source += " JOIN contacts_contact AS c ON c.id = e.contact_id"
    groups = f"""
        SELECT e.contact_id
          FROM {source}
         WHERE {compile.events.of_type(node.event, params)}{_since(node, params)}
         GROUP BY e.contact_id{", c.id" if "JOIN" in source else ""}
        HAVING {"" if nobody_passes else "NOT "}{passes}
    """
    return f"(c.id {'' if nobody_passes else 'NOT '}IN ({groups}))"


def _since(node: Performed | Occurred, params: Params) -> str:
    """Leave out what is older than the window, where nothing older matters."""
    if isinstance(node, Occurred) or node.measure == "change_pct":
        return ""
    first, last = compile.windows.limits(node.window, params, node.zone)
    return f" AND e.occurred_at <= {last}" + (f" AND e.occurred_at >= {first}" if first else "")
