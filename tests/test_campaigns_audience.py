"""Whom a campaign reaches: everyone in its lists has a row, and whoever is skipped has a reason."""

import pytest
from django.db import connection

from campaigns import audience, selectors, services
from campaigns.models import Send, Suppression
from contacts.models import Consent, Contact
from crmseg.access.models import AuditEntry
from crmseg.common import clock
from crmseg.common.problems import Conflict, InvalidInput
from segments.models import Membership

from .campaign_worlds import MARKETER, draft, list_of, started, subscriber
from .factories import ConsentFactory, ContactFactory

pytestmark = pytest.mark.django_db


def outcomes(campaign):
    names = dict(Contact.objects.values_list("pk", "first_name"))
    return {names[send.contact_id]: send.reason or send.state for send in campaign.sends.all()}


def test_everyone_in_the_lists_is_queued_or_skipped_for_one_reason():
    ada = subscriber(first_name="Ada")
    excluded = subscriber(first_name="Excluded")
    nowhere = subscriber(first_name="Nowhere", email=None)
    unasked = ContactFactory(first_name="Unasked")
    gone = ContactFactory(first_name="Gone")
    ConsentFactory(contact=gone, status="unsubscribed")
    bounced = subscriber(first_name="Bounced", email="bounced@example.org")
    Suppression.objects.create(address="BOUNCED@example.org")
    twice = subscriber(first_name="Twice", email=" contact-ada@example.org")
    Contact.objects.filter(pk=ada.pk).update(email="contact-ada@example.org")
    subscriber(first_name="Elsewhere")

    everyone = list_of(ada, excluded, nowhere, unasked, gone, bounced, twice)
    again = list_of(ada)
    campaign = draft(everyone, again, exclude=(list_of(excluded),))
    before = audience.waterfall(campaign)
    campaign = services.start_campaign(campaign.pk, actor=MARKETER)

    assert outcomes(campaign) == {
        "Ada": "queued",
        "Excluded": "excluded",
        "Nowhere": "no_address",
        "Unasked": "no_consent",
        "Gone": "no_consent",
        "Bounced": "suppressed",
        "Twice": "duplicate_address",
    }
    assert campaign.waterfall == before
    assert campaign.waterfall == {
        "in_lists": 7,
        "excluded": 1,
        "no_address": 1,
        "no_consent": 2,
        "suppressed": 1,
        "duplicate_address": 1,
        "capped": 0,
        "asked_lately": 0,
        "lower_priority": 0,
        "held_out_always": 0,
        "held_out": 0,
        "queued": 1,
    }
    assert campaign.versions_used == {str(pk): 1 for pk in [*campaign.include, *campaign.exclude]}
    assert selectors.report(campaign)["skipped"] == {
        "duplicate_address": 1,
        "excluded": 1,
        "no_address": 1,
        "no_consent": 2,
        "suppressed": 1,
    }


def test_a_topic_keeps_out_whoever_said_no_to_it_and_nobody_else():
    ada, bob = subscriber(first_name="Ada"), subscriber(first_name="Bob")
    ConsentFactory(contact=bob, topic="offers", status="unsubscribed")
    everyone = list_of(ada, bob)
    assert outcomes(started(everyone, topic="offers")) == {"Ada": "queued", "Bob": "no_consent"}
    assert outcomes(started(everyone, topic="news")) == {"Ada": "queued", "Bob": "queued"}
    assert outcomes(started(everyone)) == {"Ada": "queued", "Bob": "queued"}


def test_the_audience_is_frozen_at_the_start():
    ada, bob = subscriber(first_name="Ada"), subscriber(first_name="Bob")
    friends = list_of(ada)
    campaign = started(friends)
    Membership.objects.create(segment=friends, contact_id=bob.pk, entered_at=clock.now())
    assert outcomes(campaign) == {"Ada": "queued"}


