"""By which names the figures of a run call what a single condition uses."""

from __future__ import annotations

from typing import Any


def names_of(raw: dict[str, Any]) -> list[str]:
    """The node, the operator, the measure and the window of a condition; of a group, what kind it is."""
    for kind in ("all", "any", "not"):
        if kind in raw:
            return [f"node {kind}"]
    if "at_least" in raw and "of" in raw:
        return ["node at_least"]
    if "colleagues" in raw:
        who = raw["colleagues"]
        return ["node colleagues", f"colleagues {who if isinstance(who, str) else 'at_least'}"]
    if "bucket" in raw:
        return ["node bucket"]
    if "consent" in raw:
        return ["node consent", raw.get("op", "subscribed")]
    if "reachable" in raw:
        return ["node reachable"]
    if "segment" in raw:
        return ["node segment", raw.get("op", "in"), *window_names(raw)]
    if "sequence" in raw:
        return ["node sequence", *sequence_names(raw), *window_names(raw), *zone_names(raw)]
    if "occurrence" in raw:
        which = raw["occurrence"]
        return [
            "node occurrence",
            f"occurrence {which if isinstance(which, str) else 'nth'}",
            *window_names({"window": raw["in"]}),
            *where_names(raw),
        ]
    if "event" in raw:
        measure = raw.get("measure", "count")
        names = ["node event", raw["op"], f"measure {measure}"]
        return [*names, *window_names(raw), *where_names(raw), *zone_names(raw)]
    return ["node property", *property_names(raw)]


def property_names(raw: dict[str, Any]) -> list[str]:
    names = [raw["op"], *zone_names(raw)]
    if isinstance(raw.get("value"), dict) and "property" in raw["value"]:
        names.append(f"{raw['op']} property")
    names += [flag for flag in ("unknown", "case") if raw.get(flag)]
    windowed = raw["value"] if raw["op"] == "changed" and isinstance(raw.get("value"), dict) else raw
    return [*names, *window_names(windowed)]


def window_names(raw: dict[str, Any]) -> list[str]:
    window = raw.get("window")
    if not window:
        return []
    kinds = ("last", "ago", "this", "previous", "since_first")
    kind = next((one for one in kinds if one in window), "from-to")
    return [f"window {kind}"]


def zone_names(raw: dict[str, Any]) -> list[str]:
    return ["zone contact"] if raw.get("zone") == "contact" else []


def where_names(raw: dict[str, Any]) -> list[str]:
    return ["where", *(["any_item"] if "any_item" in str(raw["where"]) else [])] if raw.get("where") else []


def sequence_names(raw: dict[str, Any]) -> list[str]:
    steps = raw["sequence"]
    names = [f"sequence {key}" for key in ("not", "within") if any(step.get(key) for step in steps)]
    return [*names, *(["sequence same"] if "same" in raw else [])]
