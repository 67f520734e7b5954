"""The arms of a test, from the draft to the winner: who gets which, who waits, and who decides."""

from collections import Counter
from datetime import timedelta

import pytest

from campaigns import services
from campaigns.experiments import arms, decide, split
from campaigns.models import Campaign, Send
from campaigns.sending import finish, lease
from crmseg.access.models import AuditEntry
from crmseg.common import clock
from crmseg.common.problems import Conflict, InvalidInput

from .campaign_worlds import MARKETER, draft, list_of, subscriber
from .test_campaigns_api import ROOT, pointers, program

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _outbox(settings):
    settings.EMAIL_URL = ""


@pytest.fixture
def api():
    return program()


def with_arms(*given, include=(), **fields):
    campaign = draft(*include, **({"holdout": 0} | fields))
    for data in given or ({}, {"subject": "Other"}):
        arms.add_arm(campaign.pk, data=data, actor=MARKETER)
    return campaign


def running(people=400, *given, **fields):
    """A test under way, of people who are nobody's contacts: only the split is looked at."""
    campaign = with_arms(*given, **fields)
    Send.objects.bulk_create(Send(campaign=campaign, contact_id=n, address=f"c{n}@x.org") for n in range(people))
    split.assign(campaign)
    campaign.state, campaign.started_at = "sending", clock.now()
    campaign.save()
    return campaign


def send_test(campaign, at=None, **clicked):
    """Everyone who takes part was written to; so many of each arm clicked."""
    at = at or campaign.started_at
    mine = Send.objects.filter(campaign=campaign)
    mine.filter(state="queued").update(state="sent", sent_at=at, attempts=1)
    for key, people in clicked.items():
        ids = list(mine.filter(arm__key=key).values_list("pk", flat=True)[:people])
        mine.filter(pk__in=ids).update(clicked_at=at + HOUR / 2)


def test_arms_are_made_changed_and_taken_away_in_a_draft(api):
    at = f"{ROOT}{draft(list_of()).pk}/arms/"
    first = api.post(at, {"name": "As it is"}, format="json")
    assert (first.status_code, first.json()["key"], first.json()["weight"]) == (201, "A", 1)
    second = {"subject": "Hi", "weight": 2, "variables": {"price": 19.9, "product": "Tea", "is_new": True, "n": 2}}
    assert api.post(at, second, format="json").json()["variables"] == second["variables"]
    assert [arm["key"] for arm in api.get(at).json()] == ["A", "B"]
    assert api.patch(f"{at}B/", {"weight": 3}, format="json").json()["weight"] == 3
    assert api.delete(f"{at}A/").status_code == 204
    assert api.post(at, {}, format="json").json()["key"] == "A"
    assert api.get(f"{at}C/").status_code == 404
    assert AuditEntry.objects.filter(object_type="arm").values_list("action", flat=True).count() == 5


def test_every_problem_of_an_arm_is_pointed_at(api):
    at = f"{ROOT}{draft(list_of()).pk}/arms/"
    wrong = {
        "weight": -1,
        "delay_minutes": "soon",
        "colour": "red",
        "sender": "nobody",
        "variables": {"a b": 1, "list": [1], "long": "x" * 3_000},
        "name": "x" * 101,
    }
    assert pointers(api.post(at, wrong, format="json")) == {
        "/weight",
        "/delay_minutes",
        "/colour",
        "/sender",
        "/variables/a b",
        "/variables/list",
        "/variables/long",
        "/name",
    }
    assert pointers(api.post(at, {"subject": "{{ broken"}, format="json")) == {"/subject"}
    assert pointers(api.post(at, {"variables": []}, format="json")) == {"/variables"}


def test_there_are_at_most_ten_and_none_after_the_start(api):
    campaign = draft(list_of(subscriber()), holdout=0)
    at = f"{ROOT}{campaign.pk}/arms/"
    made = [api.post(at, {}, format="json").json()["key"] for _arm in range(10)]
    assert "".join(made) == arms.KEYS
    assert api.post(at, {}, format="json").status_code == 400
    services.start_campaign(campaign.pk, actor=MARKETER)
    assert api.post(at, {}, format="json").status_code == 409
    assert api.patch(f"{at}A/", {"weight": 2}, format="json").status_code == 409
    assert api.delete(f"{at}A/").status_code == 409


@pytest.mark.parametrize(
    ("given", "fields", "pointer"),
    [
        ([{}], {}, "/arms"),
        ([{"weight": 0}, {"weight": 0}], {}, "/arms"),
        ([{}, {}], {"test_metric": "opened", "track_opens": False}, "/test_metric"),
        ([{}, {}], {"test_metric": "clicked", "track_clicks": False}, "/test_metric"),
        ([{}, {}], {"test_metric": "revenue", "goal_event": ""}, "/test_metric"),
    ],
)
def test_a_test_that_could_not_be_decided_is_not_started(given, fields, pointer):
    campaign = with_arms(*given, include=[list_of(subscriber())], **fields)
    with pytest.raises(InvalidInput) as refused:
        services.start_campaign(campaign.pk, actor=MARKETER)
    assert pointer in {problem.pointer for problem in refused.value.problems}


