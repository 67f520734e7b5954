"""Definitions of automations: what can be kept, what can be run, and every problem at its place."""

from __future__ import annotations

import pytest

from campaigns.journeys import described, load, schema, selectors, services, shape
from campaigns.models import Automation, Campaign
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput

from .campaign_worlds import list_of

pytestmark = pytest.mark.django_db
BY = Actor("user", "Grace")


def definition(**changes):
    whole = {
        "trigger": {"kind": "event", "event": "Cart Updated"},
        "steps": [
            {"id": "a", "kind": "wait", "n": 1, "unit": "hour", "next": "b"},
            {"id": "b", "kind": "branch", "condition": {"property": "country", "op": "is", "value": "IT"}, "yes": "c"},
            {"id": "c", "kind": "set_stage", "stage": "lead"},
        ],
    }
    return whole | changes


def pointers(raw):
    return [problem.pointer for problem in load.problems(raw)]


def test_a_definition_is_read_into_steps_that_know_what_comes_next():
    journey = load.load(definition(reentry={"after": 30, "unit": "day"}, holdout=10))
    assert journey.first == "a"
    assert isinstance(journey.steps["b"], schema.Branch)
    assert (journey.steps["b"].yes, journey.steps["b"].no) == ("c", "")
    assert (journey.again_after.days, journey.holdout) == (30, 0.1)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"trigger": None}, "/trigger"),
        ({"trigger": {"kind": "enters", "list": 10**9}}, "/trigger/list"),
        ({"trigger": {"kind": "date", "property": "country", "at": "09:00"}}, "/trigger/property"),
        ({"trigger": {"kind": "date", "property": "birth_date", "at": "09:07"}}, "/trigger/at"),
        ({"steps": []}, "/steps"),
        ({"steps": [{"id": "a", "kind": "wait", "n": 0, "unit": "day"}]}, "/steps/0/n"),
        ({"steps": [{"id": "a", "kind": "wait", "n": 9, "unit": "day", "next": "z"}]}, "/steps/0/next"),
        ({"steps": [{"id": "a", "kind": "wait", "n": 9, "unit": "day", "next": "a"}]}, "/steps/0"),
        ({"steps": [{"id": "a", "kind": "end"}, {"id": "b", "kind": "end"}]}, "/steps/1"),
        ({"steps": [{"id": "a", "kind": "end", "x": 1}]}, "/steps/0/x"),
        ({"steps": [{"id": "a", "kind": "branch"}]}, "/steps/0/condition"),
        ({"steps": [{"id": "a", "kind": "send", "campaign": 10**9}]}, "/steps/0/campaign"),
        ({"steps": [{"id": "a", "kind": "set_attribute", "property": "age", "value": 3}]}, "/steps/0/property"),
        ({"steps": [{"id": "a", "kind": "create_task", "title": "x", "owner": 10**9}]}, "/steps/0/owner"),
        ({"steps": [{"id": "a", "kind": "webhook", "url": "http://127.0.0.1/"}]}, "/steps/0/url"),
        ({"goal": {"property": "nothing", "op": "is", "value": 1}}, "/goal/property"),
        ({"reentry": "sometimes"}, "/reentry"),
        ({"reentry": {"after": 0, "unit": "day"}}, "/reentry/after"),
        ({"trigger": {"kind": "event", "event": "Cart Updated", "survey": 3}}, "/trigger/survey"),
        ({"holdout": 80}, "/holdout"),
        ({"goal_days": 0}, "/goal_days"),
    ],
)
def test_what_cannot_be_run_is_said_where_it_stands(changes, expected):
    assert expected in pointers(definition(**changes))


def test_forty_branches_whose_ways_meet_again_are_read_though_they_have_a_million_million_ways():
    asked = {"property": "country", "op": "is", "value": "IT"}
    steps = [{"id": "last", "kind": "end"}]
    for n in range(40):
        below = steps[0]["id"]
        steps[:0] = [
            {"id": f"asked{n}", "kind": "branch", "condition": asked, "yes": f"stage{n}", "no": below},
            {"id": f"stage{n}", "kind": "set_stage", "stage": "lead", "next": below},
        ]
    assert pointers(definition(steps=steps)) == []
    steps[-2]["next"] = steps[0]["id"]
    assert "/steps/0" in pointers(definition(steps=steps))


