"""What a campaign changed, and what its lists can show: said plainly, and never more than the figures know."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from campaigns.experiments import arms, planner
from campaigns.measuring import figures
from campaigns.measuring.export import report_csv
from campaigns.measuring.uplift import uplift
from campaigns.models import Campaign, Send
from crmseg.common import clock
from segments.insights import power

from .campaign_worlds import MARKETER, draft, list_of, subscriber
from .test_campaigns_api import ROOT, pointers, program

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def campaign_of(treated, held_out, *, finished=True, **fields):
    """`treated` and `held_out`: people, of them converted, and what each of those spent."""
    now = clock.now()
    began = now - (timedelta(days=11) if finished else 2 * HOUR)
    campaign = Campaign.objects.create(
        **({"name": "Spring", "state": "sent", "started_at": began, "finished_at": began + HOUR} | fields)
    )
    rows = []
    for state, reason, (people, converted, spent) in (("sent", "", treated), ("skipped", "held_out", held_out)):
        for n in range(people):
            bought = {"converted_at": now, "revenue": Decimal(spent(n) if callable(spent) else spent)}
            rows.append(
                Send(
                    campaign=campaign,
                    contact_id=len(rows) + 1,
                    address="a@x.org",
                    state=state,
                    reason=reason,
                    sent_at=now - timedelta(days=11) if state == "sent" else None,
                    **(bought if n < converted else {}),
                )
            )
    Send.objects.bulk_create(rows)
    return campaign


def found(campaign):
    return uplift(campaign, figures.count(campaign), clock.now())


def test_more_conversions_than_without_it_are_said_with_their_limits():
    said = found(campaign_of((900, 270, 20), (300, 60, 20)))
    assert (said["verdict"], said["is_final"], said["treated"], said["held_out"]) == ("more", True, 900, 300)
    conversion = said["conversion"]
    assert conversion["difference"] == pytest.approx(0.1)
    assert 0 < conversion["low"] < 0.1 < conversion["high"]
    assert conversion["lift"] == pytest.approx(0.5)
    assert 0 < conversion["lift_low"] < 0.5 < conversion["lift_high"]
    assert conversion["in_all"] == pytest.approx(90)
    assert said["text"].startswith("About 90 people converted because of the campaign (")
    assert said["revenue"]["difference"] == pytest.approx(2.0)
    assert "Revenue grew" in said["text"]


def test_no_measurable_effect_is_said_plainly():
    said = found(campaign_of((900, 180, 20), (300, 59, 20)))
    assert (said["verdict"], said["revenue"]["verdict"]) == ("none", "none")
    assert said["text"].startswith("No measurable effect")
    assert said["conversion"]["low"] < 0 < said["conversion"]["high"]
    assert 0.2 < said["smallest_lift"] < 0.5


def test_harm_is_said_as_plainly_as_good():
    said = found(campaign_of((900, 90, 20), (300, 60, 20)))
    assert said["verdict"] == "less"
    assert "fewer" in said["text"]
    assert said["conversion"]["high"] < 0


def test_too_few_held_out_are_too_few_to_say_anything():
    said = found(campaign_of((900, 90, 20), (20, 2, 20)))
    assert said["verdict"] == "too_small"
    assert said["text"].startswith("Too few people were held out")
    assert said["conversion"]["held_out"] == 0.1


@pytest.mark.parametrize(
    ("fields", "held_out", "verdict"),
    [({"goal_event": ""}, 300, "no_goal"), ({}, 0, "no_holdout")],
)
def test_what_is_not_measured_is_not_made_up(fields, held_out, verdict):
    said = found(campaign_of((300, 30, 20), (held_out, held_out // 10, 20), **fields))
    assert (said["verdict"], said["conversion"], said["revenue"]) == (verdict, None, None)
    assert said["text"]


def test_while_conversions_come_in_the_limits_are_those_of_all_looks():
    once = found(campaign_of((900, 270, 20), (300, 60, 20)))
    open_still = found(campaign_of((900, 270, 20), (300, 60, 20), finished=False))
    assert (open_still["is_final"], open_still["verdict"]) == (False, "more")
    assert open_still["conversion"]["low"] < once["conversion"]["low"]
    assert open_still["conversion"]["lift_low"] is None


def test_before_all_had_the_same_time_nothing_is_compared():
    slow = {"finished": False, "started_at": clock.now() - 40 * HOUR}
    still_sending = found(campaign_of((900, 180, 20), (300, 90, 20), finished_at=None, state="sending", **slow))
    long_sent = found(campaign_of((900, 180, 20), (300, 90, 20), finished_at=clock.now(), **slow))
    for said in (still_sending, long_sent):
        assert (said["verdict"], said["conversion"], said["revenue"]) == ("waiting", None, None)
    ongoing = campaign_of((900, 270, 20), (300, 60, 20), finished_at=None, kind="ongoing", **slow)
    assert found(ongoing)["verdict"] == "more"


def test_a_campaign_cancelled_half_way_is_not_compared():
    campaign = campaign_of((900, 270, 20), (300, 60, 20), state="cancelled")
    some = Send.objects.filter(campaign=campaign, state="sent").values_list("pk", flat=True)[:100]
    Send.objects.filter(pk__in=list(some)).update(state="skipped", reason="cancelled")
    assert found(campaign)["verdict"] == "cancelled"


def test_those_who_were_to_get_it_and_did_not_count_as_treated():
    campaign = campaign_of((900, 270, 20), (300, 60, 20))
    mine = Send.objects.filter(campaign=campaign, state="sent", converted_at=None)
    some = list(mine.values_list("pk", flat=True)[:120])
    Send.objects.filter(pk__in=some[:60]).update(state="failed", reason="550 no such person")
    Send.objects.filter(pk__in=some[60:]).update(state="skipped", reason="no_consent", lease_token=uuid4())
    said = found(campaign)
    assert said["treated"] == 900
    assert said["conversion"]["difference"] == pytest.approx(0.1)


def test_a_few_large_orders_do_not_decide_alone():
    # Everybody spends the same, but for one of those who got the message.
    campaign = campaign_of((900, 180, lambda n: 20_000 if n == 0 else 20), (300, 60, 20))
    revenue = found(campaign)["revenue"]
    assert revenue["is_skewed"]
    assert revenue["capped"]["most"] == 20
    assert revenue["capped"]["difference"] == pytest.approx(0.0)
    assert (revenue["capped"]["verdict"], revenue["verdict"]) == ("none", "none")
    assert revenue["difference"] > 20


def test_the_file_holds_every_number_with_its_place():
    campaign = campaign_of((900, 270, 20), (300, 60, 20))
    lines = "".join(report_csv(campaign)).split("\r\n")
    assert lines[0] == "section,row,measure,value"
    assert "counts,,sent,900" in lines
    assert "steps,not_held_out,people,900" in lines
    assert "steps,not_held_out,lost.held_out,300" in lines
    assert "uplift,,verdict,more" in lines
    assert any(line.startswith("uplift,,conversion.low,0.0") for line in lines)
    answer = program("read").get(f"{ROOT}{campaign.pk}/report/csv/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert 'filename="report-' in answer["Content-Disposition"]


def past(lists, opened, *, people=400, **fields):
    """An earlier campaign to these people, of whom so many opened."""
    now = clock.now()
    earlier = Campaign.objects.create(name="Earlier", state="sent", started_at=now - HOUR, **fields)
    members = [pk for one in lists for pk in one.memberships.values_list("contact_id", flat=True)]
    ids = [*members, *range(10**9, 10**9 + people - len(members))]
    Send.objects.bulk_create(
        Send(
            campaign=earlier,
            contact_id=pk,
            address="a@x.org",
            state="sent",
            sent_at=now - HOUR,
            opened_at=now if n < opened else None,
        )
        for n, pk in enumerate(ids)
    )


def test_a_list_says_which_lift_it_can_show_by_its_own_past():
    friends = list_of(*(subscriber() for _ in range(220)))
    past([friends], 55, people=220)
    campaign = draft(friends, holdout=0.1, test_metric="opened", test_share=0.5)
    plan = planner.plan(campaign, lift=0.1)
    assert (plan["base"], plan["base_from"], plan["arms"]) == (0.25, "lists", 2)
    assert plan["people"] + plan["held_out"] == 220
    assert plan["each"] == plan["people"] // 4
    assert plan["smallest_lift"] == power.smallest_effect(0.25, plan["each"], plan["each"])
    assert plan["needed_each"] == power.needed_each(0.25, 0.1)
    assert plan["text"].startswith("This test can show a lift of")


def test_lists_without_a_past_are_measured_by_the_channels():
    campaign = draft(list_of(*(subscriber() for _ in range(5))), test_metric="opened", holdout=0)
    assert planner.plan(campaign)["base_from"] == "none"
    assert "Nothing is known yet" in planner.plan(campaign)["text"]
    past([], 100)
    plan = planner.plan(campaign)
    assert (plan["base_from"], plan["base"]) == ("channel", 0.25)
    assert plan["smallest_lift"] is None or plan["smallest_lift"] > 1


def test_the_smallest_arm_says_what_a_test_can_show():
    past([], 100)
    campaign = draft(list_of(*(subscriber() for _ in range(40))), test_metric="opened", holdout=0)
    for weight in (6, 3, 1):
        arms.add_arm(campaign.pk, data={"weight": weight}, actor=MARKETER)
    plan = planner.plan(campaign)
    assert (plan["arms"], plan["each"]) == (3, 4)


def test_programs_ask_for_the_plan():
    at = f"{ROOT}{draft(list_of(subscriber())).pk}/plan/"
    api = program("read")
    assert api.get(at).json()["needed_each"] is None
    assert api.get(f"{at}?lift=0.2").json()["lift"] == 0.2
    assert pointers(api.get(f"{at}?lift=much")) == {"/lift"}
    assert pointers(api.get(f"{at}?lift=nan")) == {"/lift"}
