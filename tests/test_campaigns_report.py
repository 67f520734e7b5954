"""The report of a campaign: one world whose every number was counted by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest

from campaigns import selectors
from campaigns.measuring.report import report
from campaigns.models import Arm, Campaign, Reaction, Send
from crmseg.common import clock, json
from segments.models import LedgerEntry, Membership

from .campaign_worlds import draft, list_of
from .factories import ContactFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return clock.now()


def sends(campaign, *rows):
    """A send per row: state and what else is known of it; its contact's number is the row's."""
    made = Send.objects.bulk_create(
        Send(campaign=campaign, contact_id=n, address=f"c{n}@example.org", **row) for n, row in enumerate(rows, 1)
    )
    return made


def campaign_of(now, **fields):
    return Campaign.objects.create(
        name="Spring", **({"state": "sent", "started_at": now - 10 * HOUR, "finished_at": now - 9 * HOUR} | fields)
    )


def sent(now, **marks):
    hours = {f"{key}_at": now - 9 * HOUR + after * HOUR for key, after in marks.items() if key != "revenue"}
    return {"state": "sent", "sent_at": now - 9 * HOUR, "revenue": marks.get("revenue")} | hours


def test_a_draft_has_a_report_of_nothing():
    campaign = draft(list_of())
    found = report(campaign)
    assert found["counts"]["sent"] == 0
    assert found["rates"]["opened"] is None
    assert (found["over_time"], found["arms"], found["by_list"], found["comparison"]) == ([], [], [], [])
    assert found["uplift"]["verdict"] == "not_started"
    assert json.dumps(found)


def world(now):
    """Ten people in a list, one more excluded, one held out."""
    friends = list_of(*(ContactFactory() for _ in range(3)))
    campaign = campaign_of(now, include=[friends.pk])
    rows = [
        sent(now, opened=1, clicked=2, converted=3, revenue=Decimal("20.50")),
        sent(now, opened=1, clicked=1),
        sent(now, opened=30 / 60),
        sent(now, machine_opened=1),
        sent(now, bounced=1),
        sent(now, opened=2, unsubscribed=2, complained=3) | {"unsubscribe_reason": "too often"},
        {"state": "failed", "reason": "550 no"},
        {"state": "uncertain"},
        {"state": "skipped", "reason": "excluded"},
        {"state": "skipped", "reason": "held_out", "converted_at": now, "revenue": Decimal("5")},
        {"state": "skipped", "reason": "no_consent"},
        {"state": "queued"},
    ]
    return campaign, friends, sends(campaign, *rows)


def test_every_number_of_the_counts_is_the_one_counted_by_hand(now):
    campaign, _friends, _rows = world(now)
    found = report(campaign)
    assert found["counts"] == {
        "sent": 6,
        "delivered": 5,
        "bounced": 1,
        "opened": 4,
        "machine_opened": 1,
        "clicked": 2,
        "converted": 1,
        "complained": 1,
        "unsubscribed": 1,
    }
    assert found["delivered_by"] == "no_bounce"
    assert found["revenue"] == 20.5
    assert found["rates"] == {
        "delivered": 5 / 7,
        "opened": 4 / 5,
        "clicked": 2 / 5,
        "click_to_open": 1 / 2,
        "converted": 1 / 5,
        "unsubscribed": 1 / 5,
        "bounced": 1 / 7,
        "complained": 1 / 5,
        "revenue_per_person": 20.5 / 5,
    }
    assert {key: found[key] for key in ("waiting", "queued", "sent", "failed", "uncertain", "unsubscribed")} == {
        "waiting": 0,
        "queued": 1,
        "sent": 6,
        "failed": 1,
        "uncertain": 1,
        "unsubscribed": 1,
    }


def test_the_waterfall_loses_everybody_for_a_reason_and_nobody_twice(now):
    campaign, _friends, _rows = world(now)
    steps = report(campaign)["steps"]
    left = {step["key"]: step["people"] for step in steps}
    assert left["in_lists"] == 12
    assert (left["not_excluded"], left["consented"], left["not_held_out"]) == (11, 10, 9)
    assert (left["sent"], left["delivered"], left["opened"], left["clicked"], left["converted"]) == (6, 5, 4, 2, 1)
    until_sent = steps[: [step["key"] for step in steps].index("sent") + 1]
    assert sum(lost["people"] for step in until_sent for lost in step["lost"]) == left["in_lists"] - left["sent"]
    assert {lost["reason"] for lost in until_sent[-1]["lost"]} == {"queued", "failed", "uncertain"}


def test_where_a_provider_reports_deliveries_only_those_count(now):
    campaign, _friends, rows = world(now)
    Send.objects.filter(pk__in=[rows[0].pk, rows[4].pk]).update(delivered_at=now)
    Reaction.objects.create(campaign=campaign, send=rows[0], kind="delivered", at=now, key="d")
    found = report(campaign)
    assert found["delivered_by"] == "provider"
    # The four who opened; the one whose message bounced afterwards is none of them.
    assert found["counts"]["delivered"] == 4


def test_the_course_starts_with_the_campaign_and_ends_with_the_last_that_happened(now):
    campaign, _friends, _rows = world(now)
    found = report(campaign)
    assert found["over_time_step"] == "hour"
    assert found["over_time"][0]["at"] == campaign.started_at.isoformat()
    assert [hour["sent"] for hour in found["over_time"]] == [0, 6, 0, 0, 0]
    assert [hour["opened"] for hour in found["over_time"]] == [0, 1, 2, 1, 0]
    assert found["over_time"][4]["converted"] == 1


def test_an_old_campaign_has_no_more_steps_than_a_young_one(now):
    campaign = campaign_of(now - timedelta(days=60))
    sends(campaign, sent(now - timedelta(days=60)), sent(now - timedelta(days=50)), sent(now))
    found = report(campaign)
    assert (found["over_time_step"], len(found["over_time"])) == ("day", 61)
    assert sum(day["sent"] for day in found["over_time"]) == 3


def test_links_count_people_and_clicks_and_programs_apart(now):
    campaign, _friends, rows = world(now)
    clicks = [(0, 1, "a", False), (0, 1, "a", False), (1, 1, "a", False), (1, 2, "b", False), (2, 2, "b", True)]
    for n, (row, place, url, machine) in enumerate(clicks):
        Reaction.objects.create(
            campaign=campaign, send=rows[row], kind="clicked", at=now, place=place, url=url, is_machine=machine, key=n
        )
    first, second = report(campaign)["links"]
    assert first == {"place": 1, "url": "a", "clicks": 3, "people": 2, "machine_clicks": 0, "share": 0.75}
    assert second == {"place": 2, "url": "b", "clicks": 1, "people": 1, "machine_clicks": 1, "share": 0.25}


def test_programs_and_reasons_are_counted_by_people(now):
    campaign, _friends, rows = world(now)
    for n, (row, client, device) in enumerate(
        [(0, "Gmail", "phone"), (0, "Gmail", "phone"), (1, "Outlook", "desktop")]
    ):
        Reaction.objects.create(
            campaign=campaign, send=rows[row], kind="opened", at=now, client=client, device=device, key=n
        )
    found = report(campaign)
    assert found["clients"] == [
        {"client": "Gmail", "device": "phone", "people": 1, "share": 0.5},
        {"client": "Outlook", "device": "desktop", "people": 1, "share": 0.5},
    ]
    assert found["unsubscribe_reasons"] == [{"reason": "too often", "people": 1}]


def test_results_by_list_are_those_of_its_members_at_the_start(now):
    campaign, friends, rows = world(now)
    before, after = now - 20 * HOUR, now - 5 * HOUR
    Membership.objects.all().delete()
    still, late = rows[1].contact_id, rows[2].contact_id
    gone = rows[0].contact_id
    Membership.objects.create(segment=friends, contact_id=still, entered_at=before)
    Membership.objects.create(segment=friends, contact_id=late, entered_at=after)
    LedgerEntry.objects.create(segment_id=friends.pk, contact_id=late, change="entered", at=after, version=1)
    LedgerEntry.objects.create(segment_id=friends.pk, contact_id=gone, change="entered", at=before, version=1)
    LedgerEntry.objects.create(segment_id=friends.pk, contact_id=gone, change="left", at=after, version=1)
    (row,) = report(campaign)["by_list"]
    assert (row["id"], row["sent"], row["clicked"], row["converted"], row["revenue"]) == (friends.pk, 2, 2, 1, 20.5)
    other = list_of()
    assert [one["id"] for one in report(campaign, asked_lists=[other.pk])["by_list"]] == [friends.pk, other.pk]


def test_earlier_campaigns_stand_beside_it_with_their_median(now):
    for days, opened in ((3, 1), (2, 2), (1, 3)):
        earlier = campaign_of(now - timedelta(days=days))
        sends(earlier, *[sent(now, opened=1)] * opened, *[sent(now)] * (4 - opened))
    campaign_of(now - timedelta(days=4), channel="sms")
    campaign, _friends, _rows = world(now)
    rows = report(campaign)["comparison"]
    assert [row["kind"] for row in rows] == ["this", "median", "earlier", "earlier", "earlier"]
    assert [row["opened"] for row in rows] == [4 / 5, 0.5, 0.75, 0.5, 0.25]


def test_what_it_did_to_lists_is_seen_beside_those_held_out(now):
    buyers, friends = list_of(name="Buyers"), list_of(name="Friends")
    campaign = campaign_of(now)
    sends(campaign, *[sent(now)] * 900, *[{"state": "skipped", "reason": "held_out"}] * 300)
    moves = [(buyers, "entered", n) for n in (*range(1, 181), *range(901, 931))]
    moves += [(friends, "left", n) for n in (*range(1, 31), *range(901, 911))]
    LedgerEntry.objects.bulk_create(
        LedgerEntry(segment_id=segment.pk, contact_id=n, change=change, at=now - HOUR, version=1)
        for segment, change, n in moves
    )
    LedgerEntry.objects.create(
        segment_id=friends.pk, contact_id=400, change="entered", at=now - HOUR, version=2, quiet=True
    )
    entered, left = report(campaign)["membership_effect"]
    assert (entered["name"], entered["change"], entered["people"], entered["rate"]) == ("Buyers", "entered", 180, 0.2)
    assert (entered["held_out_people"], entered["is_proven"]) == (30, True)
    assert entered["low"] > 0.05
    assert (left["name"], left["people"], left["is_proven"]) == ("Friends", 30, False)


def test_an_arm_is_compared_with_the_control(now):
    campaign = campaign_of(now, test_metric="clicked")
    control, other = (Arm.objects.create(campaign=campaign, key=key) for key in "AB")
    rows = [sent(now, clicked=1) | {"arm": control}] * 100 + [sent(now) | {"arm": control}] * 900
    rows += [sent(now, clicked=1) | {"arm": other}] * 200 + [sent(now) | {"arm": other}] * 800
    sends(campaign, *rows)
    found = report(campaign)
    first, second = found["arms"]
    assert (first["is_control"], first["sent"], first["clicked"], first["mean"], first["p"]) == (
        True,
        1000,
        100,
        0.1,
        None,
    )
    assert (second["clicked"], round(second["difference"], 6), round(second["lift"], 6)) == (200, 0.1, 1.0)
    assert second["low"] > 0
    assert second["is_proven"]
    assert (found["test"]["state"], found["test"]["winner"], found["test"]["is_mismatched"]) == ("running", None, False)


def test_every_step_leads_to_as_many_people_as_it_counts(now):
    campaign, _friends, rows = world(now)
    held_out = Send.objects.get(campaign=campaign, reason="held_out")
    Send.objects.filter(pk=held_out.pk).update(converted_at=now)
    for reported in (False, True):
        if reported:
            Send.objects.filter(pk__in=[rows[0].pk, rows[4].pk]).update(delivered_at=now)
            Reaction.objects.create(campaign=campaign, send=rows[0], kind="delivered", at=now, key="d")
        for step in report(campaign)["steps"]:
            behind = selectors.sends_of(campaign, step=step["key"])
            assert (step["key"], behind.count()) == (step["key"], step["people"])


def test_whoever_was_asked_lately_is_lost_where_others_are_capped(now):
    campaign, _friends, _rows = world(now)
    Send.objects.filter(campaign=campaign, state="skipped", reason="held_out").update(reason="asked_lately")
    lost = {one["reason"]: step["key"] for step in report(campaign)["steps"] for one in step["lost"]}
    assert lost["asked_lately"] == "not_capped"
