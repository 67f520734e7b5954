"""What keeps people back whom a campaign could reach: caps, more important campaigns, and the holdout."""

from datetime import timedelta

import pytest

from campaigns import audience, policy, scheduling, selectors, services
from campaigns.models import Campaign, Send
from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.problems import InvalidInput

from .campaign_worlds import MARKETER, draft, list_of, send_all, started, subscriber
from .factories import ConsentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _outbox(settings):
    settings.EMAIL_URL = ""


def cap(messages, days, *, channel="email", topic=""):
    return policy.add_cap(channel=channel, topic=topic, messages=messages, days=days, actor=MARKETER)


def outcomes(campaign):
    names = dict(Contact.objects.values_list("pk", "first_name"))
    return {names[send.contact_id]: send.reason or send.state for send in campaign.sends.all()}


def test_whoever_got_enough_is_capped_and_the_waterfall_says_so():
    ada, bob = subscriber(first_name="Ada"), subscriber(first_name="Bob")
    send_all(started(list_of(ada)))
    cap(1, 7)
    campaign = draft(list_of(ada, bob))
    assert audience.waterfall(campaign)["capped"] == 1
    campaign = services.start_campaign(campaign.pk, actor=MARKETER)
    assert outcomes(campaign) == {"Ada": "capped", "Bob": "queued"}
    assert outcomes(started(list_of(ada), ignores_caps=True)) == {"Ada": "queued"}
    Send.objects.filter(campaign__name="Spring", state="sent").update(sent_at=clock.now() - timedelta(days=8))
    assert outcomes(started(list_of(ada))) == {"Ada": "queued"}


def test_what_waits_in_another_campaign_counts_and_what_ignores_caps_does_not():
    ada = subscriber(first_name="Ada")
    cap(1, 7)
    receipt = started(list_of(ada), ignores_caps=True)
    assert outcomes(receipt) == {"Ada": "queued"}
    assert outcomes(started(list_of(ada))) == {"Ada": "queued"}
    assert outcomes(started(list_of(ada))) == {"Ada": "capped"}


def test_a_cap_of_a_topic_counts_messages_about_it_alone():
    ada = subscriber(first_name="Ada")
    cap(1, 7, topic="offers")
    send_all(started(list_of(ada), topic="news"))
    assert outcomes(send_all(started(list_of(ada), topic="offers"))) == {"Ada": "sent"}
    assert outcomes(started(list_of(ada), topic="offers")) == {"Ada": "capped"}
    assert outcomes(started(list_of(ada), topic="news")) == {"Ada": "queued"}


def test_two_starts_that_could_not_see_each_other_are_told_apart_before_delivery():
    ada = subscriber(first_name="Ada")
    one, two = started(list_of(ada)), started(list_of(ada))
    cap(1, 7)
    assert audience.refusals(one, [ada.pk]) == {}
    send_all(one)
    assert audience.refusals(two, [ada.pk]) == {ada.pk: "capped"}
    assert outcomes(send_all(two)) == {"Ada": "capped"}


def test_the_more_important_campaign_of_a_day_takes_whom_both_would_reach():
    ada, bob = subscriber(first_name="Ada"), subscriber(first_name="Bob")
    started(list_of(ada), priority=5)
    assert outcomes(started(list_of(ada, bob))) == {"Ada": "lower_priority", "Bob": "queued"}
    assert outcomes(started(list_of(ada), priority=5)) == {"Ada": "queued"}
    Campaign.objects.update(started_at=clock.now() - timedelta(days=2))
    assert outcomes(started(list_of(ada))) == {"Ada": "queued"}