def test_a_copy_has_the_arms_too():
    copied = services.copy_campaign(with_arms().pk, actor=MARKETER)
    assert [arm.subject for arm in copied.arms.all()] == ["", "Other"]


def test_arms_are_divided_by_weight_over_the_share_and_the_others_wait():
    campaign = running(2_000, {"weight": 1}, {"weight": 3}, test_share=0.4)
    people = Counter(Send.objects.filter(campaign=campaign).values_list("arm__key", "state"))
    assert set(people) == {("A", "queued"), ("B", "queued"), (None, "waiting")}
    # Within four standard deviations of 200 and 600.
    assert abs(people["A", "queued"] - 200) < 4 * 13.5
    assert abs(people["B", "queued"] - 600) < 4 * 20.5
    assert split.assign(campaign) == 0


def test_a_start_gives_arms_and_delays_as_anybody_who_comes_later_gets_them():
    everyone = list_of(*(subscriber() for _ in range(60)))
    campaign = with_arms({}, {"delay_minutes": 90}, include=[everyone], test_share=0.5)
    started = services.start_campaign(campaign.pk, actor=MARKETER).started_at
    begun = list(
        Send.objects.filter(campaign=campaign).values_list("contact_id", "arm__key", "state", "next_attempt_at")
    )
    assert {(arm, state) for _pk, arm, state, _at in begun} == {("A", "queued"), ("B", "queued"), (None, "waiting")}
    assert all((at is not None and at > started + HOUR) == (arm == "B") for _pk, arm, _state, at in begun)
    Send.objects.filter(campaign=campaign).update(arm=None, state="queued", next_attempt_at=None)
    assert split.assign(campaign) == 60
    again = Send.objects.filter(campaign=campaign).values_list("contact_id", "arm__key", "state")
    assert set(again) == {row[:3] for row in begun}


def test_the_split_is_the_same_each_time_and_another_in_each_campaign():
    first, again, other = running(500), None, running(500)
    places = dict(Send.objects.filter(campaign=first).values_list("contact_id", "arm__key"))
    Send.objects.filter(campaign=first).update(arm=None)
    split.assign(first)
    again = dict(Send.objects.filter(campaign=first).values_list("contact_id", "arm__key"))
    assert again == places
    elsewhere = dict(Send.objects.filter(campaign=other).values_list("contact_id", "arm__key"))
    alike = sum(places[pk] == elsewhere[pk] for pk in places)
    assert 190 < alike < 310


def test_a_later_arm_goes_out_later():
    campaign = running(50, {}, {"delay_minutes": 120})
    moments = Send.objects.filter(campaign=campaign, arm__key="B").values_list("next_attempt_at", flat=True)
    assert all(abs(at - campaign.started_at - 2 * HOUR) < timedelta(minutes=1) for at in moments)
    assert not Send.objects.filter(campaign=campaign, arm__key="A").exclude(next_attempt_at=None).exists()


def test_a_start_splits_the_frozen_audience():
    campaign = with_arms(include=[list_of(*(subscriber() for _ in range(12)))], test_share=0.5)
    services.start_campaign(campaign.pk, actor=MARKETER)
    rows = Send.objects.filter(campaign=campaign)
    assert rows.count() == 12
    assert not rows.filter(state="queued", arm=None).exists()
    assert not rows.filter(state="waiting").exclude(arm=None).exists()


def test_a_campaign_whose_people_wait_for_the_winner_is_not_finished():
    campaign = running(200, test_share=0.5)
    send_test(campaign)
    assert not finish.finish_if_done(campaign.pk)
    assert campaign.pk not in lease.due_campaigns(clock.now())
    services.cancel_campaign(campaign.pk, actor=MARKETER)
    assert not Send.objects.filter(campaign=campaign, state="waiting").exists()


def test_the_best_wins_when_the_hours_are_over_and_goes_to_everyone_who_waits():
    campaign = running(400, test_share=0.5, test_hours=4)
    send_test(campaign, A=5, B=20)
    waiting = Send.objects.filter(campaign=campaign, state="waiting").count()
    assert decide.decide_due(campaign.started_at + 3 * HOUR) == 0
    assert decide.decide_due(campaign.started_at + 5 * HOUR) == 1
    campaign.refresh_from_db()
    assert campaign.winner.key == "B"
    given = Send.objects.filter(campaign=campaign, state="queued")
    assert (given.count(), set(given.values_list("arm__key", flat=True))) == (waiting, {"B"})
    assert decide.decide_due(campaign.started_at + 6 * HOUR) == 0
    assert campaign.notes.filter(what="decided").count() == 1


