"""Whatever rules we draw about whatever world, the engine, the audit's path and a plain Python oracle give the same
points, and nobody's score moves before the instant that was named."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pytest

from crmseg.common import json
from crmseg.common.problems import InvalidInput
from segments.engine import plain
from segments.engine.plan import BLOCK, SOME
from segments.models import ScoreModel
from segments.scoring import load
from segments.scoring.plan import Scored, Verdict, evaluate, scored
from segments.scoring.schema import dump

from .agreement import MEMBERS, Agreement, agreement, ids_of, near
from .definition_worlds import ZONES
from .oracle.scores import score

pytestmark = pytest.mark.django_db
SEED = int(os.environ.get("CRMSEG_SEED", "6"))
WORLDS = int(os.environ.get("CRMSEG_SCORE_WORLDS", "4"))
TICK = timedelta(microseconds=1)
DECAYS = ((30, "day", 50, 3), (1, "month", 60, 2), (12, "hour", 25, 1), (2, "week", 0, 1), (1, "year", 90, 0))


class Drawn:
    """Score models about one world."""

    def __init__(self, held: Agreement, random: Random):
        self.held, self.random = held, random
        self.fading = 0

    def model(self, logistic: bool) -> dict[str, Any]:
        groups = [self.group(kind, logistic) for kind in ("fit", "engagement", "engagement")]
        edges = [sorted(self.random.sample(range(0, 101, 5), 3), reverse=True) for _ in range(2)]
        return {"groups": groups, "grades": {"fit": edges[0], "engagement": edges[1]}}

    def group(self, kind: str, logistic: bool) -> dict[str, Any]:
        rules = [rule for rule in (self.rule(logistic) for _ in range(6)) if rule is not None]
        return {"name": kind, "kind": kind, "cap": self.random.choice((None, None, 15, 40)), "rules": rules}

    def rule(self, logistic: bool) -> dict[str, Any] | None:
        asker = self.random.choice((self.held.asker.leaf, self.timeless, self.timeless, self.held.asker.tree))
        points = self.random.choice(
            (Decimal("0.7"), Decimal("-1.25"), 2) if logistic else (20, 10, Decimal("7.5"), -15)
        )
        rule = {"name": "", "definition": json.loads(json.dumps(asker())), "points": points, "decay": None}
        every, unit, keep, times = self.random.choice(DECAYS)
        fading = rule | {"decay": {"every": every, "unit": unit, "keep": keep, "times": times}}
        if self.is_accepted(fading):
            self.fading += 1
            return fading
        return rule if self.is_accepted(rule) else None

    def timeless(self) -> dict[str, Any]:
        """Events at any time: what they give may fade."""
        node = self.held.asker.measured("count", "gte")
        node.pop("window", None)
        other = self.held.asker.leaf()
        return self.random.choice((node, node, {"all": [node, other]}, {"any": [node, other]}))

    def is_accepted(self, rule: dict[str, Any]) -> bool:
        whole = {"groups": [{"name": "", "kind": "fit", "cap": None, "rules": [rule]}]}
        try:
            load.load(whole, self.held.catalogue)
        except InvalidInput:
            return False
        return True


def plainly(model: Scored, ids: list[int], now: datetime) -> list[Verdict]:
    """As the audit looks: each rung by a statement of its own."""
    held = np.zeros((len(ids), len(model.rungs)), np.bool_)
    for place, rung in enumerate(model.rungs):
        params = rung.listed.params(MEMBERS)
        held[:, place] = np.isin(ids, sorted(ids_of(plain.matching(rung.listed.tree, params), params.at(now))) or [0])
    return model.verdicts(held)


def told(verdict: Verdict) -> tuple[Decimal, Decimal, Decimal, str]:
    return verdict.points, verdict.fit, verdict.engagement, verdict.grade


@pytest.mark.parametrize("number", range(WORLDS))
def test_engine_audit_and_oracle_give_the_same_points_in_any_world(number: int):
    random = Random(SEED * 1000 + number)
    logistic = number % 4 == 3
    with agreement(random, ZONES[number % len(ZONES)], 30) as held:
        drawn = Drawn(held, random)
        raw = drawn.model(logistic)
        assert drawn.fading
        scheme = load.load(raw, held.catalogue)
        assert load.load(json.loads(json.dumps(dump(scheme))), held.catalogue) == scheme
        link, intercept = (ScoreModel.Link.LOGISTIC, Decimal("-0.5")) if logistic else (ScoreModel.Link.SUM, Decimal(0))
        model = scored(scheme, held.catalogue, id=0, link=link, intercept=intercept)
        for now in (held.now, near(random, held.now, held.zone)):
            agree(held, model, raw, now)
            held.disturb()


def agree(held: Agreement, model: Scored, raw: dict[str, Any], now: datetime) -> None:
    held.remember({})
    ids = sorted(held.world.contacts)
    chosen = evaluate([model], now, SOME, ids=ids)
    block = evaluate([model], now, BLOCK, first_id=ids[0], last_id=ids[-1])
    assert chosen.ids == block.ids == ids
    assert chosen.verdicts == block.verdicts
    assert chosen.due == block.due
    logistic = model.link == ScoreModel.Link.LOGISTIC
    right = [score(raw, held.world, pk, now, logistic, model.intercept) for pk in ids]
    assert [told(verdict) for verdict in chosen.verdicts[0]] == right
    assert [told(verdict) for verdict in plainly(model, ids, now)] == right
    for pk, due, verdict in zip(ids, chosen.due, right, strict=True):
        if due is not None and held.random.random() < 0.3:
            before = evaluate([model], due - TICK, SOME, ids=[pk])
            assert told(before.verdicts[0][0]) == verdict, f"{pk} moved before {due}"
