"""What a value was before: the recorded changes of an attribute of the contact, or of its company."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import windows
from .calendars import ends_before, starts_after
from .folding import fold
from .properties import exact
from .values import readable
from .world import Change, Definition, Moment

OPERATORS = {"updated_in", "not_updated_in", "ever_was", "never_was", "changed"}


def compares(node: Definition, moment: Moment) -> bool:
    zone = moment.zone(node)
    match node["op"]:
        case "updated_in" | "not_updated_in":
            window = windows.of_node(node)
            updated = any(windows.holds(window, change["at"], moment, zone) for change in changes(node, moment))
            return bool(updated == (node["op"] == "updated_in"))
        case "ever_was" | "never_was":
            held = [moment.world.contacts[moment.contact].get(node["property"])]
            for change in changes(node, moment):
                held += [change["old"], change["new"]]
            found = any(is_the(node, moment, one, node["value"]) for one in held)
            return bool(found == (node["op"] == "ever_was"))
        case "changed":
            asked = node.get("value") or node
            return any(
                windows.holds(asked.get("window"), change["at"], moment, zone)
                and ("from" not in asked or is_the(node, moment, change["old"], asked["from"]))
                and ("to" not in asked or is_the(node, moment, change["new"], asked["to"]))
                for change in changes(node, moment)
            )
    raise NotImplementedError(node["op"])


def changes(node: Definition, moment: Moment) -> list[Change]:
    """The changes of the property until now."""
    world, key = moment.world, node["property"]
    if key.startswith("company."):
        company = world.company_of.get(moment.contact)
        found = world.company_histories.get(company, []) if company is not None else []
    else:
        found = world.histories.get(moment.contact, [])
    return [change for change in found if change["key"] == key.removeprefix("company.") and change["at"] <= moment.now]


def is_the(node: Definition, moment: Moment, raw: Any, wanted: Any) -> bool:
    """Whether what was recorded equals the value that the definition names; null is unknown."""
    kind, zone = moment.world.types[node["property"]], moment.zone(node)
    held = readable(kind, raw, zone)
    if held is None or wanted is None:
        return held is None and wanted is None
    if isinstance(held, datetime):
        return not starts_after(wanted, held, zone) and not ends_before(wanted, held, zone)
    match kind:
        case "text" | "enum" | "ordered_enum":
            return bool(held == wanted) if node.get("case") else fold(held) == fold(wanted)
        case "number" | "money":
            return exact(held) == exact(wanted)
        case "boolean":
            return bool(held == wanted)
        case "date":
            return bool(held.isoformat() == wanted)
        case "multi_enum":
            alike = {one if node.get("case") else fold(one) for one in held}
            if isinstance(wanted, list):
                return alike == {one if node.get("case") else fold(one) for one in wanted}
            return (wanted if node.get("case") else fold(wanted)) in alike
    raise NotImplementedError(kind)
