"""The audit of lists also holds worth against the truth, under all settings; it names who is wrong, and mends her."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import Contact, Event, Worth, WorthSettings
from contacts.worth import auditing, bulk, settings
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments.engine import audit

from .test_worth_agreement import SETTINGS, world
from .worth_world import NOW, shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def wrong():
    return [pk for one in auditing.compare(NOW, []) for pk in one.contacts]


@pytest.mark.parametrize("name", SETTINGS)
def test_what_is_kept_is_the_truth_under_these_settings(name):
    WorthSettings.objects.update_or_create(pk=1, defaults={**SETTINGS[name], "version": 7})
    world(120, 11)
    bulk.renew(NOW)
    assert Worth.objects.exists()
    assert wrong() == []


def test_a_wrong_row_a_missing_row_and_a_row_of_nobody_are_found():
    people = shop(80)
    bulk.renew(NOW)
    altered, regrouped, missing = people[3].pk, people[5].pk, people[7].pk
    Worth.objects.filter(contact_id=altered).update(revenue=1)
    Worth.objects.filter(contact_id=regrouped).update(rfm_group="nowhere")
    Worth.objects.filter(contact_id=missing).delete()
    assert wrong() == [altered, regrouped, missing]


def test_whoever_waits_to_be_looked_at_is_left_to_the_next_audit():
    (one, *_others) = shop(60)
    bulk.renew(NOW)
    Worth.objects.filter(contact_id=one.pk).update(orders=99)
    assert auditing.compare(NOW, [one.pk]) == []


def test_an_event_of_tomorrow_does_not_count_yet():
    (one, *_others) = shop(60)
    event = Event.objects.filter(contact=one).first()
    event.pk, event.occurred_at = None, NOW + timedelta(days=1)
    event.save()
    bulk.renew(NOW)
    assert wrong() == []


def test_the_audit_of_lists_says_it_and_mends_it():
    shop(80)
    bulk.renew(NOW)
    assert not audit.audit().wrong
    some = Contact.objects.order_by("pk").first()
    Worth.objects.filter(contact=some).update(net_value=-5)
    found = audit.audit()
    assert found.counted()["worth"] == 1
    audit.repair(found)
    assert not audit.audit().wrong


def test_settings_that_nobody_has_counted_under_are_counted_under_first():
    shop(80)
    bulk.renew(NOW)
    settings.change({"at_risk_gaps": 1, "lost_gaps": 1.5}, actor=SYSTEM)
    assert not audit.audit().wrong
    assert wrong() == []
    assert not auditing.is_waiting()
