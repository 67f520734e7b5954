"""Groups, and which question each node asks."""

from __future__ import annotations

from datetime import datetime

from . import events, histories, lists, people, properties, sequences
from .world import Definition, Moment, World


def matching(node: Definition, world: World, now: datetime) -> set[int]:
    """The contacts for whom the definition holds."""
    return {contact for contact in world.contacts if holds(node, Moment(world, contact, now))}


def holds(node: Definition, moment: Moment) -> bool:
    if "all" in node:
        return all(holds(child, moment) for child in node["all"] if present(child))
    if "any" in node:
        return any(holds(child, moment) for child in node["any"] if present(child))
    if "not" in node:
        return not holds(node["not"], moment)
    if "colleagues" in node:
        return people.colleagues(node, moment)
    if "any_item" in node:
        return events.any_item(node, moment)
    if "bucket" in node:
        return people.in_bucket(node, moment)
    if "at_least" in node:
        true = [holds(child, moment) for child in node["of"] if present(child)]
        return bool(sum(true) >= node["at_least"])
    if "segment" in node:
        return lists.asks(node, moment)
    if "sequence" in node:
        return sequences.happened(node, moment)
    if "event" in node:
        return events.occurred(node, moment) if "occurrence" in node else events.performed(node, moment)
    if "consent" in node:
        return people.consented(node, moment)
    if "reachable" in node:
        return people.reachable(node, moment)
    if node["op"] in histories.OPERATORS:
        return histories.compares(node, moment)
    return properties.compares(node, moment)


def present(node: Definition) -> bool:
    """Whether anything of it is switched on."""
    if node.get("off"):
        return False
    if "not" in node:
        return present(node["not"])
    if "colleagues" in node or "any_item" in node:
        return present(node["of"])
    children = node.get("all", node.get("any", node["of"] if "at_least" in node else None))
    return children is None or any(present(child) for child in children)


def meant(node: Definition, moment: Moment) -> bool:
    """Whether all that is switched on in the node's `where` holds for what is asked."""
    return all(holds(child, moment) for child in node.get("where", []) if present(child))
