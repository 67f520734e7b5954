"""The health page and its command: true facts, states by thresholds, and what to do."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from contacts.models import ContactChange
from crmseg.access import health
from crmseg.access.health import facts, machine
from crmseg.access.models import User
from crmseg.common.clock import now
from segments.models import AuditReport

from .factories import ContactFactory

pytestmark = pytest.mark.django_db


def told() -> dict[str, health.Fact]:
    return {fact.key: fact for group in health.gather() for fact in group.facts}


def test_every_fact_has_a_key_of_its_own_and_a_state():
    every = [fact for group in health.gather() for fact in group.facts]
    assert len({fact.key for fact in every}) == len(every) > 15
    assert {fact.state for fact in every} <= {"good", "quiet", "warn", "bad"}
    assert all(fact.advice for fact in every if fact.state in {"warn", "bad"})


def test_changes_that_wait_long_are_bad_and_say_what_to_do():
    ContactFactory()
    ContactChange.objects.update(at=now() - timedelta(seconds=5))
    assert told()["changes.lag_seconds"].state == "good"
    ContactChange.objects.update(at=now() - timedelta(minutes=10))
    late = told()["changes.lag_seconds"]
    assert (late.state, late.value >= 600) == ("bad", True)
    assert "live" in late.advice


def test_an_audit_that_found_something_is_bad_until_it_is_repaired():
    report = AuditReport.objects.create(segments=3, contacts=10, missing=1, extra=0)
    assert told()["lists.audit"].state == "bad"
    AuditReport.objects.filter(pk=report.pk).update(repaired=True)
    assert told()["lists.audit"].state == "warn"
    AuditReport.objects.create(segments=3, contacts=10, missing=0, extra=0)
    assert told()["lists.audit"].state == "good"


def test_an_audit_that_did_not_run_is_missed():
    report = AuditReport.objects.create(segments=3, contacts=10, missing=0, extra=0)
    AuditReport.objects.filter(pk=report.pk).update(at=now() - timedelta(days=2))
    assert told()["lists.audit"].state == "warn"


def test_facts_ask_as_often_however_many_rows(django_assert_max_num_queries):
    ContactFactory.create_batch(30)
    with django_assert_max_num_queries(45):
        health.gather()


def test_who_does_not_answer_is_a_fact(monkeypatch, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    facts_now = told()
    assert facts_now["broker.answers"].state == "bad"
    assert facts_now["processes.answers"].advice
    assert facts_now["database.migrations_left"].value == 0


def test_a_question_the_database_refuses_spoils_no_other(monkeypatch):
    def wrong():
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column")
        yield

    monkeypatch.setitem(facts._tellers, "wrong", (1, "Wrong", wrong))
    assert told()["wrong.answers"].state == "bad"
    assert told()["database.migrations_left"].state == "good"


def test_the_page_shows_troubles_first_and_looks_again_by_itself(client: Client):
    client.force_login(User.objects.create_superuser("ada@example.org", "correct horse battery"))
    AuditReport.objects.create(segments=3, contacts=10, missing=4, extra=0)
    text = client.get("/settings/health/").content.decode()
    assert text.index("segments_audit") < text.index("PostgreSQL")
    assert 'hx-trigger="every 5s"' in text
    assert "act now" in text


def test_the_page_is_for_administrators(client: Client):
    client.force_login(User.objects.create_user("mark@example.org", role="marketer"))
    assert client.get("/settings/health/").status_code == 403


def test_scripts_get_the_same_facts_and_an_exit_code(capsys, monkeypatch):
    monkeypatch.setattr(facts, "_tellers", {"one": (1, "One", lambda: [health.Fact("one.fact", "Fact", 7)])})
    call_command("health", "--json")
    document = json.loads(capsys.readouterr().out)
    assert document["facts"] == {"one.fact": {"value": 7, "state": "good"}}
    broken = health.Fact("one.fact", "Fact", 9, "9", "bad", "Do this.")
    monkeypatch.setattr(facts, "_tellers", {"one": (1, "One", lambda: [broken])})
    with pytest.raises(SystemExit):
        call_command("health")
    assert "Do this." in capsys.readouterr().out


def test_a_full_disk_is_told(monkeypatch):
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _path: usage(100, 99, 1))
    assert told()["disk.free_bytes"].state == "bad"


def test_not_ready_yet_is_no_error_in_the_log(client: Client, settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with caplog.at_level(logging.ERROR):
        assert client.get("/readyz").status_code == 503
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