def test_one_scheduled_for_later_that_day_takes_those_it_would_write_to():
    now = clock.now()
    at = now + timedelta(seconds=2)
    ada, bob = subscriber(first_name="Ada"), subscriber(first_name="Bob")
    ConsentFactory(contact=bob, topic="offers", status="unsubscribed")
    important = draft(list_of(ada, bob), priority=1, topic="offers")
    scheduling.schedule(important.pk, at=at, actor=MARKETER)
    if at.date() == now.date():  # two seconds before midnight, the other campaign is tomorrow's
        assert outcomes(started(list_of(ada, bob))) == {"Ada": "lower_priority", "Bob": "queued"}


def test_a_more_important_campaign_started_later_takes_who_still_waits():
    ada = subscriber(first_name="Ada")
    first = started(list_of(ada))
    started(list_of(ada), priority=9)
    assert outcomes(send_all(first)) == {"Ada": "lower_priority"}


def test_the_holdout_is_a_share_that_stays_the_same_and_gets_nothing():
    people = [subscriber() for _ in range(60)]
    everyone = list_of(*people)
    campaign = draft(everyone, holdout=0.3)
    before = audience.waterfall(campaign)
    campaign = services.start_campaign(campaign.pk, actor=MARKETER)
    assert campaign.waterfall == before
    assert 0 < campaign.waterfall["held_out"] < 40
    assert sum(campaign.waterfall[key] for key in (*audience.SKIPPED, "queued")) == 60
    held = set(Send.objects.filter(campaign=campaign, reason="held_out").values_list("contact_id", flat=True))
    campaign = send_all(campaign)
    assert selectors.report(campaign)["skipped"] == {"held_out": len(held)}
    other = started(everyone, holdout=0.3)
    also = set(Send.objects.filter(campaign=other, reason="held_out").values_list("contact_id", flat=True))
    assert held != also
    assert services.create_campaign(data={"name": "Any"}, actor=MARKETER).holdout == 0.05


def test_the_buckets_are_even_and_one_campaign_says_nothing_about_the_next():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT avg((one < 0.05)::int), avg((one < 0.5)::int), corr(one, two), min(one) >= 0 AND max(one) < 1
                  FROM (SELECT {audience.bucket("n", 7)} AS one, {audience.bucket("n", 8)} AS two
                          FROM generate_series(1::bigint, 40000) AS n) AS drawn"""
        )
        small, half, correlation, inside = cursor.fetchone()
    assert float(small) == pytest.approx(0.05, abs=0.005)
    assert float(half) == pytest.approx(0.5, abs=0.012)
    assert abs(correlation) < 0.02
    assert inside


def test_those_always_held_out_are_the_same_in_every_campaign():
    everyone = list_of(*(subscriber() for _ in range(40)))
    policy.update(data={"holdout": 0.4}, actor=MARKETER)
    held = []
    for _ in range(2):
        campaign = started(everyone)
        found = Send.objects.filter(campaign=campaign, reason="held_out_always")
        held.append(set(found.values_list("contact_id", flat=True)))
    assert held[0] == held[1]
    assert 0 < len(held[0]) < 40


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"holdout": 0.9}, "/holdout"),
        ({"holdout": "much"}, "/holdout"),
        ({"quiet_from": "21:00"}, "/quiet_until"),
        ({"quiet_from": "21:00", "quiet_until": "21:00"}, "/quiet_until"),
        ({"quiet_from": "late", "quiet_until": "08:00"}, "/quiet_from"),
        ({"other": 1}, "/other"),
    ],
)
def test_rules_that_cannot_be_are_refused(data, pointer):
    with pytest.raises(InvalidInput) as refused:
        policy.update(data=data, actor=MARKETER)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]


@pytest.mark.parametrize(("messages", "days"), [(0, 7), (3, 0), (3, 999), (True, 7), ("3", 7)])
def test_a_cap_that_cannot_be_is_refused(messages, days):
    with pytest.raises(InvalidInput):
        cap(messages, days)
    assert not policy.caps()


def test_a_cap_given_again_replaces_the_one_before():
    cap(3, 7)
    cap(5, 7)
    assert [(one.messages, one.days) for one in policy.caps()] == [(5, 7)]
