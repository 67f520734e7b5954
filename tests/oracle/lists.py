"""Lists that ask other lists: who is in them, and what their ledger says."""

from __future__ import annotations

from . import tree, windows
from .calendars import ago, ends_before
from .world import Change, Definition, Moment


def asks(node: Definition, moment: Moment) -> bool:
    segment, op, zone = node["segment"], node.get("op", "in"), moment.zone(node)
    match op:
        case "in":
            return is_member(segment, moment)
        case "not_in":
            return not is_member(segment, moment)
        case "joined_in" | "left_in":
            change = "entered" if op == "joined_in" else "left"
            window = windows.of_node(node)
            return any(
                entry["change"] == change and windows.holds(window, entry["at"], moment, zone)
                for entry in entries(segment, moment)
            )
        case "member_for":
            since = moment.world.entered.get((segment, moment.contact))
            long_ago = ago(node["value"], node["unit"], moment.now, zone)
            return is_member(segment, moment) and since is not None and since <= long_ago
        case "was_in":
            said = node["at"] if "at" in node else node["value"]
            at = str(said["at"] if isinstance(said, dict) else said)
            before = [entry for entry in entries(segment, moment) if not starts_later(entry, at, zone)]
            # Of two at one instant, the one that was written later: `sorted` keeps their order.
            return bool(before) and sorted(before, key=lambda entry: entry["at"])[-1]["change"] == "entered"
    raise NotImplementedError(op)


def starts_later(entry: Change, at: str, zone: str) -> bool:
    """Whether it happened after the instant, or after the day."""
    return ends_before(at, entry["at"], zone)


def entries(segment: int, moment: Moment) -> list[Change]:
    """What has happened to the contact in the list until now."""
    written = moment.world.ledger.get(segment, [])
    return [entry for entry in written if entry["contact"] == moment.contact and entry["at"] <= moment.now]


def is_member(segment: int, moment: Moment) -> bool:
    if segment in moment.world.members:
        return moment.contact in moment.world.members[segment]
    return tree.holds(moment.world.definitions[segment], Moment(moment.world, moment.contact, moment.now))
