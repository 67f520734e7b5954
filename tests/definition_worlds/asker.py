"""Definitions about one world: each condition there is, and trees of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .. import oracle
from . import operators
from .peopling import Peopling
from .words import SPANS

Draw = Callable[[], oracle.Definition]
WHO = ("any", "all", "none", {"at_least": 2}, 3)
CLOCKED = {op for op in operators.TIMES if op not in {"on", "not_on", "before", "after", "between", "not_between"}}
CLOCKED -= {"month_is", "weekday_is"}
SELDOM = {"text", "boolean", "multi_enum", "ordered_enum", "location"}
"""Types whose operators no other type has."""


class Asker(Peopling):
    """Draws definitions about one world."""

    def every_leaf(self) -> list[oracle.Definition]:
        """Each operator on each type it has, each measure with each of its operators, each window, each node."""
        return [self.telling(draw) for draw in self.every_draw()]

    def every_draw(self) -> list[Draw]:
        return [*self.about_properties(), *self.about_history(), *self.about_events(), *self.about_people()]

    def about_properties(self) -> list[Draw]:
        draws: list[Draw] = []
        for kind, ops in operators.BY_TYPE.items():
            every = (*operators.PRESENCE, *ops, *(ops if kind in SELDOM else ()))
            draws += [partial(self.comparing, op, kind) for op in every]
        for kind, ops in operators.WITH_PROPERTY.items():
            draws += [partial(self.against, op, kind) for op in ops]
        return draws + [partial(self.happened_so, op, kind) for op, kind in self.comparisons_in_events()]

    def about_history(self) -> list[Draw]:
        return [partial(self.history_of_one, op) for op in operators.HISTORY for _ in range(3)]

    def about_events(self) -> list[Draw]:
        draws: list[Draw] = [
            partial(self.measured, measure, op) for measure, ops in operators.MEASURES.items() for op in ops
        ]
        for window in ("last", "ago", "from-to", "this", "previous", "since_first"):
            draws.append(partial(self.measured, "count", "gte", window))
            draws.append(partial(self.measured, "count", "did", window))
            draws.append(partial(self.occurrence, self.one(("first", "last", 2)), window))
        draws += [partial(self.occurrence, which) for which in ("first", "last", 1, 2)]
        for features in ((), ("not",), ("within",), ("same",), ("window",), ("not", "within"), ("not", "same")):
            draws += [partial(self.sequence, *features)] * 2
        return draws + [self.happened_with_line] * 3

    def about_people(self) -> list[Draw]:
        draws: list[Draw] = [partial(self.segment, op) for op in operators.LISTS for _ in range(2)]
        draws += [partial(self.consent, op) for op in operators.ANSWERS]
        draws += [self.reachable, self.reachable, self.bucket, self.bucket]
        return draws + [partial(self.some_colleagues, who) for who in WHO for _ in range(2)]

    def some_colleagues(self, who: Any) -> oracle.Definition:
        return self.colleagues(who, self.plain_leaf())

    def history_of_one(self, op: str) -> oracle.Definition:
        return self.history(op, self.one(self.recorded(op)))

    def happened_so(self, op: str, kind: str) -> oracle.Definition:
        return self.happened([self.in_event(op, kind)])

    def happened_with_line(self) -> oracle.Definition:
        return self.happened([self.any_item()])

    def plain_leaf(self) -> oracle.Definition:
        """Any single condition but one about colleagues."""
        node: oracle.Definition = self.one(self.every_draw()[: -2 * len(WHO)])()
        if node.get("op") in {"in", "not_in"}:  # of colleagues, only what is stored is known
            node |= {"segment": self.one([*self.world.members])}
        return {"not": node} if self.chance(0.2) else node

    def leaf(self) -> oracle.Definition:
        families = (self.about_properties, self.about_history, self.about_events, self.about_people)
        draw: Draw = self.one(self.one(families)())
        return draw()

    def comparing(self, op: str, kind: str) -> oracle.Definition:
        """Of a property of that type; percentages are known of what is stored alone."""
        key = self.property_of(kind)
        return self.comparison(op, "c_number" if op == "percentile_between" and key == "age" else key)

    # Trees

    def tree(self, depth: int = 4) -> oracle.Definition:
        """Any definition: groups in groups, labels, and parts that are switched off."""
        node = self.node(depth)
        return node if oracle.present(node) else self.leaf()

    def group(self, kind: str) -> oracle.Definition:
        """A group of that kind, and whatever below."""
        return self.telling(lambda: self.grouped(kind, 2))

    def node(self, depth: int) -> oracle.Definition:
        kind = self.one(("leaf", "all", "any", "not", "at_least")) if depth else "leaf"
        node = self.leaf() if kind == "leaf" else self.grouped(kind, depth)
        return node | self.marks()

    def grouped(self, kind: str, depth: int) -> oracle.Definition:
        if kind == "not":
            below = self.node(depth - 1)
            return {"not": below} if oracle.present(below) else {"not": self.leaf()}
        children = [self.node(depth - 1) for _ in range(self.one((1, 2, 2, 3)))]
        children = children if any(oracle.present(one) for one in children) else [self.leaf()]
        if kind == "at_least":
            children += [self.leaf(), self.leaf()]
            return {"at_least": self.one((0, 1, 2, 2, 2, 3, 4)), "of": children}
        return {kind: children}

    def marks(self) -> dict[str, Any]:
        marks: dict[str, Any] = {"off": True} if self.chance(0.06) else {}
        return marks | ({"label": "Why"} if self.chance(0.1) else {})

    # What time alone can change

    def timely(self) -> oracle.Definition:
        """One condition that time alone can change."""
        match self.one(("date", "datetime", "age", "window", "window", "where", "between", "occurrence", "sequence",
                        "history", "ledger", "colleagues", "since")):  # fmt: skip
            case "date" | "datetime" as kind:
                return self.comparison(self.one(sorted(CLOCKED)), self.property_of(kind))
            case "age":
                return self.comparison(self.one(operators.NUMBERS[:-1]), "age")
            case "where":
                return self.happened([self.in_event(self.one(sorted(CLOCKED)), "datetime")])
            case "occurrence":
                return self.occurrence(self.one(("first", "last", 1, 2)))
            case "sequence":
                return self.sequence(*self.one((("not", "within"), ("within", "window"), ("window", "same"), ("not",))))
            case "history":
                op = self.one(operators.HISTORY)
                return self.history(op, self.one(self.recorded(op)))
            case "ledger":
                return self.segment(self.one(("joined_in", "left_in", "member_for")))
            case "colleagues":
                return self.colleagues(self.one(("any", "all", "none", {"at_least": 2})), self.timely_alone())
            case "since":
                return self.measured("count", self.one(("gte", "did")), "since_first")
            case _:
                return self.timely_alone()

    def timely_alone(self) -> oracle.Definition:
        measure = self.one(("count", *operators.MEASURES))
        node = self.measured(measure, self.one(operators.MEASURES[measure]))
        if measure == "change_pct":
            return node
        n, unit = self.one(SPANS)
        return node | {"window": self.one(({"last": n, "unit": unit}, self.window()))}
