"""People on their way through automations: who enters, what each step does to them, and when they leave."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.journeys import services, triggers
from campaigns.models import Automation, HookCall, OutboxMessage, Run, RunLook, Send, StepDone, Survey
from contacts import services as contacts
from contacts.models import Event, Task
from segments.engine import drain
from segments.models import LedgerEntry, Membership

from .automation_worlds import does, go_on, message, put_in, run_of, switched_on, trace
from .campaign_worlds import MARKETER, list_of, send_all, subscriber
from .factories import ContactFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LEAD = {"kind": "set_stage", "stage": "lead"}


def test_an_event_makes_whoever_did_it_enter_once_and_each_step_happens_in_its_turn():
    ada = ContactFactory(lifecycle_stage=None)
    does(ada)
    switched_on({"kind": "wait", "n": 2, "unit": "day"}, LEAD, {"kind": "end"})
    does(ada)
    go_on()
    go_on()
    run = run_of(ada)
    assert (Run.objects.count(), run.state, run.step, trace(run)) == (1, "active", "s0", [])
    assert run.due_at == run.entered_at + 2 * DAY
    go_on(2 * DAY)
    ada.refresh_from_db()
    assert ada.lifecycle_stage == "lead"
    run.refresh_from_db()
    assert trace(run) == [("s0", "waited"), ("s1", "done"), ("s2", "ended")]
    assert (run.state, run.visit, run.due_at) == ("finished", 3, None)


def test_only_events_that_the_condition_means_and_that_are_no_history_count():
    ada, grace, old = ContactFactory(), ContactFactory(), ContactFactory()
    trigger = {"kind": "event", "event": "Cart Updated", "where": [{"property": "total", "op": "gt", "value": 50}]}
    switched_on(LEAD, trigger=trigger)
    does(ada, total=80)
    does(grace, total=20)
    does(old, total=80)
    Event.objects.filter(contact=old).update(occurred_at=Event.objects.latest("pk").received_at - 2 * DAY)
    go_on()
    assert list(Run.objects.values_list("contact_id", flat=True)) == [ada.pk]


def test_whoever_answers_the_survey_enters_and_whoever_answers_another_does_not():
    ada, grace = ContactFactory(), ContactFactory()
    survey = Survey.objects.create(name="After a year", key="year")
    switched_on(LEAD, trigger={"kind": "form", "survey": survey.pk})
    does(ada, "Survey Answered", survey_id=survey.pk)
    does(grace, "Survey Answered", survey_id=survey.pk + 1)
    go_on()
    assert list(Run.objects.values_list("contact_id", flat=True)) == [ada.pk]


@pytest.mark.parametrize("kind", ["enters", "leaves"])
def test_the_ledger_makes_people_enter_in_its_order_and_quiet_moves_do_not(kind):
    ada, grace, quiet = ContactFactory(), ContactFactory(), ContactFactory()
    listed = list_of()
    automation = switched_on(LEAD, trigger={"kind": kind, "list": listed.pk})
    put_in(listed, grace)
    put_in(listed, ada, quiet)
    from segments import services as lists

    lists.remove_members(listed.pk, [ada.pk], actor=MARKETER)
    LedgerEntry.objects.filter(contact_id=quiet.pk).update(quiet=True)
    go_on()
    went_in = [grace.pk, ada.pk] if kind == "enters" else [ada.pk]
    assert sorted(Run.objects.values_list("contact_id", flat=True)) == sorted(went_in)
    automation.refresh_from_db()
    assert automation.ledger_cursor == LedgerEntry.objects.latest("cursor").cursor


def test_the_filter_and_what_was_reached_already_keep_people_out():
    ada, abroad, done = (
        ContactFactory(country="IT"),
        ContactFactory(country="FR"),
        ContactFactory(country="IT", lifecycle_stage="customer"),
    )
    customer = {"property": "lifecycle_stage", "op": "is", "value": "customer"}
    switched_on(LEAD, filter={"property": "country", "op": "is", "value": "IT"}, goal=customer)
    for one in (ada, abroad, done):
        does(one)
    go_on()
    assert list(Run.objects.values_list("contact_id", flat=True)) == [ada.pk]


@pytest.mark.parametrize(("reentry", "runs"), [("never", 1), ("always", 3), ({"after": 5, "unit": "day"}, 2)])
def test_who_was_in_enters_again_as_the_rule_says_and_never_twice_at_once(reentry, runs):
    ada = ContactFactory()
    automation = switched_on({"kind": "wait", "n": 1, "unit": "hour"}, LEAD, reentry=reentry)
    for days in (0, 4, 8):
        from crmseg.common import clock

        found = [triggers.Candidate(ada.pk, f"test:{days}:{n}", clock.now() + days * DAY) for n in (1, 2)]
        for one in found:
            journey = triggers.load.load(automation.live.definition)
            triggers.admit(automation, automation.live, journey, [one], one.at)
        go_on(days * DAY + timedelta(hours=2))
    assert Run.objects.count() == runs


def test_a_branch_parts_people_and_both_ways_end():
    ada, grace = ContactFactory(country="IT"), ContactFactory(country="FR")
    condition = {"property": "country", "op": "is", "value": "IT"}
    switched_on(
        {"id": "b", "kind": "branch", "condition": condition, "yes": "t", "no": "l"},
        {"id": "t", "kind": "create_task", "title": "Call", "note": "soon", "n": 2, "unit": "day", "next": None},
        {"id": "l", "kind": "set_attribute", "property": "city", "value": "Lyon"},
    )
    does(ada)
    does(grace)
    now = go_on()
    task = Task.objects.get()
    assert (task.contact_id, task.title, task.source[:11], task.due_at) == (
        ada.pk,
        "Call",
        "automation:",
        now + 2 * DAY,
    )
    assert trace(run_of(grace)) == [("b", "no"), ("l", "done")]
    grace.refresh_from_db()
    assert grace.city == "Lyon"


def test_an_event_that_is_waited_for_leads_on_at_once_and_its_absence_when_the_time_is_over():
    ada, grace = ContactFactory(), ContactFactory()
    switched_on(
        {"id": "w", "kind": "wait_for_event", "event": "Order Completed", "n": 3, "unit": "day", "yes": "y", "no": "n"},
        {"id": "y", "kind": "set_stage", "stage": "customer", "next": None},
        {"id": "n", "kind": "set_stage", "stage": "lead"},
    )
    does(ada)
    does(grace)
    drain.drain()
    go_on()
    assert set(Run.objects.values_list("waits_for", flat=True)) == {"Order Completed"}
    does(ada, "Order Completed")
    drain.drain()
    assert list(RunLook.objects.values_list("contact_id", flat=True)) == [ada.pk]
    go_on()
    assert trace(run_of(ada)) == [("w", "happened"), ("y", "done")]
    assert trace(run_of(grace)) == []
    go_on(3 * DAY)
    assert trace(run_of(grace)) == [("w", "did_not_happen"), ("n", "done")]


def test_people_enter_and_leave_static_lists_once_each():
    ada, grace = ContactFactory(), ContactFactory()
    gains, loses = list_of(), list_of(ada)
    switched_on({"kind": "add_to_list", "list": gains.pk}, {"kind": "remove_from_list", "list": loses.pk})
    does(ada)
    does(grace)
    go_on()
    assert set(Membership.objects.filter(segment=gains).values_list("contact_id", flat=True)) == {ada.pk, grace.pk}
    assert not Membership.objects.filter(segment=loses).exists()


def test_a_message_goes_out_each_time_it_is_asked_for_and_never_twice_for_one_step():
    ada, silent = subscriber(), ContactFactory()
    campaign = message()
    switched_on({"kind": "send", "campaign": campaign.pk}, {"kind": "send", "campaign": campaign.pk}, reentry="always")
    for _time in range(2):
        does(ada)
        does(silent)
        go_on()
    send_all(campaign)
    assert Send.objects.filter(contact_id=ada.pk, state="sent").count() == 4
    assert set(Send.objects.filter(contact_id=ada.pk).values_list("occasion", flat=True)) == set(
        StepDone.objects.filter(run__contact_id=ada.pk).values_list("pk", flat=True)
    )
    assert OutboxMessage.objects.count() == 4
    assert Event.objects.filter(contact=ada, type__name="Email Sent").count() == 4
    assert trace(run_of(silent)) == [("s0", "skipped"), ("s1", "skipped")]
    assert StepDone.objects.filter(run__contact_id=silent.pk).first().details["reason"] == "no_consent"
    campaign.refresh_from_db()
    assert campaign.state == "sending"


def test_whoever_reaches_the_goal_or_meets_the_exit_leaves_at_once_and_nothing_more_happens():
    ada, grace, late = ContactFactory(), ContactFactory(), ContactFactory()
    gone = list_of()
    switched_on(
        {"kind": "wait", "n": 10, "unit": "day"},
        LEAD,
        goal_event={"event": "Order Completed"},
        goal_days=30,
        exit={"segment": gone.pk},
    )
    for one in (ada, grace, late):
        does(one)
    go_on()
    does(ada, "Order Completed")
    put_in(gone, grace)
    drain.drain()
    go_on()
    assert (run_of(ada).state, run_of(ada).exit_reason) == ("goal", "goal")
    assert (run_of(grace).state, run_of(grace).exit_reason) == ("left", "exit")
    go_on(10 * DAY)
    assert run_of(late).state == "finished"
    does(late, "Order Completed")
    drain.drain()
    go_on()
    assert (run_of(late).state, run_of(late).goal_at is not None) == ("finished", True)
    assert StepDone.objects.exclude(run=run_of(late)).count() == 0


def test_those_held_out_enter_and_are_measured_but_nothing_is_done_to_them():
    people = [ContactFactory() for _n in range(40)]
    automation = switched_on(LEAD, goal_event={"event": "Order Completed"}, holdout=50, reentry="always")
    for one in people:
        does(one)
    go_on()
    out = Run.objects.filter(held_out=True)
    assert 5 < out.count() < 35
    assert not StepDone.objects.filter(run__in=out).exists()
    does(people[0].__class__.objects.get(pk=out.first().contact_id), "Order Completed")
    drain.drain()
    go_on()
    assert out.filter(state="held_out", goal_at__isnull=False).count() == 1
    assert triggers.held_out(automation.pk, [run.contact_id for run in out], 0.5) == {run.contact_id for run in out}


def test_people_finish_on_the_version_they_entered():
    ada, grace = ContactFactory(), ContactFactory()
    automation = switched_on({"kind": "wait", "n": 1, "unit": "day"}, LEAD)
    does(ada)
    go_on()
    other = automation.latest.definition | {"steps": [{"id": "x", "kind": "set_stage", "stage": "customer"}]}
    services.save_definition(automation.pk, other, actor=MARKETER)
    services.activate_automation(automation.pk, actor=MARKETER)
    does(grace)
    go_on(DAY)
    assert trace(run_of(ada)) == [("s0", "waited"), ("s1", "done")]
    assert trace(run_of(grace)) == [("x", "done")]


def test_a_paused_automation_stands_still_and_catches_up_or_not_as_asked():
    ada, grace, later = ContactFactory(), ContactFactory(), ContactFactory()
    automation = switched_on({"kind": "wait", "n": 1, "unit": "day"}, LEAD)
    does(ada)
    go_on()
    services.pause_automation(automation.pk, actor=MARKETER)
    does(grace)
    go_on(2 * DAY)
    assert (Run.objects.count(), trace(run_of(ada))) == (1, [])
    services.resume_automation(automation.pk, catch_up=False, actor=MARKETER)
    does(later)
    go_on(2 * DAY)
    assert set(Run.objects.values_list("contact_id", flat=True)) == {ada.pk, later.pk}
    services.pause_automation(automation.pk, actor=MARKETER)
    does(grace)
    services.resume_automation(automation.pk, actor=MARKETER)
    go_on()
    assert Run.objects.filter(contact_id=grace.pk).exists()


def test_a_step_that_fails_for_one_stops_nobody_else_and_is_tried_again(monkeypatch):
    ada, grace = ContactFactory(), ContactFactory()
    switched_on(LEAD)
    does(ada)
    does(grace)
    real = contacts.update_contact

    def fails(contact_id, **more):
        if contact_id == ada.pk:
            raise RuntimeError("no")
        return real(contact_id, **more)

    monkeypatch.setattr(contacts, "update_contact", fails)
    go_on()
    assert (run_of(grace).state, run_of(ada).state) == ("finished", "active")
    assert (run_of(ada).attempts, run_of(ada).trouble) == (1, "RuntimeError: no")
    monkeypatch.setattr(contacts, "update_contact", real)
    go_on(timedelta(seconds=11))
    assert (run_of(ada).state, run_of(ada).trouble) == ("finished", "")


def test_a_definition_that_can_no_longer_be_read_stops_the_automation_and_says_why():
    ada = ContactFactory()
    gains = list_of()
    automation = switched_on({"kind": "wait", "n": 1, "unit": "day"}, {"kind": "add_to_list", "list": gains.pk})
    does(ada)
    go_on()
    type(gains).objects.filter(pk=gains.pk).delete()
    go_on(DAY)
    automation.refresh_from_db()
    assert (automation.state, "/steps/1/list" in automation.trouble) == (Automation.State.PAUSED, True)
    assert HookCall.objects.count() == 0
