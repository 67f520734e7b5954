"""The channel that somebody, and a list, answers to best: by her own answers where there are some, else by all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from campaigns.models import Campaign, Send, Suppression
from campaigns.tracking import best
from contacts.models import Consent
from crmseg.common import clock

from .campaign_worlds import list_of, subscriber
from .factories import ConsentFactory, ContactFactory

pytestmark = pytest.mark.django_db


def person(**fields):
    contact = subscriber(**({"email": f"p{ContactFactory.build().pk or clock.now().timestamp()}@a.example"} | fields))
    ConsentFactory(contact=contact, channel="sms")
    return contact


def sent(contact, channel, messages, clicks, **fields):
    """So many messages on a channel, of which so many were clicked."""
    now = clock.now()
    for number in range(messages):
        campaign = Campaign.objects.create(name="x", started_at=now, state="sent")
        Send.objects.create(
            campaign=campaign,
            contact_id=contact.pk,
            channel=channel,
            address="x",
            state="sent",
            sent_at=now - timedelta(days=number),
            clicked_at=now if number < clicks else None,
            **fields,
        )


def test_nobody_known_is_written_to_by_mail_first_and_else_by_what_there_is():
    both = person(phone="+390212345678")
    only_phone = person(email=None, phone="+390212345679")
    no_consent = ContactFactory(email="x@a.example")
    assert best.channel_of([both.pk, only_phone.pk, no_consent.pk]) == {both.pk: "email", only_phone.pk: "sms"}


def test_her_own_answers_decide_once_there_are_enough():
    ada, bob = person(phone="+390212345678"), person(email="b@a.example", phone="+390212345679")
    sent(ada, "email", 8, 0)
    sent(ada, "sms", 8, 6)
    sent(bob, "email", 8, 6)
    assert best.channel_of([ada.pk, bob.pk]) == {ada.pk: "sms", bob.pk: "email"}
    first, second = best.of_contact(ada.pk)
    assert (first.channel, first.messages, first.responses) == ("sms", 8, 6)
    assert first.score > second.score > 0


def test_one_click_weighs_less_than_many():
    rate = best.rates()["email"]
    ada = person(phone="+390212345678")
    sent(ada, "email", 1, 1)
    (answer,) = [one for one in best.of_contact(ada.pk) if one.channel == "email"]
    assert answer.score == pytest.approx((1 + best.STRENGTH * rate) / (1 + best.STRENGTH), abs=1e-5)
    assert answer.score < 0.2


@pytest.mark.parametrize("address", ["ada@a.example", "@A.example"])
def test_a_suppressed_address_is_no_channel(address):
    ada = person(email="ada@a.example", phone="+390212345678")
    Suppression.objects.create(address=address)
    assert best.channel_of([ada.pk]) == {ada.pk: "sms"}


def test_a_topic_that_was_declined_on_a_channel_leaves_the_other():
    ada = person(phone="+390212345678")
    Consent.objects.create(contact=ada, channel="email", topic="news", status="unsubscribed", changed_at=clock.now())
    with connection.cursor() as cursor:
        cursor.execute(best.rank_sql("SELECT %(id)s::bigint", "%(topic)s"), {"id": ada.pk, "topic": "news"})
        assert cursor.fetchall() == [(ada.pk, "sms")]
    assert best.channel_of([ada.pk]) == {ada.pk: "email"}


def test_a_list_answers_as_its_members_do_together():
    ada, bob, carl = (person(email=f"{name}@a.example", phone="+390212345678") for name in ("ada", "bob", "carl"))
    sent(ada, "email", 4, 1)
    sent(bob, "email", 4, 0)
    sent(bob, "sms", 4, 3)
    sent(carl, "email", 9, 9)
    found = best.of_list(list_of(ada, bob).pk, 2)
    assert [(one.channel, one.messages, one.responses) for one in found] == [("sms", 4, 3), ("email", 8, 1)]
    assert best.of_list(list_of().pk, 0) == []
