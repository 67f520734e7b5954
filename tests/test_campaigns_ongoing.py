"""Campaigns that write, once, to whoever enters their lists, whatever is killed and whenever."""

import pytest
from django.db import connection

from campaigns import audience, ongoing, selectors, services, tasks
from campaigns.experiments import decide
from campaigns.models import Campaign, Send
from campaigns.sending import finish, lease
from contacts.models import Consent, ContactChange
from crmseg.common import clock
from crmseg.common.problems import InvalidInput
from segments.engine import build, drain
from segments.models import LedgerEntry
from segments.services import add_members, create_segment, remove_members

from .campaign_worlds import MARKETER, draft, list_of, send_all, subscriber
from .factories import ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _outbox(settings):
    settings.EMAIL_URL = ""


def welcoming(*lists, **data):
    campaign = draft(*lists, kind="ongoing", **data)
    return services.start_campaign(campaign.pk, actor=MARKETER)


def enter(segment, *contacts):
    add_members(segment.pk, [contact.pk for contact in contacts], actor=MARKETER)


def greeted(campaign):
    return dict(Send.objects.filter(campaign=campaign).values_list("contact_id", "state"))


def test_whoever_enters_is_greeted_once_and_whoever_was_in_is_not():
    ada, bob = subscriber(), subscriber()
    friends = list_of()
    enter(friends, ada)
    campaign = welcoming(friends)
    assert ongoing.greet_everywhere() == []
    enter(friends, bob)
    assert ongoing.greet_everywhere() == [campaign.pk]
    assert greeted(send_all(campaign)) == {bob.pk: "sent"}
    remove_members(friends.pk, [bob.pk], actor=MARKETER)
    enter(friends, bob)
    ongoing.greet(campaign.pk)
    assert greeted(send_all(campaign)) == {bob.pk: "sent"}
    assert Send.objects.get(campaign=campaign).attempts == 1


def test_an_active_list_greets_whoever_comes_to_match():
    italians = create_segment(
        name="Italians", kind="active", definition={"property": "country", "op": "is", "value": "IT"}, actor=MARKETER
    )
    while build.run_waiting():
        pass
    campaign = welcoming(italians)
    ada = subscriber(country="IT")
    drain.drain()
    assert not ContactChange.objects.exists()
    assert ongoing.greet(campaign.pk) == 1
    assert greeted(campaign) == {ada.pk: "queued"}


def test_it_never_ends_by_itself_and_asks_for_no_work_while_nobody_waits():
    friends = list_of()
    campaign = welcoming(friends)
    assert not finish.finish_if_done(campaign.pk)
    assert lease.due_campaigns(clock.now()) == []
    enter(friends, subscriber())
    ongoing.greet(campaign.pk)
    assert lease.due_campaigns(clock.now()) == [campaign.pk]
    assert send_all(campaign).state == "sending"
    services.cancel_campaign(campaign.pk, actor=MARKETER)
    enter(friends, subscriber())
    assert ongoing.greet_everywhere() == []


def test_a_pause_greets_later_and_forgets_nobody():
    friends, ada = list_of(), subscriber()
    campaign = welcoming(friends)
    services.pause_campaign(campaign.pk, actor=MARKETER)
    enter(friends, ada)
    assert ongoing.greet_everywhere() == []
    services.resume_campaign(campaign.pk, actor=MARKETER)
    assert ongoing.greet_everywhere() == [campaign.pk]


def test_a_kill_between_the_rows_and_the_place_in_the_ledger_adds_nobody_twice(monkeypatch):
    friends, people = list_of(), [subscriber() for _ in range(5)]
    campaign = welcoming(friends)
    enter(friends, *people)
    monkeypatch.setattr(ongoing, "AT_ONCE", 2)
    real, turns = audience.add, []

    def dies_at_the_second_turn(*arguments):
        turns.append(1)
        added = real(*arguments)
        if len(turns) == 2:
            raise KeyboardInterrupt
        return added

    monkeypatch.setattr(audience, "add", dies_at_the_second_turn)
    with pytest.raises(KeyboardInterrupt):
        ongoing.greet(campaign.pk)
    assert len(greeted(campaign)) == 2
    ongoing.greet(campaign.pk)
    assert set(greeted(campaign)) == {one.pk for one in people}
    Campaign.objects.filter(pk=campaign.pk).update(ledger_cursor=0)
    assert ongoing.greet(campaign.pk) == 0
    assert len(greeted(campaign)) == 5