def test_starting_twice_changes_nothing():
    friends = list_of(subscriber())
    campaign = started(friends)
    again = services.start_campaign(campaign.pk, actor=MARKETER)
    assert again.started_at == campaign.started_at
    assert campaign.sends.count() == 1
    assert [note.what for note in campaign.notes.all()] == ["started"]
    assert AuditEntry.objects.filter(object_type="campaign", action="started").count() == 1


@pytest.mark.parametrize(("state", "word"), [("building", "being built"), ("failed", "could not be built")])
def test_a_list_that_is_not_ready_refuses_the_start(state, word):
    campaign = draft(list_of(subscriber()), exclude=(list_of(name="Slow", state=state),))
    with pytest.raises(Conflict) as refused:
        services.start_campaign(campaign.pk, actor=MARKETER)
    assert [problem.pointer for problem in refused.value.problems] == ["/exclude/0"]
    assert "Slow" in refused.value.problems[0].message
    assert word in refused.value.problems[0].message
    assert not Send.objects.exists()


def test_an_incomplete_draft_says_everything_it_lacks():
    campaign = services.create_campaign(data={"name": "Empty"}, actor=MARKETER)
    with pytest.raises(InvalidInput) as refused:
        services.start_campaign(campaign.pk, actor=MARKETER)
    assert {problem.pointer for problem in refused.value.problems} == {"/include", "/subject", "/body_html"}


def test_pause_resume_and_cancel():
    campaign = started(list_of(subscriber(), subscriber()))
    assert services.pause_campaign(campaign.pk, actor=MARKETER).state == "paused"
    assert services.pause_campaign(campaign.pk, actor=MARKETER).state == "paused"
    assert services.resume_campaign(campaign.pk, actor=MARKETER).state == "sending"
    assert services.cancel_campaign(campaign.pk, actor=MARKETER).state == "cancelled"
    assert selectors.report(campaign)["skipped"] == {"cancelled": 2}
    for refused in (services.start_campaign, services.resume_campaign, services.delete_campaign):
        with pytest.raises(Conflict):
            refused(campaign.pk, actor=MARKETER)
    assert [note.what for note in campaign.notes.order_by("pk")] == ["started", "paused", "resumed", "cancelled"]


def test_a_started_campaign_is_changed_by_copying_it():
    campaign = started(list_of(subscriber()))
    with pytest.raises(Conflict):
        services.update_campaign(campaign.pk, data={"subject": "Other"}, actor=MARKETER)
    copy = services.copy_campaign(campaign.pk, actor=MARKETER)
    assert (copy.state, copy.subject, copy.include) == ("draft", campaign.subject, campaign.include)


def test_ten_thousand_people_are_frozen_at_once():
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH people AS (
                INSERT INTO contacts_contact (email, created_at, updated_at)
                SELECT 'p' || n || '@example.org', now(), now() FROM generate_series(1, 10000) AS n RETURNING id
            ), agreed AS (
                INSERT INTO contacts_consent (contact_id, channel, topic, status, changed_at)
                SELECT id, 'email', '', 'subscribed', now() FROM people
            )
            SELECT array_agg(id) FROM people
            """
        )
        (ids,) = cursor.fetchone()
    segment = list_of()
    Membership.objects.bulk_create(Membership(segment=segment, contact_id=pk, entered_at=clock.now()) for pk in ids)
    campaign = draft(segment)
    campaign = services.start_campaign(campaign.pk, actor=MARKETER)
    assert campaign.waterfall["queued"] == 10_000


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_start_it_once():
    from concurrent.futures import ThreadPoolExecutor

    campaign = draft(list_of(*(subscriber() for _ in range(20))))

    def click(_):
        try:
            return services.start_campaign(campaign.pk, actor=MARKETER).state
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(click, range(4))) == {"sending"}
    assert campaign.sends.count() == 20
    assert campaign.notes.count() == 1
    assert Consent.objects.count() == 20
