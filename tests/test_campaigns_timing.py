"""When messages go out: at each person's own hour, and never during quiet hours."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from campaigns import policy, timing
from campaigns.models import Campaign
from contacts.models import Contact
from crmseg.access import account
from crmseg.access.models import Account

from .campaign_worlds import MARKETER, draft, list_of, started, subscriber

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)  # a Monday; 12:00 in Rome, 06:00 in New York, 19:00 in Tokyo


@pytest.fixture(autouse=True)
def _rome():
    Account.objects.update_or_create(pk=1, defaults={"time_zone": "Europe/Rome"})
    account.forget()
    yield
    account.forget()


def everywhere():
    zones = {"Rome": "Europe/Rome", "York": "America/New_York", "Tokyo": "Asia/Tokyo", "Odd": "Nowhere", "None": None}
    return list_of(*(subscriber(first_name=name, time_zone=zone) for name, zone in zones.items()))


def planned(campaign):
    names = dict(Contact.objects.values_list("pk", "first_name"))
    return {names[send.contact_id]: send.next_attempt_at for send in campaign.sends.all()}


def quiet(begin, end):
    policy.update(data={"quiet_from": begin, "quiet_until": end}, actor=MARKETER)


def test_without_rules_everybody_is_due_at_once():
    with time_machine.travel(NOON, tick=False):
        assert set(planned(started(everywhere())).values()) == {None}


def test_everybody_gets_it_when_her_own_clock_shows_the_hour():
    with time_machine.travel(NOON, tick=False):
        assert planned(started(everywhere(), in_local_time=True)) == {
            "Rome": None,
            "Odd": None,
            "None": None,
            "York": NOON + timedelta(hours=6),
            "Tokyo": NOON + timedelta(hours=17),  # it is past noon there: tomorrow's
        }


def test_quiet_hours_are_those_of_the_readers_clock():
    quiet("21:00", "08:00")
    with time_machine.travel(NOON, tick=False):
        campaign = started(everywhere())
        assert planned(campaign) == {
            "Rome": None,
            "Odd": None,
            "None": None,
            "York": NOON + timedelta(hours=2),
            "Tokyo": None,
        }
    with time_machine.travel(NOON + timedelta(hours=12), tick=False):  # midnight in Rome, 18:00, 07:00
        ids = list(campaign.sends.values_list("contact_id", flat=True))
        names = dict(Contact.objects.values_list("pk", "first_name"))
        waiting = {names[pk]: until for pk, until in timing.not_now(campaign, ids).items()}
        assert waiting == dict.fromkeys(("Rome", "Odd", "None"), NOON + timedelta(hours=20)) | {
            "Tokyo": NOON + timedelta(hours=13)
        }


def test_quiet_hours_in_the_middle_of_the_day_wait_for_its_end():
    quiet("11:30", "15:00")
    with time_machine.travel(NOON, tick=False):
        assert planned(started(list_of(subscriber(first_name="Ada")))) == {"Ada": NOON + timedelta(hours=3)}


def test_a_local_hour_that_is_quiet_waits_for_the_end_of_the_quiet():
    quiet("11:30", "15:00")
    with time_machine.travel(NOON, tick=False):
        found = planned(started(everywhere(), in_local_time=True))
        assert found["York"] == NOON + timedelta(hours=9)


def test_the_hour_that_a_clock_skips_is_the_first_after_it():
    with time_machine.travel(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), tick=False):  # 01:30 in Rome, clocks jump at two
        quiet("01:00", "02:30")
        assert planned(started(list_of(subscriber(first_name="Ada")))) == {
            "Ada": datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
        }


def test_messages_to_a_service_know_no_quiet_hours():
    quiet("21:00", "08:00")
    campaign = draft(everywhere())
    Campaign.objects.filter(pk=campaign.pk).update(channel="webhook")
    assert not timing.matters(Campaign.objects.get(pk=campaign.pk))
