"""What an explanation says is so: node by node, and the instant at which time alone turns the answer, by the oracle."""

from __future__ import annotations

import os
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from crmseg.common import json
from crmseg.common.problems import InvalidInput
from segments.definition.load import load
from segments.engine.explain import explain_tree

from . import oracle
from .agreement import Agreement
from .definition_worlds import TICK, ZONES, attributes
from .test_definition_check_agreement import resolved

pytestmark = pytest.mark.django_db
SEED = int(os.environ.get("CRMSEG_SEED", "5"))
TREES = int(os.environ.get("CRMSEG_TREES", "60"))


def nodes(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return [tree, *(one for child in tree["children"] for one in nodes(child))]


@pytest.mark.parametrize("part", range(2))
def test_truths_and_flips_are_those_of_the_oracle(part):
    attributes()
    random = Random(f"{SEED}-{part}")
    agreement = Agreement(random, random.choice(ZONES), people=16)
    world, now = agreement.world, agreement.now
    flipped = 0
    for number in range(TREES):
        drawn = agreement.asker.tree(3) if number % 2 else {"all": [agreement.asker.timely() for _ in range(2)]}
        raw = json.loads(json.dumps(drawn))
        try:
            tree = load(raw, agreement.catalogue)
        except InvalidInput:
            continue
        for contact in random.sample(sorted(world.contacts), 3):
            found = explain_tree(tree, agreement.catalogue, contact, now)
            for node in nodes(found.tree):
                if node["holds"] is not None:
                    said = oracle.holds(resolved(raw, node["pointer"]), oracle.Moment(world, contact, now))
                    assert node["holds"] == said, f"{raw}\ncontact {contact}, {node['pointer']} at {now}"

            def holds(at: Any, raw: Any = raw, contact: int = contact) -> bool:
                return oracle.holds(raw, oracle.Moment(world, contact, at))

            turns = found.flips_at
            if turns is not None:
                flipped += 1
                assert holds(turns) != found.holds, f"{raw}\ncontact {contact} does not turn at {turns}, now {now}"
            until = turns or found.looked_until or now + timedelta(days=4_000)
            for part_of_it in (0.0001, random.random(), random.random() ** 4, 0.9999999):
                at = min(now + part_of_it * (until - now), until - TICK)
                assert holds(at) == found.holds, f"{raw}\ncontact {contact} turned before {turns}: at {at}, now {now}"
    assert flipped > 5
