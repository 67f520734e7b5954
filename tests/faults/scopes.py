"""Who and what is meant, and which of two at one instant."""

from __future__ import annotations

from .fault import COMPILE, OPERATORS, PLAN, Fault, events

TIES = (
    events(
        "tie",
        "of two last events at one instant, the one recorded first",
        '{AT} DESC, e.id DESC"',
        '{AT} DESC, e.id"',
    ),
    Fault(
        "tie",
        "of two changes at one instant, the one written first",
        f"{COMPILE}/lists.py",
        "ORDER BY l.at DESC, l.id DESC LIMIT 1",
        "ORDER BY l.at DESC, l.id LIMIT 1",
    ),
)
SCOPES = (
    Fault("scope", "one is one's own colleague", f"{COMPILE}/people.py", " AND c.id <> own.own_id", ""),
    Fault(
        "scope",
        "a topic's answer is any topic's",
        f"{COMPILE}/people.py",
        " AND k.topic = {topic}",
        "",
    ),
    events(
        "scope",
        "the first such event is the first of its type",
        "{AT} <= {now} AND {meant}) OVER ()",
        "{AT} <= {now}) OVER ()",
    ),
    events("scope", "what is no object is a line of an order", "\"jsonb_typeof(e.properties) = 'object'\"", '"true"'),
    Fault(
        "scope",
        "a step that must not come forgets the value in common",
        f"{COMPILE}/sequences.py",
        'conditions.append(f"{_same(node, params)} = p.same")',
        "pass",
    ),
    Fault(
        "scope",
        "a last step that must not come holds before its time is over",
        f"{COMPILE}/sequences.py",
        """return f"{params.now()} > {windows.later('p.at', step.within, params, node.zone)} AND {nothing}\"""",
        "return nothing",
    ),
    Fault(
        "scope",
        "what a value was before its first change does not count",
        f"{OPERATORS}/history.py",
        """({_is(_recorded('old', ask), operand, ask)} OR {_is(_recorded('new', ask), operand, ask)})""",
        """({_is(_recorded('new', ask), operand, ask)})""",
    ),
    Fault(
        "scope",
        "a change from one value to another goes either way",
        f"{OPERATORS}/history.py",
        '(("old", operand.before), ("new", operand.after))',
        '(("new", operand.before), ("old", operand.after))',
    ),
    Fault(
        "scope",
        "exactly these tags, or more",
        f"{OPERATORS}/many.py",
        "{have} @> {want} AND {have} <@ {want} END",
        "{have} @> {want} END",
    ),
    Fault(
        "scope",
        "the opposite of a list in the same plan is the list",
        PLAN,
        "return ~members[segment_id] if negated else members[segment_id]",
        "return members[segment_id]",
    ),
)
