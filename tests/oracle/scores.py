"""What a score model gives, one contact at a time: from the JSON as people write it, and by nobody else's rules."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

from .tree import holds
from .world import Definition, Moment, World


def score(
    model: Definition,
    world: World,
    contact: int,
    now: datetime,
    logistic: bool = False,
    intercept: Decimal = Decimal(0),
) -> tuple[Decimal, Decimal, Decimal, str]:
    """The score, what of it is fit and engagement, and the grade."""
    moment = Moment(world, contact, now)
    given = {"fit": Decimal(0), "engagement": Decimal(0)}
    most = {"fit": Decimal(0), "engagement": Decimal(0)}
    for group in model["groups"]:
        total = sum((worth(rule, moment) for rule in group["rules"]), Decimal(0))
        best = sum((Decimal(rule["points"]) for rule in group["rules"] if rule["points"] > 0), Decimal(0))
        if group["cap"] is not None:
            total, best = min(total, Decimal(group["cap"])), min(best, Decimal(group["cap"]))
        given[group["kind"]] += total
        most[group["kind"]] += best
    fit, engagement = given["fit"], given["engagement"]
    points = fit + engagement
    if logistic:
        points = Decimal(str(round(100 / (1 + math.exp(-float(intercept + points))), 2)))
    edges = model["grades"]
    letter = "ABCD"[place(fit, most["fit"], edges["fit"])]
    return points, fit, engagement, letter + "1234"[place(engagement, most["engagement"], edges["engagement"])]


def worth(rule: Definition, moment: Moment) -> Decimal:
    """All points for what holds; of what fades, as much as the youngest evidence leaves."""
    points, fading = Decimal(rule["points"]), rule.get("decay")
    if fading is None:
        return points if holds(rule["definition"], moment) else Decimal(0)
    left = points
    for step in range(fading["times"] + 1):
        if holds(younger(rule["definition"], fading["every"] * (step + 1), fading["unit"]), moment):
            return round(left, 2)
        left = left * Decimal(fading["keep"]) / 100
    return Decimal(0)


def younger(node: Any, n: int, unit: str) -> Any:
    """The same, of the events of the last `n` units where it says nothing about when."""
    group = next((key for key in ("all", "any", "at_least") if key in node), None)
    if group is not None:
        key = "of" if group == "at_least" else group
        return node | {key: [younger(child, n, unit) for child in node[key]]}
    asks_events = ("event" in node and "occurrence" not in node) or "sequence" in node
    if asks_events and node.get("window") is None:
        return node | {"window": {"last": n, "unit": unit}}
    return node


def place(points: Decimal, most: Decimal, edges: list[Any]) -> int:
    """0 for the best grade: how many edges were missed."""
    if most <= 0:
        return len(edges)
    return sum(points / most * 100 < edge for edge in edges)
