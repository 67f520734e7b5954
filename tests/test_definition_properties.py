"""Whatever definition we draw about whatever world, three evaluators pick the same contacts.

The engine's compiled statement, the plain statement of the audit and of previews, and the oracle in plain Python must
agree for every contact; `not` picks exactly everybody else; JSON gives every tree back. Each operator has to be true
for some and false for others, and how often is printed at the end of the run.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from dataclasses import replace
from datetime import datetime
from random import Random

import pytest
from django.db import connection, transaction

from crmseg.access import account
from crmseg.common import json
from crmseg.common.problems import InvalidInput
from crmseg.common.sql import scratch_table
from segments import catalogue
from segments.definition import depends
from segments.definition.dump import dump
from segments.definition.load import load
from segments.definition.nodes import Compare, InSegment, Not, Performed, active
from segments.definition.operators import OPERATORS
from segments.definition.schema import Catalogue, ListedSegment
from segments.definition.sql import Params, fold
from segments.engine import plain
from segments.engine.live import Followed
from segments.engine.plan import ALL, BLOCK, SOME, Plan, Truth

from . import oracle
from .definition_worlds import PEOPLE, ZONES, Asker, Maker, attributes, instant
from .shares import CASES, COUNTS, table

pytestmark = pytest.mark.django_db
SEED = int(os.environ.get("CRMSEG_TEST_SEED", "20261122"))
PARTS, WORLDS, TREES = 4, 2, 80
FIRST_ACTIVE = 1_000_000
NEEDED = (0.05, 0.95)


class Agreement:
    """One world, and what was found about it."""

    def __init__(self, random: Random, zone: str):
        self.random, self.zone, self.now = random, zone, instant(random, zone)
        settings = account.current()
        settings.time_zone = zone
        settings.save()
        account.forget()
        maker = Maker(random, zone, self.now)
        self.world = maker.make(zone, settings.currency)
        self.asker = Asker(random, maker, self.world)
        self.followed: list[Followed] = []
        self.plans: dict[str, Plan] = {}
        self.catalogue = self.with_lists(catalogue.current())

    def with_lists(self, known: Catalogue) -> Catalogue:
        ids = [*self.world.members, *self.world.definitions]
        return replace(known, segments={pk: ListedSegment(pk, f"List {pk}", frozenset()) for pk in ids})

    def ask(self, raw: oracle.Definition) -> None:
        """Follow the definition as one more active list, which those to come may ask."""
        raw = json.loads(json.dumps(raw))
        try:
            tree = load(raw, self.catalogue)
        except InvalidInput as refused:
            # Where two bounds were drawn in the wrong order; nothing else that is drawn may be refused.
            if all("nothing can lie between" in p.message or "ends before" in p.message for p in refused.problems):
                return
            raise
        assert load(json.loads(json.dumps(dump(tree))), self.catalogue) == tree
        pk = FIRST_ACTIVE + len(self.followed)
        kept = active(tree)
        assert kept is not None
        self.followed.append(Followed(pk, 1, kept, frozenset(depends.keys(kept)), self.zone, self.world.currency))
        self.world.definitions[pk] = raw
        self.catalogue = self.with_lists(self.catalogue)

    def ask_all(self, trees: int) -> None:
        for raw in self.asker.every_leaf():
            self.ask(raw)
        for _ in range(trees):
            self.ask(self.asker.tree())

    def compare(self, now: datetime) -> dict[int, set[int]]:
        """All three evaluators at `now`, for every list and its opposite; return who is in which."""
        expected = {
            listed.id: oracle.matching(self.world.definitions[listed.id], self.world, now) for listed in self.followed
        }
        everybody = set(self.world.contacts)
        found = self.plan(ALL).evaluate(now)
        assert set(found.ids.tolist()) == everybody
        for listed in self.followed:
            right = expected[listed.id]
            assert members(found, listed.id) == right, self.report("the engine", listed, now)
            assert members(found, -listed.id) == everybody - right, self.report("the engine's opposite", listed, now)
        self.remember_static()
        for listed in self.followed:
            assert self.plainly(listed, now) == expected[listed.id], self.report("the plain form", listed, now)
            remember(listed.id, expected[listed.id])
        return expected

    def compare_scopes(self, now: datetime) -> None:
        """A block and chosen contacts get the answers and due instants that everybody gets."""
        everybody = self.plan(ALL).evaluate(now)
        due = dict(zip(everybody.ids.tolist(), everybody.due, strict=True))
        first, last = int(everybody.ids[3]), int(everybody.ids[-4])
        block = self.plan(BLOCK).evaluate(now, first_id=first, last_id=last)
        some = set(self.random.sample(sorted(due), PEOPLE // 2))
        chosen = self.plan(SOME).evaluate(now, ids=sorted(some))
        for part, ids in ((block, {pk for pk in due if first <= pk <= last}), (chosen, some)):
            assert dict(zip(part.ids.tolist(), part.due, strict=True)) == {pk: due[pk] for pk in ids}
            for listed in self.followed:
                assert members(part, listed.id) == members(everybody, listed.id) & ids

    def plan(self, scope: str) -> Plan:
        """Every list, and under its negative number everybody who is not in it."""
        if scope not in self.plans:
            opposites = [replace(listed, id=-listed.id, tree=Not(listed.tree)) for listed in self.followed]
            self.plans[scope] = Plan((*self.followed, *opposites), scope)
        return self.plans[scope]

    def plainly(self, listed: Followed, now: datetime) -> set[int]:
        params = listed.params(members="agreement_truth")
        sql = plain.matching(listed.tree, params)
        with connection.cursor() as cursor:
            cursor.execute(sql, params.at(now))
            return {pk for (pk,) in cursor}

    def report(self, who: str, listed: Followed, now: datetime) -> str:
        """The smallest part of the definition about which they differ, and one contact about whom."""
        raw = self.smallest(self.world.definitions[listed.id], listed, now)
        right, found = oracle.matching(raw, self.world, now), self.one(raw, listed, now)
        contact = min((right ^ found) or self.world.contacts)
        return "\n".join(
            [
                f"{who} and the oracle differ; seed {SEED}, zone {self.zone}, now {now.isoformat()}",
                f"definition: {json.dumps(raw).decode()}",
                f"oracle says {contact in right} of contact {self.world.contacts[contact]}",
                f"events: {self.world.events[contact]}",
            ]
        )

    def smallest(self, raw: oracle.Definition, listed: Followed, now: datetime) -> oracle.Definition:
        children = raw.get("all") or raw.get("any") or ([raw["not"]] if "not" in raw else [])
        for child in children:
            if oracle.present(child) and self.one(child, listed, now) != oracle.matching(child, self.world, now):
                return self.smallest(child, listed, now)
        return raw

    def one(self, raw: oracle.Definition, listed: Followed, now: datetime) -> set[int]:
        kept = active(load(json.loads(json.dumps(raw)), self.catalogue))
        assert kept is not None
        mine = Followed(listed.id, 1, kept, listed.keys, listed.zone, listed.currency)
        lists = tuple(one for one in self.followed if one.id < listed.id)
        return set(Plan((*lists, mine), ALL).evaluate(now).members_of(listed.id).tolist())

    def count(self, found: dict[int, set[int]], counts: dict[str, list[int]]) -> None:
        """How often each operator is true and false, over lists of a single condition and contacts."""
        for listed in self.followed:
            raw = self.world.definitions[listed.id]
            if isinstance(listed.tree, Compare | Performed | InSegment):
                name = measured_name(raw)
                true = len(found[listed.id])
                before = counts.get(name, [0, 0])
                counts[name] = [before[0] + true, before[1] + len(self.world.contacts) - true]

    def remember_static(self) -> None:
        """Make the table in which the plain form looks lists up, with the static ones in it."""
        with connection.cursor() as cursor:
            scratch_table(cursor, "agreement_truth", "segment_id bigint, contact_id bigint")
        for pk, ids in self.world.members.items():
            remember(pk, ids)


def measured_name(raw: oracle.Definition) -> str:
    """The operator as the table at the end shows it."""
    if "segment" in raw:
        return f"list {raw['op']}"
    return f"{raw.get('measure', 'count')} {raw['op']}" if "event" in raw else str(raw["op"])


def members(truth: Truth, pk: int) -> set[int]:
    return set(truth.members_of(pk).tolist())


def remember(segment: int, members: set[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO agreement_truth SELECT %s, one FROM unnest(%s::bigint[]) AS one", [segment, sorted(members)]
        )


@pytest.mark.parametrize("part", range(PARTS))
def test_engine_plain_form_and_oracle_pick_the_same_contacts(part, record_property):
    attributes()
    counts: dict[str, list[int]] = {}
    cases = 0
    for number in range(WORLDS):
        random = Random(f"{SEED}/{part}/{number}")
        with transaction.atomic():
            agreement = Agreement(random, ZONES[(part * WORLDS + number) % len(ZONES)])
            agreement.ask_all(TREES)
            for now in (agreement.now, instant(random, agreement.zone)):
                agreement.count(agreement.compare(now), counts)
                cases += len(agreement.followed)
            agreement.compare_scopes(agreement.now)
            transaction.set_rollback(True)
        account.forget()
    record_property(CASES, cases)
    record_property(COUNTS, counts)
    shown = "\n".join(table(counts))
    assert {name.split()[-1] for name in counts} == set(OPERATORS) | {"in", "not_in"}
    for operator in OPERATORS:
        true, false = (sum(both[i] for name, both in counts.items() if name.split()[-1] == operator) for i in (0, 1))
        assert NEEDED[0] <= true / (true + false) <= NEEDED[1], f"{operator}\n{shown}"


def test_the_database_and_the_oracle_fold_every_letter_alike():
    letters = [
        chr(code) for code in range(1, sys.maxunicode) if unicodedata.category(chr(code)) not in {"Cs", "Cn", "Co"}
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT one, {fold('one')} FROM unnest(%s::text[]) AS one", [letters])
        different = [
            (letter, folded, oracle.fold(letter)) for letter, folded in cursor if folded != oracle.fold(letter)
        ]
    assert different == []
