"""Asks one definition of everybody, by the engine and by the plain form, which must say the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import connection

from contacts.models import Contact
from crmseg.common import json
from segments import catalogue
from segments.definition import depends
from segments.definition.dump import dump
from segments.definition.load import load
from segments.definition.nodes import Not, active
from segments.definition.sql import Params
from segments.engine import plain
from segments.engine.live import Followed
from segments.engine.plan import ALL, SOME, Plan, Truth

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIST = 1


def plan(definition: dict[str, Any], scope: str = ALL) -> Plan:
    """The compiled definition as list 1, and its opposite as list -1. What is stored of it reads the same again."""
    known = catalogue.current()
    tree = load(json.loads(json.dumps(definition)), known)
    assert load(json.loads(json.dumps(dump(tree))), known) == tree
    kept = active(tree)
    assert kept is not None
    zone, currency, fiscal = known.zone, known.currency, known.fiscal_start
    lists = [
        Followed(pk, 1, one, frozenset(depends.keys(kept)), zone, currency, fiscal)
        for pk, one in ((LIST, kept), (-LIST, Not(kept)))
    ]
    return Plan(tuple(lists), scope)


def evaluate(definition: dict[str, Any], now: datetime = NOW) -> Truth:
    return plan(definition).evaluate(now)


def matching(definition: dict[str, Any], now: datetime = NOW) -> set[int]:
    """Who is in, by every way there is to ask; `not` is everybody else."""
    truth = evaluate(definition, now)
    found, others = (set(truth.members_of(pk).tolist()) for pk in (LIST, -LIST))
    assert found | others == set(truth.ids.tolist())
    assert not found & others
    known = catalogue.current()
    tree = active(load(json.loads(json.dumps(definition)), known))
    assert tree is not None
    params = Params(known.zone, known.currency, known.fiscal_start)
    with connection.cursor() as cursor:
        cursor.execute(plain.matching(tree, params), params.at(now))
        assert {pk for (pk,) in cursor} == found
    return found


def names(definition: dict[str, Any], now: datetime = NOW) -> set[str]:
    """The first names of those who are in."""
    found = Contact.objects.filter(pk__in=matching(definition, now))
    return {str(name) for name in found.values_list("first_name", flat=True)}


def next_flip(definition: dict[str, Any], contact: Contact, now: datetime = NOW) -> datetime | None:
    """When time alone may next change the answer about the contact, or earlier."""
    truth = plan(definition, SOME).evaluate(now, ids=[contact.pk])
    return truth.due[0]


def flips(definition: dict[str, Any], contact: Contact, start: datetime, end: datetime) -> list[tuple[datetime, bool]]:
    """Each instant at which the answer about the contact changes, followed from one due instant to the next."""
    asked = plan(definition, SOME)
    now, last = start, None
    found: list[tuple[datetime, bool]] = []
    for _ in range(2_000):
        truth = asked.evaluate(now, ids=[contact.pk])
        inside = bool(truth.members[LIST][0])
        if last is not None and inside != last:
            found.append((now, inside))
        last, due = inside, truth.due[0]
        if due is None or due > end:
            return found
        assert due > now, f"due again at {due}, looked at {now}"
        now = due
    raise AssertionError("due instants come for ever")
