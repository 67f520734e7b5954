"""Whatever definition we draw about whatever world, the evaluators must pick the same contacts.

A case is the answer about one definition, one contact and one instant. The compiled statement of the engine (for a
block of contacts and for chosen ones), the plain statement of the audit, the slow SQL and the oracle give theirs, and
all must be equal. Tests and `bench agreement` run this same code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection, transaction

from crmseg.access import account
from crmseg.common import json
from crmseg.common.problems import InvalidInput
from crmseg.common.sql import scratch_table
from segments import catalogue
from segments.definition import depends
from segments.definition.dump import dump
from segments.definition.load import load
from segments.definition.nodes import Not, active
from segments.definition.schema import Catalogue, ListedSegment
from segments.engine import plain
from segments.engine.live import Followed
from segments.engine.plan import BLOCK, SOME, Plan, Truth

from . import oracle, slow_sql
from .definition_worlds import ZONES, Asker, Disturbance, Maker, instant, names_of, read_world
from .definition_worlds.words import CUSTOM, TICK
from .oracle.world import ZONES as EVERY_ZONE
from .slow_sql.question import ZONES_TABLE

FIRST_ACTIVE = 1_000_000
MEMBERS = "agreement_truth"
COMPANY_CUSTOM = ("company.c_since", "company.c_tier")
DRAWN_IN_THE_WRONG_ORDER = ("nothing can lie between", "ends before")


class Disagreement(AssertionError):
    """Two evaluators differ; the message is the smallest definition found about which they do."""


@dataclass
class Tally:
    """How many cases there were, and for each name how often it was true and false."""

    cases: int = 0
    counts: dict[str, list[int]] = field(default_factory=dict)

    def count(self, name: str, true: int, of: int) -> None:
        before = self.counts.get(name, [0, 0])
        self.counts[name] = [before[0] + true, before[1] + of - true]

    def add(self, other: Tally) -> None:
        self.cases += other.cases
        for name, (true, false) in other.counts.items():
            self.count(name, true, true + false)

    def shares(self) -> dict[str, float]:
        return {name: round(true / (true + false), 4) for name, (true, false) in sorted(self.counts.items())}


class Agreement:
    """One world, the definitions asked about it, and what every evaluator says."""

    def __init__(self, random: Random, zone: str, people: int):
        self.random, self.zone, self.now = random, zone, instant(random, zone)
        self.settings = account.current()
        self.settings.time_zone = zone
        self.settings.fiscal_start_month = random.choice((1, 1, 4, 7, 10, 2))
        self.settings.save()
        account.forget()
        maker = Maker(random, zone, self.now, people, self.settings.fiscal_start_month)
        self.maker = maker
        self.world = maker.make(zone, self.settings.currency)
        self.asker = Asker(random, maker, self.world)
        self.followed: list[Followed] = []
        self.plans: dict[str, Plan] = {}
        self.catalogue = self.with_lists(catalogue.current())
        self.tally = Tally()
        self.asked: Counter[str] = Counter()
        self.refused: list[tuple[oracle.Definition, str]] = []

    # Asking

    def with_lists(self, known: Catalogue) -> Catalogue:
        ids = [*self.world.members, *self.world.definitions]
        return replace(known, segments={pk: ListedSegment(pk, f"List {pk}", frozenset()) for pk in ids})

    def ask(self, raw: oracle.Definition) -> None:
        """Follow the definition as one more active list, which those to come may ask."""
        raw = json.loads(json.dumps(raw))
        try:
            tree = load(raw, self.catalogue)
        except InvalidInput as refused:
            if not all(any(sign in p.message for sign in DRAWN_IN_THE_WRONG_ORDER) for p in refused.problems):
                self.refused.append((raw, "; ".join(f"{p.pointer} {p.message}" for p in refused.problems)))
            return
        assert load(json.loads(json.dumps(dump(tree))), self.catalogue) == tree, f"{raw}\nis stored as\n{dump(tree)}"
        pk = FIRST_ACTIVE + len(self.followed)
        self.followed.append(self.follow(pk, raw))
        self.world.definitions[pk] = raw
        self.catalogue = self.with_lists(self.catalogue)

    def follow(self, pk: int, raw: oracle.Definition) -> Followed:
        kept = active(load(json.loads(json.dumps(raw)), self.catalogue))
        assert kept is not None
        keys = frozenset(depends.keys(kept))
        return Followed(pk, 1, kept, keys, self.zone, self.world.currency, self.world.fiscal_start)

    def ask_all(self, definitions: Iterable[oracle.Definition]) -> None:
        for raw in definitions:
            self.ask(raw)

    def disturb(self) -> None:
        """The world goes on; the definitions stay."""
        Disturbance(self.maker).disturb()
        definitions = self.world.definitions
        self.world = read_world(self.zone, self.settings.currency, self.settings.fiscal_start_month)
        self.world.definitions = definitions

    # Comparing

    def compare(self, now: datetime) -> dict[int, set[int]]:
        """All evaluators at `now`, for every list and its opposite; return who is in which."""
        right = {one.id: oracle.matching(self.world.definitions[one.id], self.world, now) for one in self.followed}
        self.remember(right)
        everybody = set(self.world.contacts)
        block = self.plan(BLOCK).evaluate(now, first_id=min(everybody), last_id=max(everybody))
        chosen = self.plan(SOME).evaluate(now, ids=sorted(everybody))
        for found, scope in ((block, "block"), (chosen, "chosen")):
            assert set(found.ids.tolist()) == everybody
            for listed in self.followed:
                self.same(f"the engine ({scope})", members(found, listed.id), right[listed.id], listed, now)
                opposite = everybody - members(found, -listed.id)
                self.same(f"the engine's opposite ({scope})", opposite, right[listed.id], listed, now)
        assert block.due == chosen.due
        if any(due is not None and due <= now for due in block.due):
            raise Disagreement(f"the engine and the clock differ; due at {now.isoformat()} again, looked at then")
        for listed in self.followed:
            self.same("the plain form", self.plainly(listed, now), right[listed.id], listed, now)
            self.same("the slow SQL", self.slowly(listed.id, now), right[listed.id], listed, now)
        self.count(right)
        return right

    def same(self, who: str, found: set[int], right: set[int], listed: Followed, now: datetime) -> None:
        if found != right:
            raise Disagreement(self.report(who, found, right, listed, now))

    def plan(self, scope: str) -> Plan:
        """Every list, and under its negative number everybody who is not in it."""
        if scope not in self.plans:
            opposites = [replace(listed, id=-listed.id, tree=Not(listed.tree)) for listed in self.followed]
            self.plans[scope] = Plan((*self.followed, *opposites), scope)
        return self.plans[scope]

    def plainly(self, listed: Followed, now: datetime) -> set[int]:
        params = listed.params(MEMBERS)
        return ids_of(plain.matching(listed.tree, params), params.at(now))

    def slowly(self, pk: int, now: datetime) -> set[int]:
        question = slow_sql.Question(
            now,
            self.zone,
            self.world.currency,
            self.world.types,
            self.world.options,
            frozenset((*CUSTOM, *COMPANY_CUSTOM)),
            self.world.fiscal_start,
            MEMBERS,
            self.world.cutoffs,
        )
        return ids_of(slow_sql.matching(self.world.definitions[pk], question), None)

    def remember(self, right: dict[int, set[int]]) -> None:
        """Make the tables in which slow SQL looks up lists and names of zones."""
        rows = [(pk, one) for pk, ids in (self.world.members | right).items() for one in ids]
        with connection.cursor() as cursor:
            scratch_table(cursor, MEMBERS, "segment_id bigint, contact_id bigint")
            scratch_table(cursor, ZONES_TABLE, "name text")
            cursor.execute(
                f"INSERT INTO {MEMBERS} SELECT * FROM unnest(%s::bigint[], %s::bigint[])",
                [[pk for pk, _ in rows], [one for _, one in rows]],
            )
            cursor.execute(f"CREATE INDEX ON {MEMBERS} (segment_id, contact_id)")
            cursor.execute(f"INSERT INTO {ZONES_TABLE} SELECT unnest(%s::text[])", [sorted(EVERY_ZONE)])

    def count(self, right: dict[int, set[int]]) -> None:
        everyone = len(self.world.contacts)
        self.tally.cases += everyone * len(self.followed)
        for listed in self.followed:
            for name in names_of(self.world.definitions[listed.id]):
                self.tally.count(name, len(right[listed.id]), everyone)

    # Saying what differs

    def report(self, who: str, found: set[int], right: set[int], listed: Followed, now: datetime) -> str:
        raw = self.world.definitions[listed.id]
        contact = min(found ^ right)
        known = {key: value for key, value in self.world.contacts[contact].items() if value is not None}
        events = [(one["name"], one["at"].isoformat(), one["properties"]) for one in self.world.events.get(contact, [])]
        return "\n".join(
            [
                f"{who} and the oracle differ; zone {self.zone}, fiscal year from {self.world.fiscal_start},"
                f" now {now.isoformat()}",
                f"definition: {json.dumps(self.smallest(raw, found, right, contact, now)).decode()}",
                f"whole: {json.dumps(raw).decode()}",
                f"contact {contact}: {who} says {contact in found}, the oracle {contact in right},"
                f" the slow SQL {contact in self.slowly(listed.id, now)};"
                f" {len(found - right)} too many, {len(right - found)} missing",
                f"known: {known}",
                f"events: {events}",
                f"history: {self.world.histories.get(contact)}",
            ]
        )

    def smallest(
        self, raw: oracle.Definition, found: set[int], right: set[int], contact: int, now: datetime
    ) -> oracle.Definition:
        """The smallest part about which the engine and the oracle differ; of more than one list the whole."""
        below = raw.get("all") or raw.get("any") or ([raw["not"]] if "not" in raw else [])
        for child in below or (raw["of"] if "at_least" in raw else []):
            if oracle.present(child):
                mine, theirs = self.engine_alone(child, now), oracle.matching(child, self.world, now)
                if mine != theirs:
                    return self.smallest(child, mine, theirs, contact, now)
        return raw

    def engine_alone(self, raw: oracle.Definition, now: datetime) -> set[int]:
        mine = self.follow(FIRST_ACTIVE - 1, raw)
        plan = Plan((*self.followed, mine), SOME)
        return members(plan.evaluate(now, ids=sorted(self.world.contacts)), mine.id)


def members(truth: Truth, pk: int) -> set[int]:
    return set(truth.members_of(pk).tolist())


def ids_of(sql: str, params: dict[str, Any] | None) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {pk for (pk,) in cursor}


@contextmanager
def agreement(random: Random, zone: str, people: int) -> Iterator[Agreement]:
    """A world of its own, gone afterwards."""
    with transaction.atomic():
        yield Agreement(random, zone, people)
        transaction.set_rollback(True)
    account.forget()


def one_world(random: Random, number: int, people: int = 40, trees: int = 40, telling: bool = True) -> Tally:
    """Every condition there is and some trees, at two instants of one world; return what was counted.

    Not `telling`: whatever is drawn first, however seldom it is true.
    """
    with agreement(random, ZONES[number % len(ZONES)], people) as held:
        held.ask_all(held.asker.every_leaf() if telling else [draw() for draw in held.asker.every_draw()])
        held.ask_all(held.asker.group(kind) for kind in ("all", "any", "not", "at_least") for _ in range(trees // 4))
        assert not held.refused, f"refused: {held.refused[:3]}"
        held.compare(held.now)
        held.disturb()
        held.compare(near(random, held.now, held.zone))
        return held.tally


def near(random: Random, now: datetime, zone: str) -> datetime:
    """Another instant: a little later, or any other."""
    later = random.choice((TICK, timedelta(hours=1), timedelta(days=1), timedelta(days=17), None))
    return now + later if later else instant(random, zone)
