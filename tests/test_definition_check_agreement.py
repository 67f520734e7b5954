"""What the check says is always so, is so for every contact of random worlds, at whatever instant."""

from __future__ import annotations

import os
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from crmseg.common import json
from crmseg.common.problems import InvalidInput
from segments.definition.check.doubts import Doubts
from segments.definition.load import load
from segments.definition.parts import take_apart

from . import oracle
from .agreement import Agreement
from .definition_worlds import EVENTS, ZONES, attributes, operators

pytestmark = pytest.mark.django_db
SEED = int(os.environ.get("CRMSEG_SEED", "11"))
TREES = int(os.environ.get("CRMSEG_TREES", "360"))


class Themes:
    """Conditions that have much to do with each other, and small trees of them."""

    def __init__(self, random: Random, agreement: Agreement):
        self.random, self.asker, self.world = random, agreement.asker, agreement.world
        self.key = "city"

    def tree(self) -> oracle.Definition:
        draw = self.random.choice((self.property, self.property, self.counts, self.measures, self.lists, self.answers))
        pool = [one for one in (self.within(draw) for _ in range(self.random.choice((2, 3, 4)))) if one]
        return self.grouped(pool or [self.asker.leaf()])

    def within(self, draw: Any) -> oracle.Definition | None:
        state = self.random.getstate()
        try:
            return dict(draw())
        except (IndexError, KeyError):
            self.random.setstate(state)
            self.random.random()
            return None

    def grouped(self, pool: list[oracle.Definition]) -> oracle.Definition:
        children = [self.wrapped(one, pool) for one in pool]
        kind = self.random.choice(("all", "any", "all", "any", "at_least"))
        if kind == "at_least":
            return {"at_least": self.random.randrange(len(children) + 2), "of": children}
        return {kind: children}

    def wrapped(self, node: oracle.Definition, pool: list[oracle.Definition]) -> oracle.Definition:
        match self.random.choice(("plain", "plain", "plain", "not", "pair")):
            case "not":
                return {"not": node}
            case "pair":
                return {self.random.choice(("all", "any")): [node, self.random.choice(pool)]}
        return node

    def property(self) -> oracle.Definition:
        if self.random.random() < 0.15:
            self.key = self.random.choice(list(self.world.types))
        kind = self.world.types[self.key]
        return self.asker.comparison(
            self.random.choice((*operators.PRESENCE, *operators.BY_TYPE[kind], *operators.BY_TYPE[kind])), self.key
        )

    def counts(self) -> oracle.Definition:
        op = self.random.choice(operators.MEASURES["count"])
        window = self.random.choice(("last", "last", "ago", "from-to", "this", None))
        node = self.asker.measured("count", op, window) if window else self.asker.measured("count", op)
        if window is None:
            node.pop("window", None)
        node.pop("where", None)
        return node | {"event": EVENTS[0]}

    def measures(self) -> oracle.Definition:
        measure = self.random.choice(("sum", "distinct", "distinct_days", "max", "avg"))
        node = self.asker.measured(measure, self.random.choice(operators.MEASURES[measure]))
        for key in ("window", "where", "zone", "currency"):
            node.pop(key, None)
        of = {} if measure == "distinct_days" else {"of": "category" if measure == "distinct" else "quantity"}
        return node | {"event": EVENTS[0]} | of

    def lists(self) -> oracle.Definition:
        node = self.asker.segment(self.random.choice(("in", "not_in", "member_for", "joined_in", "left_in")))
        return node | {"segment": min(self.world.members)}

    def answers(self) -> oracle.Definition:
        if self.random.random() < 0.3:
            return {"reachable": "email"}
        return self.asker.consent(self.random.choice(operators.ANSWERS)) | {"consent": "email", "topic": ""}


def resolved(raw: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        raw = raw[int(step)] if isinstance(raw, list) else raw[step]
    return raw


def without(raw: oracle.Definition, pointers: set[str]) -> oracle.Definition:
    """A copy in which the nodes at the pointers are switched off."""
    copy = json.loads(json.dumps(raw))
    for pointer in pointers:
        resolved(copy, pointer)["off"] = True
    return dict(copy)


@pytest.mark.parametrize("part", range(3))
def test_what_is_said_to_be_always_so_is_so(part):
    random = Random(f"{SEED}-{part}")
    attributes()
    agreement = Agreement(random, random.choice(ZONES), people=25)
    themes = Themes(random, agreement)
    constant = redundant = 0
    for _ in range(TREES // 3):
        raw = json.loads(json.dumps(themes.tree()))
        try:
            tree = take_apart(load(raw, agreement.catalogue))
        except InvalidInput:
            continue
        doubts = Doubts(tree, agreement.catalogue)
        moments = [agreement.now, agreement.now + timedelta(days=random.randrange(-40, 40))]
        for one in tree.each():
            always = doubts.always[one]
            if always is not None:
                constant += 1
                for now in moments:
                    found = oracle.matching(resolved(raw, one.pointer), agreement.world, now)
                    expected = set(agreement.world.contacts) if always else set()
                    assert found == expected, f"{raw}\n{one.pointer} is not always {always} at {now}"
        if superfluous := {child.pointer for child, _ in doubts.superfluous(tree)}:
            redundant += 1
            for now in moments:
                whole = oracle.matching(raw, agreement.world, now)
                rest = oracle.matching(without(raw, superfluous), agreement.world, now)
                assert whole == rest, f"{raw}\nis another without {superfluous} at {now}"
    assert constant > 10
    assert redundant > 10
