"""The counts of moves: at every instant those of the ledger, whoever moved people and however."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from crmseg.access import account
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import selectors, services
from segments.engine import build, drain
from segments.models import LedgerEntry, MoveCount

from .factories import ContactFactory
from .moving import recount

pytestmark = pytest.mark.django_db
ITALIANS = {"property": "country", "op": "is", "value": "IT"}


def build_all():
    while build.run_waiting():
        pass


def counted():
    rows = MoveCount.objects.filter(entered__gt=0) | MoveCount.objects.filter(gone__gt=0)
    return sorted(rows.values_list("segment_id", "quarter", "built", "entered", "gone"))


def test_the_counts_are_those_of_the_ledger_after_any_moves():
    draw = random.Random(7)
    people = [ContactFactory(country=draw.choice(["IT", "FR"])) for _ in range(12)]
    start = datetime(2026, 3, 1, 23, 50, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as travel:
        active = services.create_segment(name="Italians", kind="active", definition=ITALIANS, actor=SYSTEM)
        static = services.create_segment(name="By hand", kind="static", actor=SYSTEM)
        build_all()
        for _ in range(25):
            travel.shift(timedelta(minutes=draw.randint(1, 40)))
            chosen = draw.sample(people, 4)
            for one in chosen[:2]:
                one.country = draw.choice(["IT", "FR"])
                one.save()
            drain.drain()
            services.add_members(static.pk, [one.pk for one in chosen], actor=SYSTEM)
            services.remove_members(static.pk, [chosen[0].pk, chosen[3].pk], actor=SYSTEM)
        french = {"property": "country", "op": "is", "value": "FR"}
        services.update_segment(active.pk, definition=french, actor=SYSTEM)
        build_all()
    kept = counted()
    assert {row[0] for row in kept} == {active.pk, static.pk}
    assert sum(row[3] + row[4] for row in kept) == LedgerEntry.objects.count() > 60
    assert {row[2] for row in kept} == {True, False}
    recount()
    assert counted() == kept


def test_whom_the_first_build_found_is_counted_apart():
    ContactFactory(country="IT")
    made = services.create_segment(name="Italians", kind="active", definition=ITALIANS, actor=SYSTEM)
    build_all()
    assert [(one.built, one.entered, one.gone) for one in MoveCount.objects.all()] == [(True, 1, 0)]
    assert selectors.segments_table().get(pk=made.pk).entered_1d == 1


def test_moves_count_for_the_local_day_even_where_zones_differ_by_quarters():
    settings = account.current()
    settings.time_zone = "Asia/Kathmandu"  # 5 hours and 45 minutes ahead
    settings.save()
    account.forget()
    made = services.create_segment(name="By hand", kind="static", actor=SYSTEM)
    midnight = datetime(2026, 3, 1, 18, 15, tzinfo=UTC)
    for minutes in (-1, 0, 1):
        with time_machine.travel(midnight + timedelta(minutes=minutes), tick=False):
            services.add_members(made.pk, [ContactFactory().pk], actor=SYSTEM)
    with time_machine.travel(midnight + timedelta(hours=1), tick=False):
        days = selectors.size_by_day(made.pk, 2)
    assert [(str(day.day), day.size, day.entered) for day in days] == [("2026-03-01", 1, 1), ("2026-03-02", 3, 2)]
    account.forget()


def test_the_counts_of_a_list_go_with_it():
    made = services.create_segment(name="By hand", kind="static", actor=SYSTEM)
    services.add_members(made.pk, [ContactFactory().pk], actor=SYSTEM)
    assert selectors.quarter_of(clock.now()) <= clock.now()
    services.delete_segment(made.pk, actor=SYSTEM)
    assert not MoveCount.objects.exists()
