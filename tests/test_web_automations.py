"""The pages of automations: the editor keeps every change, says what is wrong where, and loses nobody's work."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from campaigns.journeys import services
from campaigns.models import Automation, Campaign, DryRun, Run, StepDone
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from crmseg.jobs import running
from crmseg.jobs.models import Job
from segments.models import Segment
from segments.services import create_segment
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def mia(client: Client) -> User:
    mia = User.objects.create_user("mia@example.org", "correct horse battery", role="marketer", name="Mia")
    client.force_login(mia)
    return mia


@pytest.fixture
def guests() -> Segment:
    return create_segment(name="Guests", kind="static", actor=SYSTEM)


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


class Editor:
    """The editor as somebody uses it: each act is sent with what the page says then."""

    def __init__(self, client: Client, automation: Automation):
        self.client, self.url = client, f"/automations/{automation.pk}/edit/"
        self.automation = automation
        self.page = text_of(client.get(self.url))

    def hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        return found.group(1) if found else ""

    def act(self, act: str, *, status: int = 200, **more: object) -> str:
        said = {name: self.hidden(name) for name in ("seen", "back", "forth")} | {"act": act} | more
        answer = self.client.post(self.url, said, headers=HTMX)
        self.page = answer.content.decode()
        assert answer.status_code == status, (answer.status_code, re.findall(r'toast-body">.*?</div>', self.page, re.S))
        return self.page

    @property
    def definition(self) -> dict:
        self.automation.refresh_from_db()
        return self.automation.latest.definition

    @property
    def steps(self) -> list[str]:
        return [step["id"] for step in self.definition["steps"]]


@pytest.fixture
def editor(client, mia, guests) -> Editor:
    answer = client.post("/automations/new/", {"name": "Welcome guests", "start": "empty", "list": guests.pk})
    assert answer.status_code == 302
    return Editor(client, Automation.objects.get())


def test_a_new_automation_begins_as_a_draft_with_its_trigger(editor, guests):
    assert editor.definition["trigger"] == {"kind": "enters", "list": guests.pk}
    assert "enters the list “Guests”" in editor.page
    assert "Add at least one step." not in editor.page or editor.automation.state == "draft"


def test_every_start_can_be_shown_and_edited(client, mia):
    for start in ("empty", "welcome", "win-back", "birthday", "lead"):
        made = client.post("/automations/new/", {"name": "", "start": start})
        text_of(client.get(made["Location"]))
    assert Automation.objects.count() == 5
    text_of(client.get("/automations/"))


def test_steps_are_added_filled_in_moved_copied_and_removed(editor):
    editor.act("add", add="start", kind="wait")
    editor.act("add", add="wait", kind="branch")
    editor.act("add", add="branch.yes", kind="set_stage")
    page = editor.act("save", step="wait", **{"panel-n": 3, "panel-unit": "day"})
    assert "3 days" in page
    page = editor.act("save", step="set_stage", **{"panel-stage": "customer"})
    assert "Customer" in page
    assert editor.steps == ["wait", "branch", "set_stage"]
    editor.act("down", step="wait")
    assert editor.steps == ["branch", "wait", "set_stage"]
    editor.act("move", step="wait", slot="branch.no")
    assert editor.definition["steps"][0] | {"condition": 0} == {
        "id": "branch", "kind": "branch", "condition": 0, "yes": "set_stage", "no": "wait",
    }  # fmt: skip
    editor.act("copy", step="wait", add="wait")
    assert editor.steps == ["branch", "set_stage", "wait", "wait-2"]
    editor.act("remove", step="branch", stay="no")
    assert editor.steps == ["wait", "wait-2"]


def test_undo_and_redo_go_back_and_forth_through_every_change(editor):
    editor.act("add", add="start", kind="wait")
    editor.act("add", add="wait", kind="end")
    editor.act("undo")
    assert editor.steps == ["wait"]
    editor.act("undo")
    assert editor.steps == []
    editor.act("redo")
    editor.act("redo")
    assert editor.steps == ["wait", "end"]
    editor.act("remove", step="end")
    assert "Nothing to redo." in editor.act("redo", status=400)


def test_a_page_that_has_not_seen_the_last_change_does_nothing(editor):
    old = editor.hidden("seen")
    editor.act("add", add="start", kind="wait")
    page = editor.act("remove", step="wait", seen=old, status=409)
    assert "Somebody else changed this meanwhile" in page
    assert editor.steps == ["wait"]


def test_what_is_open_is_said_at_its_step_and_counted(editor):
    page = editor.act("add", add="start", kind="send")
    assert "1 thing is open" in page
    assert "Choose a campaign." in page
    box = page[page.index('id="box-send"') :]
    assert "Choose a campaign." in box[: box.index("</div>")]


def test_the_form_of_an_attribute_follows_its_type(editor):
    editor.act("add", add="start", kind="set_attribute")
    page = editor.act("save", step="set_attribute", **{"panel-attribute": "birth_date"})
    assert 'type="date"' in page
    editor.act("save", step="set_attribute", value="1990-05-17", **{"panel-attribute": "birth_date"})
    assert editor.definition["steps"][0]["value"] == "1990-05-17"
    editor.act("save", step="set_attribute", value="soon", status=400, **{"panel-attribute": "birth_date"})
    assert editor.definition["steps"][0]["value"] == "1990-05-17"


def test_trigger_and_rules_are_written_beside_the_picture(editor):
    said = {"panel-kind": "date", "panel-date": "birth_date", "panel-offset": "-3", "panel-at": "08:30"}
    page = editor.act("trigger", **said, **{"panel-yearly": "on"})
    assert "3 days before “Birth date” at 08:30, every year" in page
    goal = {"panel-goal_event": "Order Completed", "panel-goal_days": 14, "panel-holdout": 20}
    editor.act("rules", **goal, **{"panel-again": "after", "panel-n": 2, "panel-unit": "week"})
    kept = editor.definition
    assert kept["reentry"] == {"after": 2, "unit": "week"}
    assert (kept["goal_event"], kept["goal_days"], kept["holdout"]) == ({"event": "Order Completed"}, 14, 20)
    assert editor.act("rules", status=400, **{"panel-holdout": 90})


def test_the_builder_writes_conditions_and_which_events_count(editor, client):
    at = f"/automations/{editor.automation.pk}/condition/"
    editor.act("add", add="start", kind="branch")
    italian = '{"property": "country", "op": "is", "value": "IT"}'
    text_of(client.get(f"{at}?of=branch&step=branch"))
    assert client.post(f"{at}?of=branch&step=branch", {"definition": italian}).status_code == 302
    assert client.post(f"{at}?of=filter", {"definition": italian}).status_code == 302
    assert editor.definition["steps"][0]["condition"]["property"] == "country"
    assert editor.definition["filter"]["property"] == "country"
    editor.page = text_of(client.get(editor.url))
    editor.act("trigger", **{"panel-kind": "event", "panel-event": "Order Completed"})
    text_of(client.get(f"{at}?of=event"))
    where = '{"event": "Order Completed", "op": "did", "where": [{"property": "total", "op": "gt", "value": 5}]}'
    assert client.post(f"{at}?of=event", {"definition": where}).status_code == 302
    assert editor.definition["trigger"]["where"][0]["property"] == "total"
    windowed = '{"event": "Order Completed", "op": "gte", "value": 3, "window": {"last": 30, "unit": "day"}}'
    assert client.post(f"{at}?of=event", {"definition": windowed}).status_code == 422
    assert client.get(f"{at}?of=branch&step=gone").status_code == 404


def test_a_new_message_is_made_for_its_step(editor, client):
    editor.act("add", add="start", kind="send")
    answer = client.post(f"/automations/{editor.automation.pk}/message/", {"step": "send"})
    made = Campaign.objects.get()
    assert answer["Location"] == f"/campaigns/{made.pk}/edit/"
    assert made.kind == "automated"
    assert editor.definition["steps"][0]["campaign"] == made.pk


def entered(automation: Automation, step: str = "", **more) -> Run:
    now = clock.now()
    contact = ContactFactory(first_name="Ada", last_name="Lovelace", email=f"ada{Run.objects.count()}@example.org")
    return Run.objects.create(
        automation=automation, version=automation.latest, contact_id=contact.pk, entry=f"event:{contact.pk}",
        entered_at=now, arrived_at=now, due_at=now + timedelta(days=1), step=step, **more,
    )  # fmt: skip


def test_the_picture_says_how_many_are_where_and_who_they_are(editor, client):
    editor.act("add", add="start", kind="wait")
    editor.act("add", add="wait", kind="wait")
    editor.automation.refresh_from_db()
    for _ in range(2):
        run = entered(editor.automation, "wait-2")
        now = clock.now()
        StepDone.objects.create(run=run, visit=1, step="wait", kind="wait", arrived_at=now, at=now, outcome="waited")
    at = f"/automations/{editor.automation.pk}/"
    page = text_of(client.get(at))
    assert "2 passed" in page
    assert "here now" in page
    people = text_of(client.get(f"{at}people/?step=wait-2&q=lovelace"))
    assert people.count("Ada Lovelace") == 2
    trace = text_of(client.get(f"{at}runs/{run.pk}/"))
    assert "time was over" in trace
    assert client.post(f"{at}runs/{run.pk}/end/").status_code == 302
    run.refresh_from_db()
    assert (run.state, run.exit_reason) == ("left", "removed")
    assert "Welcome guests" in text_of(client.get(f"/contacts/{run.contact_id}/"))


def test_it_is_switched_on_paused_resumed_archived_and_restored(editor, client):
    at = f"/automations/{editor.automation.pk}/"
    assert client.post(f"{at}switch-on/")["Location"].endswith("/dry-run/")
    editor.act("add", add="start", kind="wait")
    for act, state in (("switch-on", "active"), ("pause", "paused"), ("resume", "active"), ("archive", "archived")):
        client.post(f"{at}{act}/")
        editor.automation.refresh_from_db()
        assert editor.automation.state == state
        text_of(client.get(at))
    assert client.get(f"{at}edit/").status_code == 302
    client.post(f"{at}restore/")
    client.post(f"{at}delete/")
    assert not Automation.objects.exists()


def test_versions_can_be_looked_at_and_gone_back_to(editor, client):
    editor.act("add", add="start", kind="wait")
    at = f"/automations/{editor.automation.pk}/"
    assert "versions/1/" in text_of(client.get(f"{at}versions/"))
    text_of(client.get(f"{at}?version=1"))
    client.post(f"{at}versions/1/")
    assert editor.steps == []


def test_viewers_look_and_change_nothing(client, guests):
    made = services.create_automation(name="Quiet", definition={"steps": [{"id": "w", "kind": "wait"}]}, actor=SYSTEM)
    client.force_login(User.objects.create_user("vic@example.org", "correct horse battery", role="viewer"))
    for page in ("", f"{made.pk}/", f"{made.pk}/people/", f"{made.pk}/versions/", f"{made.pk}/dry-run/"):
        text_of(client.get(f"/automations/{page}"))
    for page in ("new/", "edit/", "condition/?of=filter", "switch-on/", "pause/", "archive/", "delete/", "copy/"):
        where = "/automations/new/" if page == "new/" else f"/automations/{made.pk}/{page}"
        assert client.post(where, {"act": "undo"}).status_code == 403, page


def test_the_number_of_queries_does_not_grow_with_steps_or_automations(client, mia, django_assert_max_num_queries):
    def automation(size: int) -> Automation:
        owned = create_segment(name=f"List {size}", kind="static", actor=SYSTEM)
        steps = [{"id": f"s{n}", "kind": "add_to_list", "list": owned.pk, "next": f"s{n + 1}"} for n in range(size)]
        steps.append({"id": f"s{size}", "kind": "end"})
        definition = {"trigger": {"kind": "enters", "list": owned.pk}, "steps": steps}
        return services.create_automation(name=f"Of {size}", definition=definition, actor=SYSTEM)

    few, many = automation(2), automation(20)
    client.get("/automations/")
    with django_assert_max_num_queries(40) as asked:
        client.get(f"/automations/{few.pk}/")
    with django_assert_max_num_queries(len(asked)):
        client.get(f"/automations/{many.pk}/")
    with django_assert_max_num_queries(40) as asked:
        client.get("/automations/")
    for size in range(3, 9):
        automation(size)
    with django_assert_max_num_queries(len(asked)):
        client.get("/automations/")


def test_the_dry_run_is_made_as_a_job_and_asked_with_before_it_is_switched_on(editor, client):
    at = f"/automations/{editor.automation.pk}/dry-run/"
    assert "Add at least one step." in text_of(client.get(at))
    editor.act("add", add="start", kind="wait")
    assert client.post(at).status_code == 302
    assert "Days looked at" in text_of(client.get(at))
    running.run(Job.objects.get().pk)
    page = text_of(client.get(at))
    assert "Over the past year 0 people would have entered." in page
    assert len(client.get(f"{at}days/").json()["labels"]) >= 365
    assert "asked as of then, at each instant" in page
    made, told = DryRun.objects.get(), clock.now().isoformat()
    asked = [
        {"at": "/filter", "why": "No past.", "until": None},
        {"at": "/steps/1/condition", "why": "", "until": told},
    ]
    made.result |= {"exact": False, "list_made_at": told, "as_of_today": asked}
    made.save()
    page = text_of(client.get(at))
    for said in (
        "once a day",
        "Asked as of today: “only people who”. No past.",
        "that step 2 asks",
        "The list was made",
    ):
        assert said in page


def test_what_it_changed_is_told_against_those_held_out(editor, client):
    editor.act("add", add="start", kind="wait")
    editor.act("rules", **{"panel-goal_event": "Order Completed", "panel-goal_days": 30, "panel-holdout": 50})
    editor.automation.refresh_from_db()
    assert "What it changed" not in text_of(client.get(f"/automations/{editor.automation.pk}/"))
    version, now = editor.automation.latest, clock.now()
    known = {"automation": editor.automation, "version": version, "entered_at": now, "arrived_at": now}
    Run.objects.bulk_create(
        Run(
            contact_id=10_000 + number, entry=f"event:{number}", held_out=number % 2 == 0, goal_at=goal, **known,
            state="held_out" if number % 2 == 0 else "finished",
        )
        for number in range(800)
        for goal in [now if number % (2 if number % 2 == 0 else 1) == 0 and number % 3 == 0 else None]
    )  # fmt: skip
    page = text_of(client.get(f"/automations/{editor.automation.pk}/"))
    assert "What it changed" in page