@pytest.mark.parametrize(
    "raw",
    [
        7,
        {"x": 1},
        {"steps": "no"},
        {"steps": [3]},
        {"steps": [{"id": "a", "kind": "fly"}]},
        {"filter": "\ud800"},
        {"steps": [{"id": "a", "kind": "end"}, {"id": "a", "kind": "end"}]},
    ],
)
def test_what_cannot_be_shown_is_not_kept(raw):
    with pytest.raises(InvalidInput):
        services.create_automation(name="Cart", definition=raw, actor=BY)


def test_an_unfinished_definition_is_kept_but_not_switched_on():
    automation = services.create_automation(name=" Cart  again ", actor=BY)
    assert (automation.name, automation.version, automation.state) == ("Cart again", 1, Automation.State.DRAFT)
    with pytest.raises(InvalidInput) as refused:
        services.activate_automation(automation.pk, actor=BY)
    assert {problem.pointer for problem in refused.value.problems} == {"/trigger", "/steps"}


def test_each_saved_definition_is_a_version_and_the_live_one_changes_only_when_it_is_switched_on():
    automation = services.create_automation(name="Cart", definition=definition(), actor=BY)
    services.activate_automation(automation.pk, actor=BY)
    services.save_definition(automation.pk, definition(holdout=5), actor=BY)
    again = services.save_definition(automation.pk, definition(holdout=5), actor=BY)
    automation.refresh_from_db()
    assert (again.number, automation.live_version, automation.has_changes) == (2, 1, True)
    services.restore_version(automation.pk, 1, actor=BY)
    services.activate_automation(automation.pk, actor=BY)
    automation.refresh_from_db()
    assert (automation.live_version, automation.live.definition["holdout"]) == (3, 0)


def test_switching_on_begins_its_campaigns_and_says_what_keeps_them():
    campaign = Campaign.objects.create(name="Hello", kind=Campaign.Kind.AUTOMATED, subject="Hello", body_text="")
    steps = [{"id": "a", "kind": "send", "campaign": campaign.pk}]
    automation = services.create_automation(name="Cart", definition=definition(steps=steps), actor=BY)
    with pytest.raises(InvalidInput) as refused:
        services.activate_automation(automation.pk, actor=BY)
    assert refused.value.problems[0].pointer == "/steps/0/campaign"
    Campaign.objects.filter(pk=campaign.pk).update(body_text="Hello {{ unsubscribe_url }}")
    services.activate_automation(automation.pk, actor=BY)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SENDING


def test_what_an_automation_uses_is_known_by_its_keys():
    listed = list_of()
    trigger = {"kind": "enters", "list": listed.pk}
    automation = services.create_automation(name="Cart", definition=definition(trigger=trigger), actor=BY)
    assert automation.latest.keys == ["attribute:country", "attribute:lifecycle_stage", f"segment:{listed.pk}"]
    assert [one.automation for one in selectors.using([f"segment:{listed.pk}"])] == [automation]


def test_only_what_nobody_entered_is_deleted_and_an_archived_one_comes_back_as_a_draft():
    automation = services.create_automation(name="Cart", definition=definition(), actor=BY)
    services.activate_automation(automation.pk, actor=BY)
    with pytest.raises(Conflict):
        services.delete_automation(automation.pk, actor=BY)
    services.pause_automation(automation.pk, actor=BY)
    services.resume_automation(automation.pk, catch_up=False, actor=BY)
    services.archive_automation(automation.pk, actor=BY)
    with pytest.raises(Conflict):
        services.activate_automation(automation.pk, actor=BY)
    assert services.restore_automation(automation.pk, actor=BY).state == Automation.State.DRAFT
    services.copy_automation(automation.pk, actor=BY)
    services.delete_automation(automation.pk, actor=BY)
    assert [one.entered for one in selectors.automations_table()] == [0]


def test_programs_are_told_of_every_trigger_and_step_what_it_takes():
    said = described.DEFINITION["properties"]
    assert set(said) == set(shape.shape({}))
    triggers, steps = ({one["properties"]["kind"]["enum"][0]: one["properties"] for one in kinds}
                       for kinds in (said["trigger"]["oneOf"], said["steps"]["items"]["oneOf"]))  # fmt: skip
    assert (set(triggers), set(steps)) == (set(schema.TRIGGER_KINDS), set(schema.STEP_KINDS))
    for kind, keys in triggers.items():
        refused = load.problems(definition(trigger=dict.fromkeys(keys) | {"kind": kind}))
        assert not [one for one in refused if "no field" in one.message]
    for kind, keys in steps.items():
        refused = load.problems(definition(steps=[dict.fromkeys(keys) | {"id": "s1", "kind": kind}]))
        assert not [one for one in refused if "no field" in one.message]
    assert not load.problems(described.DEFINITION["example"])
