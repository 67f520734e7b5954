"""How long things are kept: nothing is deleted unless somebody chose it and was shown how much, and lists stay true."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from contacts import partitions
from contacts.models import AttributeHistory, ContactChange, Event
from crmseg.access import audit, retention
from crmseg.access.models import AuditEntry, Retention, User
from crmseg.common.actor import SYSTEM
from crmseg.common.clock import now
from crmseg.common.problems import InvalidInput

from .factories import ContactFactory, EventFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada@example.org", "correct horse battery"))
    return client


def test_everything_is_kept_for_ever_unless_somebody_says_otherwise():
    EventFactory(occurred_at=now() - timedelta(days=3_000))
    assert retention.prune() == 0
    assert Event.objects.count() == 1


def test_whole_months_of_events_go_with_their_partition_and_lists_hear_of_it():
    old, new = now() - timedelta(days=800), now()
    partitions.ensure_months([partitions.month_of(old)])
    gone, stays = EventFactory(occurred_at=old), EventFactory(occurred_at=new)
    ContactChange.objects.all().delete()
    retention.keep_for({"events": 365}, actor=SYSTEM)
    assert retention.prune() == 1
    assert [*Event.objects.values_list("pk", flat=True)] == [stays.pk]
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [partitions.name_of(partitions.month_of(old))])
        assert cursor.fetchone()[0] is None
    heard = ContactChange.objects.get()
    assert (heard.contact_id, heard.keys) == (gone.contact_id, [f"event:{gone.type.name}"])
    assert AuditEntry.objects.get(action="pruned").changes["rows"] == 1


def test_events_without_a_month_of_their_own_go_row_by_row():
    EventFactory(occurred_at=now() - timedelta(days=5_000))
    EventFactory(occurred_at=now() - timedelta(days=20))
    retention.keep_for({"events": 3650}, actor=SYSTEM)
    assert retention.prune() == 1
    assert Event.objects.count() == 1


def test_what_attributes_were_goes_and_what_they_are_stays():
    contact = ContactFactory(country="IT")
    type(contact).objects.filter(pk=contact.pk).update(country="FR")
    AttributeHistory.objects.update(at=now() - timedelta(days=100))
    retention.keep_for({"history": 90}, actor=SYSTEM)
    assert retention.prune() >= 1
    assert not AttributeHistory.objects.exists()
    contact.refresh_from_db()
    assert contact.country == "FR"


def test_old_entries_of_the_audit_log_go_and_say_so():
    old = audit.record(SYSTEM, "created", User(pk=1, email="x@example.org"))
    AuditEntry.objects.filter(pk=old.pk).update(at=now() - timedelta(days=400))
    retention.keep_for({"audit": 365}, actor=SYSTEM)
    retention.prune()
    assert not AuditEntry.objects.filter(pk=old.pk).exists()
    assert AuditEntry.objects.filter(action="pruned").exists()


def test_pruning_twice_finds_nothing_more():
    EventFactory(occurred_at=now() - timedelta(days=5_000))
    retention.keep_for({"events": 3650}, actor=SYSTEM)
    assert [retention.prune(), retention.prune()] == [1, 0]


def test_a_shorter_term_is_shown_before_it_is_saved(admin: Client):
    EventFactory.create_batch(3, occurred_at=now() - timedelta(days=5_000))
    wanted = {"events": "1825", "history": "0", "audit": "0"}
    text = admin.post("/settings/retention/", wanted).content.decode()
    assert "Not saved yet" in text
    assert "3 rows" in text
    assert not Retention.objects.exists()
    admin.post("/settings/retention/", wanted | {"sure": "1"})
    assert Retention.objects.get().days == 1825
    assert Event.objects.count() == 3


def test_back_to_for_ever_needs_no_warning(admin: Client):
    retention.keep_for({"events": 365}, actor=SYSTEM)
    admin.post("/settings/retention/", {"events": "0", "history": "0", "audit": "0"})
    assert not Retention.objects.exists()
    assert AuditEntry.objects.latest("pk").before == {"days": 365}


def test_only_offered_terms_are_taken():
    for wrong in ({"events": 1}, {"contacts": 365}):
        with pytest.raises(InvalidInput):
            retention.keep_for(wrong, actor=SYSTEM)
