"""One list as one plain statement: slow, obvious, and never the path that writes memberships.

The audit evaluates with it, and a preview of an unsaved definition counts with it. Events are asked by semi-joins
instead of shared aggregates, groups by AND and OR instead of bit operations, and lists are looked up where the caller
says their members are.
"""

from __future__ import annotations

from typing import assert_never

from contacts.fields import FieldType

from ..definition import compile
from ..definition.nodes import All, AnyOf, Compare, InSegment, Marked, Node, Not, Performed
from ..definition.operators import Ask
from ..definition.schema import Property
from ..definition.sql import Params

MEMBERSHIP = "segments_membership"
_NUMBER = Property("value", FieldType.NUMBER)


def matching(node: Node, params: Params, currency: str, *, members: str = MEMBERSHIP) -> str:
    """SQL for the ids of the contacts for which `node` holds, as column `id`."""
    return f"""
        SELECT c.id
          FROM contacts_contact AS c
          LEFT JOIN contacts_company AS co ON co.id = c.company_id
         WHERE {condition(node, params, currency, members)}
    """


def condition(node: Node, params: Params, currency: str, members: str = MEMBERSHIP) -> str:
    """`node` as a condition on the contact `c` and its company `co`."""
    match node:
        case All(children):
            return _joined(" AND ", children, params, currency, members)
        case AnyOf(children):
            return _joined(" OR ", children, params, currency, members)
        case Not(child):
            return f"(NOT {condition(child, params, currency, members)})"
        case Marked(child):
            return condition(child, params, currency, members)
        case Compare():
            return compile.comparison(node, params)
        case Performed():
            return _performed(node, params, currency)
        case InSegment(segment_id, negated):
            pk = params.add(segment_id, "bigint")
            found = f"c.id IN (SELECT m.contact_id FROM {members} AS m WHERE m.segment_id = {pk})"
            return f"(NOT {found})" if negated else f"({found})"
    assert_never(node)


def _joined(word: str, children: tuple[Node, ...], params: Params, currency: str, members: str) -> str:
    parts = []
    for child in children:
        parts.append(condition(child, params, currency, members))
    return f"({word.join(parts)})"


def _performed(node: Performed, params: Params, currency: str) -> str:
    """Those whose events pass the comparison; where having none passes too, everyone but those who fail it."""
    measured = "count(*)"
    if node.measure != "count":
        measured = f"{node.measure}({compile.measured(node, params, currency)})"
        if node.measure == "sum":
            measured = f"COALESCE({measured}, 0)"
    ask = Ask(_NUMBER, FieldType.NUMBER, params, params.zone)
    passes = f"COALESCE({node.operator.sql(measured, node.operand, ask)}, false)"
    groups = f"""
        SELECT e.contact_id
          FROM contacts_event AS e
         WHERE e.type_id = (SELECT id FROM contacts_eventtype WHERE name = {params.add(node.event, "text")})
           AND {compile.within(node.window, params)}
           AND {compile.event_filter(node.where, params)}
         GROUP BY e.contact_id
        HAVING {"NOT " if node.holds_for_nothing else ""}{passes}
    """
    return f"(c.id {'NOT ' if node.holds_for_nothing else ''}IN ({groups}))"