def test_the_hours_begin_when_the_last_who_takes_part_was_written_to():
    campaign = running(200, test_share=0.5, test_hours=4)
    assert decide.decide_due(campaign.started_at + 100 * HOUR) == 0
    send_test(campaign, at=campaign.started_at + 10 * HOUR)
    assert decide.decide_due(campaign.started_at + 13 * HOUR) == 0
    assert decide.decide_due(campaign.started_at + 14 * HOUR) == 1


def test_what_happens_after_the_hours_decides_nothing():
    campaign = running(400, test_hours=4)
    send_test(campaign, A=20, B=5)
    late = Send.objects.filter(campaign=campaign, arm__key="B", clicked_at=None)
    late.update(clicked_at=campaign.started_at + 5 * HOUR)
    decide.decide_due(campaign.started_at + 6 * HOUR)
    campaign.refresh_from_db()
    assert campaign.winner.key == "A"


def test_a_difference_that_is_not_proven_leaves_the_control_where_that_is_the_rule():
    for clicked, winner in ((12, "A"), (60, "B")):
        campaign = running(400, test_rule="sure")
        send_test(campaign, A=10, B=clicked)
        decide.decide_due(campaign.started_at + 9 * HOUR)
        campaign.refresh_from_db()
        assert campaign.winner.key == winner


def test_where_a_person_decides_nothing_is_decided_without_her(api):
    campaign = running(200, test_share=0.5, test_rule="ask")
    send_test(campaign, A=1, B=50)
    assert decide.decide_due(campaign.started_at + 99 * HOUR) == 0
    at = f"{ROOT}{campaign.pk}/choose/"
    assert pointers(api.post(at, {"arm": "C"}, format="json")) == {"/arm"}
    assert pointers(api.post(at, {"arm": 1}, format="json")) == {"/arm"}
    assert api.post(at, {"arm": "A"}, format="json").json()["winner"] == "A"
    assert api.post(at, {"arm": "A"}, format="json").status_code == 200
    assert api.post(at, {"arm": "B"}, format="json").status_code == 409
    assert not Send.objects.filter(campaign=campaign, state="waiting").exists()


def test_a_draft_has_no_winner():
    with pytest.raises(Conflict):
        decide.choose(with_arms().pk, "A", actor=MARKETER)


def test_a_paused_test_is_decided_once_it_goes_on():
    campaign = running(100)
    send_test(campaign)
    services.pause_campaign(campaign.pk, actor=MARKETER)
    assert decide.decide_due(campaign.started_at + 9 * HOUR) == 0
    services.resume_campaign(campaign.pk, actor=MARKETER)
    assert decide.decide_due(campaign.started_at + 9 * HOUR) == 1


def test_a_test_of_the_time_sends_the_rest_at_the_winners_time_of_day():
    campaign = running(400, {}, {"delay_minutes": 180}, test_share=0.5, test_hours=4)
    send_test(campaign, at=campaign.started_at + 3 * HOUR, B=30)
    decide.decide_due(campaign.started_at + 8 * HOUR)
    moments = set(Send.objects.filter(campaign=campaign, state="queued").values_list("next_attempt_at", flat=True))
    assert moments == {campaign.started_at + 27 * HOUR}


def test_whoever_comes_after_the_decision_gets_the_winner():
    campaign = running(100, kind="ongoing")
    send_test(campaign, B=30)
    decide.decide_due(campaign.started_at + 9 * HOUR)
    Send.objects.create(campaign=campaign, contact_id=5_000, address="new@x.org")
    split.assign(Campaign.objects.get(pk=campaign.pk))
    assert Send.objects.get(contact_id=5_000).arm.key == "B"


def test_whoever_decides_a_second_time_finds_it_done():
    campaign = running(100, test_share=0.5)
    send_test(campaign, B=30)
    now = campaign.started_at + 9 * HOUR
    assert decide.decide(campaign.pk, now)
    assert not decide.decide(campaign.pk, now)
    assert AuditEntry.objects.filter(action="decided").count() == 1


def test_a_decision_that_is_killed_before_its_end_never_happened(monkeypatch):
    campaign = running(100, test_share=0.5)
    send_test(campaign, B=30)

    def killed(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(decide.audit, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            decide.decide_due(campaign.started_at + 9 * HOUR)
    campaign.refresh_from_db()
    assert campaign.decided_at is None
    assert Send.objects.filter(campaign=campaign, state="waiting").exists()
    assert decide.decide_due(campaign.started_at + 9 * HOUR) == 1
