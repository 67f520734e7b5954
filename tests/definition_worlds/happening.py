"""Questions about events: how often, how much, which, when, and in what order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .. import oracle
from . import operators
from .comparing import Comparing
from .words import EVENTS, SPANS, UNSEEN

OF = {
    "sum": ("revenue", "quantity"), "avg": ("revenue", "quantity"), "min": ("revenue", "quantity"),
    "max": ("revenue", "quantity"), "distinct": ("category", "quantity", "cart", "gift", "revenue"),
    "first": ("category", "quantity", "revenue", "cart"), "last": ("category", "quantity", "revenue", "cart"),
}  # fmt: skip
WHOLE = {"count", "distinct", "distinct_days"}
WINDOWS = ("last", "ago", "from-to", "this", "previous", "since_first")
WITH_ONE_BEFORE = ("last", "ago", "this", "previous", "both ends")

LONG = ({"last": 1, "unit": "year"}, {"last": 13, "unit": "month"}, {"this": "year"}, {"last": 30, "unit": "day"})


class Happening(Comparing):
    def often(self) -> str:
        return str(self.one(EVENTS[:2]))

    def measured(self, measure: str, op: str, *windows: str) -> oracle.Definition:
        """A measure of all events of a type, or of those in a window."""
        node: oracle.Definition = {"event": self.one((self.often(), self.often(), *EVENTS, UNSEEN)), "op": op}
        of = self.one(OF[measure]) if measure in OF else None
        if measure != "count":
            node |= {"measure": measure} | ({"of": of} if of else {})
        if measure == "change_pct" and self.chance(0.4):
            of = self.one(("revenue", "quantity"))
            node |= {"of": of}
        if of == "revenue" and measure != "distinct" and self.chance(0.1):
            node |= {"currency": self.one(("EUR", "jpy"))}
        if op not in {"did", "did_not"}:
            words = measure in {"first", "last"} and op in {"is", "is_not"} and of in {"category", "cart"}
            node |= self.amounts(op, measure, str(of)) if not words else self.word_of(str(of))
        if measure == "change_pct":
            return node | {"window": self.one((self.window(*WITH_ONE_BEFORE), *LONG))} | self.zone()
        window = {"window": self.window(*windows)} if windows else self.maybe_window(0.25, *WINDOWS)
        return node | window | self.zone(0.2) | ({"where": self.wheres()} if self.chance(0.15) else {})

    def word_of(self, of: str) -> dict[str, Any]:
        word = self.maker.word() if of == "category" else self.one(("one", "1", "ONE"))
        return {"value": word} | ({"case": True} if self.chance(0.3) else {})

    def amounts(self, op: str, measure: str, of: str) -> dict[str, Any]:
        if op in operators.BETWEEN:
            return {"value": sorted((self.amount(measure, of, op), self.amount(measure, of, op)))}
        return {"value": self.amount(measure, of, op)}

    def amount(self, measure: str, of: str, op: str) -> Any:
        """Something near what the measure comes to."""
        if measure in WHOLE:
            return self.one((0, 1, 1, 2, 3))
        if measure == "change_pct" and op in {"is", "is_not"}:
            return self.one((-100, -100, 0, 100))
        if measure == "change_pct":
            return self.one((-100, -50, 0, 0, 50, 100, 200, Decimal("33.3")))
        if of != "revenue":
            return self.one((1, 1, 2, 2, 3, Decimal("2.5")))
        return self.one((Decimal("-4.01"), Decimal("5.99"), Decimal("20.99"), Decimal("26.98"), 20))

    def occurrence(self, which: str | int, *windows: str) -> oracle.Definition:
        node = {"event": self.often(), "occurrence": which, "in": self.window(*windows or WINDOWS)} | self.zone()
        return node | ({"where": self.wheres()} if self.chance(0.2) else {})

    # What a `where` asks

    def happened(self, where: list[oracle.Definition]) -> oracle.Definition:
        node = {"event": self.often(), "op": self.one(("did", "did_not")), "where": where}
        return node | self.maybe_window(0.3, *WINDOWS)

    def wheres(self) -> list[oracle.Definition]:
        return [self.where(2) for _ in range(self.one((1, 1, 2)))]

    def where(self, depth: int) -> oracle.Definition:
        kind = self.one(("leaf", "leaf", "all", "any", "not", "at_least", "any_item")) if depth else "leaf"
        match kind:
            case "not":
                node: oracle.Definition = {"not": self.where(depth - 1)}
            case "all" | "any":
                node = {kind: [self.where(depth - 1) for _ in range(2)]}
            case "at_least":
                node = {"at_least": self.one((1, 2, 2)), "of": [self.where(depth - 1) for _ in range(3)]}
            case "any_item":
                node = self.any_item()
            case _:
                node = self.in_event(*self.one(self.comparisons_in_events()))
        return node | ({"off": True} if self.chance(0.05) else {})

    def any_item(self) -> oracle.Definition:
        """A line of the order, or a part of a line."""
        kind = self.one(tuple(operators.IN_LINES))
        op = self.one([one for one in operators.BY_TYPE[kind] if one != "percentile_between"])
        below: oracle.Definition = self.in_event(op, kind, operators.IN_LINES)
        if self.chance(0.3):
            below = {"not": below}
        if self.chance(0.2):
            below = {"any_item": "parts", "of": self.in_event("contains", "text", operators.IN_LINES)}
        return {"any_item": "lines", "of": below}

    def comparisons_in_events(self) -> list[tuple[str, str]]:
        """Every operator with what it may be asked of an event."""
        return [
            (op, kind)
            for kind in operators.IN_EVENTS
            for op in (*operators.PRESENCE, *operators.BY_TYPE[kind])
            if op != "percentile_between"
        ]

    def in_event(self, op: str, kind: str, keys: dict[str, tuple[str, str]] = operators.IN_EVENTS) -> oracle.Definition:
        """A comparison of a property of the event, sometimes of one that is not of the type it is asked as."""
        key, other = keys[kind]
        known = [key for two in keys.values() for key in two]
        key = key if self.chance(0.9) else self.one([*known, "o'brien %s"])
        comparable = op in operators.WITH_PROPERTY.get(kind, ()) and not (kind == "number" and op in {"is", "is_not"})
        if comparable and self.chance(0.15):
            return {"property": key, "op": op, "value": {"property": other}} | self.flags(op, kind)
        seen = {"number": [0, 1, 2, 3, Decimal("2.5"), Decimal("5.99")]}.get(kind, [])
        return {"property": key, "op": op} | self.operand(op, kind, seen) | self.flags(op, kind)

    # Sequences

    def sequence(self, *features: str) -> oracle.Definition:
        """Two to four steps; `features` are some of not, within, same and window."""
        steps: list[dict[str, Any]] = [self.step()]
        for _ in range(self.one((1, 1, 2, 3))):
            step = self.step()
            if "not" in features and self.chance(0.6):
                step |= {"not": True}
            if "within" in features and self.chance(0.7):
                n, unit = self.one(SPANS[1:])
                step |= {"within": {"last": n, "unit": unit}}
            steps.append(step)
        if "not" in features and not any(step.get("not") for step in steps):
            steps[-1] |= {"not": True}
        if "within" in features and not any(step.get("within") for step in steps):
            steps[-1] |= {"within": {"last": 30, "unit": "day"}}
        node: oracle.Definition = {"sequence": steps} | self.zone()
        if "same" in features:
            node |= {"same": self.one(("cart", "category", "gift"))}
        if "window" in features:
            node |= {"window": self.window()}
        return node

    def step(self) -> dict[str, Any]:
        step: dict[str, Any] = {"event": self.one((*EVENTS[:2], *EVENTS[:2], *EVENTS))}
        return step | ({"where": [self.where(1)]} if self.chance(0.15) else {})
