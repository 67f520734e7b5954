"""What all campaigns together changed, by those who are held out of every one."""

from datetime import timedelta

import pytest

from campaigns.measuring.overall import overall
from campaigns.models import Campaign, Send
from contacts.models import Contact, Event
from crmseg.access import account
from crmseg.common import clock

from .factories import EventTypeFactory
from .test_campaigns_api import ROOT, pointers, program

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def now():
    return clock.now()


def world(now, *, treated=(400, 120), held_out=(200, 30)):
    """Two campaigns to the same people; so many of them ordered once between the two."""
    sizes = [*treated, *held_out]
    people = Contact.objects.bulk_create(Contact(email=f"p{n}@example.org") for n in range(treated[0] + held_out[0]))
    groups = (people[: sizes[0]], people[sizes[0] :])
    for days in (20, 10):
        campaign = Campaign.objects.create(name="Any", state="sent", started_at=now - days * DAY)
        for group, state, reason in zip(groups, ("sent", "skipped"), ("", "held_out_always"), strict=True):
            Send.objects.bulk_create(
                Send(campaign=campaign, contact_id=one.pk, address=one.email, state=state, reason=reason)
                for one in group
            )
    order, currency = EventTypeFactory(name="Order Completed"), account.current().currency
    Event.objects.bulk_create(
        Event(contact=one, type=order, occurred_at=now - 15 * DAY, received_at=now, amount=2_000, currency=currency)
        for group, count in zip(groups, (treated[1], held_out[1]), strict=True)
        for one in group[:count]
    )
    return groups


def test_those_held_out_of_all_campaigns_are_beside_those_of_any(now):
    world(now)
    said = overall(now)
    assert (said["goal"], said["treated"], said["held_out"], said["verdict"]) == ("Order Completed", 400, 200, "more")
    assert said["conversion"]["treated"] == 0.3
    assert said["conversion"]["held_out"] == 0.15
    assert said["conversion"]["low"] > 0
    assert said["revenue"]["difference"] == pytest.approx(3.0)


def test_what_was_bought_before_the_first_campaign_does_not_count(now):
    world(now)
    Event.objects.update(occurred_at=now - 25 * DAY)
    said = overall(now)
    assert said["verdict"] == "too_small"
    assert said["conversion"]["treated"] == 0.0


def test_whoever_never_was_to_get_anything_is_in_neither_group(now):
    (treated, _held_out) = world(now)
    Send.objects.filter(contact_id__in=[one.pk for one in treated[:50]]).update(state="skipped", reason="no_consent")
    assert overall(now)["treated"] == 350


def test_without_a_holdout_or_a_goal_nothing_is_said(now):
    assert overall(now)["verdict"] == "no_goal"
    world(now, held_out=(0, 0))
    said = overall(now)
    assert (said["verdict"], said["conversion"]) == ("no_holdout", None)


def test_programs_ask_for_it(now):
    world(now)
    api = program("read")
    assert api.get(f"{ROOT}effect/").json()["verdict"] == "more"
    assert api.get(f"{ROOT}effect/?days=5").json()["verdict"] == "no_goal"
    assert pointers(api.get(f"{ROOT}effect/?days=0")) == {"/days"}
    assert pointers(api.get(f"{ROOT}effect/?days=many")) == {"/days"}
