"""Scoring everyone: in blocks that are each saved with their place, stopped and gone on with, none lost or repeated."""

from __future__ import annotations

import random
import sys
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from contacts.models import AttributeHistory, Contact
from crmseg.access import account
from crmseg.access.services import update_account
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments.engine import audit, locks
from segments.models import Score, ScoreBuild, ScoreModel
from segments.scoring import build, services

from .factories import ContactFactory
from .killing import Killed, Killer
from .scoring import ITALIAN, group, make, points, rule, scheme, settle

TWENTY = scheme(group("fit", rule(ITALIAN, 20)))


@pytest.fixture
def blocks(monkeypatch):
    """Blocks of a few, so that few people make up many."""
    monkeypatch.setattr(locks, "BLOCK", 3)


def started(**more):
    return services.create_model(key="lead_score", name="Lead score", definition=TWENTY, actor=SYSTEM, **more)


def stop_after(monkeypatch, count):
    """As if the worker were killed once so many blocks were written."""
    real, left = build._score_block, [count]

    def score_block(*args):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        real(*args)

    monkeypatch.setattr(build, "_score_block", score_block)
    with pytest.raises(KeyboardInterrupt):
        build.run_waiting()
    monkeypatch.setattr(build, "_score_block", real)


@pytest.mark.django_db
def test_a_killed_build_goes_on_at_the_block_it_had_not_finished(blocks, monkeypatch):
    people = [ContactFactory(first_name=str(n), country="IT") for n in range(10)]
    settle()
    started()
    stop_after(monkeypatch, 2)
    scored = Score.objects.count()
    assert 0 < scored < len(people)
    assert build.run_waiting() == 0  # the lease of whoever was killed runs still
    job = ScoreBuild.objects.get()
    assert (job.state, job.done) == ("running", scored)
    ScoreBuild.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    seen = []
    real = build._score_block
    monkeypatch.setattr(build, "_score_block", lambda *args: (seen.append(args[2]), real(*args)))
    assert build.run_waiting() == 1
    assert len(seen) == len({pk.pk // locks.BLOCK for pk in people}) - 2
    job.refresh_from_db()
    assert (job.state, job.done, Score.objects.count()) == ("done", 10, 10)
    assert ScoreModel.objects.get().state == "live"


@pytest.mark.django_db
def test_a_newer_version_ends_the_build_of_the_one_before(blocks, monkeypatch):
    for _ in range(7):
        ContactFactory(country="IT")
    model = started()
    stop_after(monkeypatch, 1)
    ScoreBuild.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    services.update_model(model.pk, definition=scheme(group("fit", rule(ITALIAN, 30))), actor=SYSTEM)
    settle()
    assert set(points(model).values()) == {30}
    assert [job.state for job in ScoreBuild.objects.order_by("pk")] == ["superseded", "done"]
    assert set(Score.objects.values_list("version", flat=True)) == {2}


@pytest.mark.django_db
def test_what_fails_says_so_and_can_be_started_again(monkeypatch):
    ContactFactory(country="IT")
    model = started()
    monkeypatch.setattr(build, "_score_block", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        build.run_waiting()
    model.refresh_from_db()
    assert (model.state, model.error) == ("failed", "ZeroDivisionError: division by zero")
    monkeypatch.undo()
    services.rebuild_model(model.pk, actor=SYSTEM)
    settle()
    model.refresh_from_db()
    assert (model.state, model.error, Score.objects.count()) == ("live", "", 1)


@pytest.mark.django_db
def test_a_new_version_notes_what_moved_and_a_first_one_nothing():
    ContactFactory(first_name="Ada", country="IT")
    ContactFactory(first_name="Bob")
    model = make(TWENTY)
    assert not AttributeHistory.objects.filter(key="lead_score").exists()
    services.update_model(model.pk, definition=scheme(group("fit", rule(ITALIAN, 30))), actor=SYSTEM)
    settle()
    noted = AttributeHistory.objects.get(key="lead_score")
    assert (noted.old, noted.new) == (20, 30)
    assert Contact.objects.get(pk=noted.contact_id).first_name == "Ada"


@pytest.mark.django_db
def test_another_zone_or_currency_scores_everyone_anew(django_capture_on_commit_callbacks):
    ContactFactory(country="IT")
    make(TWENTY)
    with django_capture_on_commit_callbacks(execute=True):
        update_account({"time_zone": "Asia/Tokyo"}, actor=SYSTEM)
    assert ScoreBuild.objects.count() == 2
    settle()
    assert not audit.audit().wrong
    account.forget()


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_statement_everyone_is_scored_and_each_change_is_noted_once(blocks):
    people = [ContactFactory(country="IT") for _ in range(24)]
    model = make(TWENTY)
    services.update_model(model.pk, definition=scheme(group("fit", rule(ITALIAN, 30))), actor=SYSTEM)
    dice, kills = random.Random(7), 0
    while ScoreBuild.objects.filter(state__in=["queued", "running"]).exists():
        ScoreBuild.objects.filter(state="running").update(lease_until=clock.now() - timedelta(seconds=1))
        try:
            with connection.execute_wrapper(Killer(dice.randrange(25) if kills < 20 else sys.maxsize)):
                build.run_waiting()
        except Killed:
            kills += 1
    assert kills == 20
    assert set(points(model).values()) == {30}
    noted = Counter(AttributeHistory.objects.filter(key="lead_score").values_list("contact_id", flat=True))
    assert noted == {contact.pk: 1 for contact in people}
    job = ScoreBuild.objects.latest("pk")
    assert (job.state, job.done, job.moved) == ("done", 24, 24)
    assert not audit.audit().wrong