def test_whoever_could_not_be_reached_is_judged_anew_when_she_enters_again():
    friends, ada = list_of(), ContactFactory()
    campaign = welcoming(friends)
    enter(friends, ada)
    ongoing.greet(campaign.pk)
    assert selectors.report(campaign)["skipped"] == {"no_consent": 1}
    Consent.objects.create(contact=ada, channel="email", topic="", status="subscribed", changed_at=clock.now())
    remove_members(friends.pk, [ada.pk], actor=MARKETER)
    enter(friends, ada)
    assert ongoing.greet(campaign.pk) == 1
    assert greeted(send_all(campaign)) == {ada.pk: "sent"}
    tally = audience.so_far(campaign)
    assert (tally["in_lists"], tally["queued"], tally["no_consent"]) == (1, 1, 0)


def test_who_shares_an_address_with_somebody_greeted_before_is_not_greeted():
    friends, ada = list_of(), subscriber(email="ada@example.org")
    twin = subscriber(email=" ada@example.org")
    campaign = welcoming(friends)
    enter(friends, ada)
    ongoing.greet(campaign.pk)
    enter(friends, twin)
    ongoing.greet(campaign.pk)
    assert Send.objects.get(campaign=campaign, contact_id=twin.pk).reason == "duplicate_address"


def test_entries_not_numbered_at_the_start_are_not_greeted_and_later_ones_are():
    friends, ada, bob = list_of(), subscriber(), subscriber()
    enter(friends, ada)
    LedgerEntry.objects.update(cursor=None)
    campaign = welcoming(friends)
    enter(friends, bob)
    LedgerEntry.objects.filter(contact_id=bob.pk).update(cursor=None)
    ongoing.greet_everywhere()
    assert set(greeted(campaign)) == {bob.pk}


def test_a_definition_cannot_be_entered():
    definition = {"property": "country", "op": "is", "value": "IT"}
    campaign = draft(list_of(), kind="ongoing")
    services.update_campaign(campaign.pk, data={"include": [*campaign.include, definition]}, actor=MARKETER)
    with pytest.raises(InvalidInput) as refused:
        services.start_campaign(campaign.pk, actor=MARKETER)
    assert [problem.pointer for problem in refused.value.problems] == ["/include/1"]


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_greet_everybody_once():
    from concurrent.futures import ThreadPoolExecutor

    friends, people = list_of(), [subscriber() for _ in range(30)]
    campaign = welcoming(friends)
    enter(friends, *people)

    def work(_):
        try:
            return ongoing.greet(campaign.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 30
    ongoing.greet(campaign.pk)
    assert len(greeted(campaign)) == 30


def test_a_definition_that_can_no_longer_be_read_stops_its_own_campaign_and_no_other():
    newcomers, bob = list_of(), subscriber()
    broken = welcoming(newcomers)
    Campaign.objects.filter(pk=broken.pk).update(exclude=[{"property": "attributes.gone", "op": "is", "value": 1}])
    whole = welcoming(newcomers)
    enter(newcomers, bob)
    tasks.sweep()
    assert greeted(send_all(whole)) == {bob.pk: "sent"}
    broken.refresh_from_db()
    assert (broken.state, bool(broken.trouble)) == ("paused", True)


def test_what_fails_in_a_sweep_keeps_nothing_else_waiting(monkeypatch):
    newcomers, bob = list_of(), subscriber()
    campaign = welcoming(newcomers)
    enter(newcomers, bob)

    def fail(now):
        raise ZeroDivisionError

    monkeypatch.setattr(decide, "decide_due", fail)
    with pytest.raises(ZeroDivisionError):
        tasks.sweep()
    assert greeted(send_all(campaign)) == {bob.pk: "sent"}
