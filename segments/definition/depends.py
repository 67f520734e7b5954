"""What a definition reads, in the words of dependency keys, and when time alone can change its answer.

`attribute:KEY`, `company:*` (which company), `event:NAME`, `segment:ID`, `ledger:ID` (besides `segment:ID`, where not
only who is in matters but also when it came and went), `consent:CHANNEL`, `percentile:KEY`, `clock`. A key read of the
others of a company is `colleague:` and the key.
"""

from __future__ import annotations

from typing import assert_never

from .channels import ADDRESSES
from .nodes import (
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
    leaves,
)
from .operators import Takes
from .operators.base import PropertyRef
from .schema import Property
from .sql import CONTACT_ZONE
from .windows import Between

CLOCK = "clock"
EVERYTHING = "*"
ANY_COMPANY = "company:*"
COLLEAGUE = "colleague:"
PERCENTILE = "percentile:"
TIME_ZONE = "attribute:time_zone"


def keys(node: Node) -> set[str]:
    """The change keys that can alter the answer, `clock` among them where time alone can."""
    match node:
        case All(children) | AnyOf(children) | AtLeast(_, children):
            found: set[str] = set()
            for child in children:
                found |= keys(child)
            return found
        case Not(child) | Marked(child):
            return keys(child)
        case Compare():
            return _of_comparison(node)
        case Performed(event) | Occurred(event):
            # Even an unbounded count changes when an event dated in the future comes to pass.
            return {f"event:{event}", CLOCK} | ({TIME_ZONE} if reads_contact_zone(node) else set())
        case Sequence(steps):
            events = {f"event:{step.event}" for step in steps}
            return events | {CLOCK} | ({TIME_ZONE} if reads_contact_zone(node) else set())
        case InSegment(segment_id):
            return {f"segment:{segment_id}"}
        case PastSegment(segment_id, _, operand):
            read = {f"segment:{segment_id}", f"ledger:{segment_id}"}
            fixed = operand is None or isinstance(operand, Between)
            return read | (set() if fixed else {CLOCK}) | ({TIME_ZONE} if reads_contact_zone(node) else set())
        case Consented(channel):
            return {f"consent:{channel}"}
        case Reachable(channel):
            return {f"consent:{channel}", f"attribute:{ADDRESSES[channel]}"}
        case Colleagues(_, child):
            return _of_colleagues(ANY_COMPANY).union(*(_of_colleagues(key) for key in keys(child)))
        case Bucket():
            return set()
        case AnyItem(_, child):
            return keys(child)
    assert_never(node)


def reads_clock(node: Compare) -> bool:
    asked = [node.property, *([node.operand.property] if isinstance(node.operand, PropertyRef) else [])]
    return node.operator.reads_clock or any(one.reads_clock for one in asked)


def segments(node: Node) -> set[int]:
    """The lists that a definition asks."""
    return {int(key.removeprefix("segment:")) for key in keys(node) if key.startswith("segment:")}


def reads_contact_zone(node: Node) -> bool:
    """Whether the contact's own clock counts anywhere in it."""
    match node:
        case Compare(zone=zone) | PastSegment(zone=zone):
            return zone == CONTACT_ZONE
        case Performed(zone=zone, where=where) | Occurred(zone=zone, where=where):
            return zone == CONTACT_ZONE or (where is not None and reads_contact_zone(where))
        case Sequence(steps, _, _, zone):
            wheres = [step.where for step in steps if step.where is not None]
            return zone == CONTACT_ZONE or any(reads_contact_zone(where) for where in wheres)
        case Colleagues(_, child) | AnyItem(_, child):
            return reads_contact_zone(child)
        case InSegment() | Consented() | Reachable() | Bucket():
            return False
        case _:
            return any(reads_contact_zone(leaf) for leaf in leaves(node))


def _of_comparison(node: Compare) -> set[str]:
    found = _of_property(node.property)
    if isinstance(node.operand, PropertyRef):
        found |= _of_property(node.operand.property)
    if node.operator.takes is Takes.PERCENTS:
        found.add(PERCENTILE + node.property.key)
    if node.zone == CONTACT_ZONE:
        found.add(TIME_ZONE)
    return found | ({CLOCK} if reads_clock(node) else set())


def _of_property(asked: Property) -> set[str]:
    read = {f"attribute:{asked.key}"}
    return read | {ANY_COMPANY} if asked.source == "company" else read


def _of_colleagues(key: str) -> set[str]:
    """What a key read of colleagues means to oneself. The company is shared: its change is everyone's own."""
    kind = key.partition(":")[0]
    if key == CLOCK or key.startswith("attribute:company."):
        return {key}
    if kind in {"company", "segment", "ledger", "percentile"}:
        return {key, COLLEAGUE + key}
    return {COLLEAGUE + key}
