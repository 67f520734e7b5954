"""Questions about other lists and their ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import times
from .question import Question, text


def condition(node: Mapping[str, Any], ask: Question) -> str:
    pk, op, zone = int(node["segment"]), node.get("op", "in"), ask.zone_of(node)
    member = f"EXISTS (SELECT FROM {ask.members} AS m WHERE m.contact_id = c.id AND m.segment_id = {pk})"
    entries = f"""SELECT l.change FROM segments_ledgerentry AS l
        WHERE l.contact_id = c.id AND l.segment_id = {pk} AND l.at <= {ask.instant}"""
    match op:
        case "in":
            return member
        case "not_in":
            return f"(NOT {member})"
        case "joined_in" | "left_in":
            change = "entered" if op == "joined_in" else "left"
            inside = times.within(times.of_node(node), "l.at", ask, zone)
            return f"EXISTS ({entries} AND l.change = {text(change)} AND {inside})"
        case "member_for":
            since = f"""SELECT FROM segments_membership AS m
                WHERE m.contact_id = c.id AND m.segment_id = {pk}
                  AND m.entered_at <= {times.moved(ask.instant, -node["value"], node["unit"], zone)}"""
            return f"({member} AND EXISTS ({since}))"
        case "was_in":
            said = node["at"] if "at" in node else node["value"]
            at = said["at"] if isinstance(said, dict) else said
            last = f"{entries} AND NOT {times.after('l.at', at, zone)} ORDER BY l.at DESC, l.id DESC LIMIT 1"
            return f"COALESCE(({last}) = 'entered', false)"
    raise NotImplementedError(op)
