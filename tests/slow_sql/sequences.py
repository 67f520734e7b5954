"""A sequence as a join of the events of its positive steps, and NOT EXISTS for each step that must not come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import times
from .events import letters, such
from .question import Question

Node = Mapping[str, Any]


def condition(node: Node, ask: Question) -> str:
    zone, tables, wanted, last = ask.zone_of(node), list[str](), list[str](), ""
    steps = list(enumerate(node["sequence"]))
    for number, step in steps:
        name = f"e{number}"
        if step.get("not"):
            following = next((f"e{later}" for later, other in steps[number:] if not other.get("not")), None)
            wanted += stayed_away(step, f"n{number}", last, following, node, ask, zone)
            continue
        columns = f"SELECT {name}.occurred_at AS at, {name}.properties {such(step, ask, name)}"
        tables.append(f"LATERAL ({columns}) AS {name}")
        wanted.append(times.within(node.get("window"), f"{name}.at", ask, zone))
        if "same" in node:
            own = letters(f"{name}.properties", node["same"])
            wanted.append(f"({own}) IS NOT NULL")
            wanted.append(f"({own}) = ({letters('e0.properties', node['same'])})")
        if last:
            wanted.append(f"{name}.at > {last}.at")
        if "within" in step:
            wanted.append(f"{name}.at <= {limit(step, last, zone)}")
        last = name
    return f"EXISTS (SELECT FROM {', '.join(tables)} WHERE {' AND '.join(wanted)})"


def stayed_away(
    step: Node, name: str, after: str, before: str | None, node: Node, ask: Question, zone: str
) -> list[str]:
    """None came after the one match and before the other, or until now, and the time for it is over."""
    between = f"{name}.occurred_at > {after}.at"
    between += f" AND {name}.occurred_at < {before}.at" if before else ""
    if "within" in step:
        between += f" AND {name}.occurred_at <= {limit(step, after, zone)}"
    if "same" in node:
        own, common = (letters(f"{one}.properties", node["same"]) for one in (name, "e0"))
        between += f" AND ({own}) = ({common})"
    found = [f"NOT EXISTS (SELECT {such(step, ask, name, between)})"]
    if before is None and "within" in step:
        found.append(f"{ask.instant} > {limit(step, after, zone)}")
    return found


def limit(step: Node, after: str, zone: str) -> str:
    return times.moved(f"{after}.at", step["within"]["last"], step["within"]["unit"], zone)
