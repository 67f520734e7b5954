"""Automations and tasks for programs."""

from __future__ import annotations

import http.server
import threading
from collections import Counter
from datetime import timedelta

import pytest

from campaigns.journeys import hooks
from campaigns.models import HookCall, Run
from contacts import privacy, services
from crmseg.common import clock, net

from .automation_worlds import LEAD, does, go_on, run_of, switched_on
from .campaign_worlds import MARKETER
from .factories import ContactFactory
from .test_contacts_api import body, caller

pytestmark = pytest.mark.django_db
READY = {"trigger": {"kind": "event", "event": "Cart Updated"}, "steps": [{"id": "e", "kind": "end"}]}


@pytest.fixture
def api():
    return caller()


def test_an_automation_is_written_checked_switched_on_and_watched(api):
    made = api.post("/api/v1/automations/", {"name": "Cart", "definition": {"steps": []}}, format="json")
    assert (made.status_code, made.data["state"], made.data["version"]) == (201, "draft", 1)
    assert {one["pointer"] for one in made.data["problems"]} == {"/trigger", "/steps"}
    at = f"/api/v1/automations/{made.data['id']}/"
    refused = api.post(f"{at}activate/", format="json")
    assert (refused.status_code, body(refused)["problems"][0]["pointer"]) == (400, "/definition/trigger")
    assert api.post("/api/v1/automations/validate/", {"definition": READY}, format="json").data == {"problems": []}
    stale = api.patch(at, {"name": "x"}, format="json", headers={"If-Match": '"old"'})
    assert stale.status_code == 412
    api.patch(at, {"definition": READY, "note": "ready"}, format="json")
    assert api.post(f"{at}activate/", format="json").data["live_version"] == 2
    ada = ContactFactory()
    does(ada)
    go_on()
    [run] = api.get(f"{at}runs/?state=finished&contact={ada.pk}").data["results"]
    assert (run["contact"], run["version"], run["state"]) == (ada.pk, 2, "finished")
    [row] = api.get(f"{at}runs/{run['id']}/trace/").data
    assert (row["step"], row["outcome"], row["send"]) == ("e", "ended", None)
    assert api.get(f"{at}figures/").data["steps"]["e"] == {"here": 0, "passed": 1, "outcomes": {"ended": 1}}
    assert [one["number"] for one in api.get(f"{at}versions/").data["results"]] == [2, 1]
    assert api.post(f"{at}dry-run/", format="json").status_code == 202
    assert api.get(f"{at}dry-run/").data["result"] is None
    for verb, state in (("pause", "paused"), ("resume", "active"), ("archive", "archived"), ("restore", "draft")):
        assert api.post(f"{at}{verb}/", format="json").data["state"] == state
    assert api.post(f"{at}rollback/", {"version": 1}, format="json").data["version"] == 3
    assert api.post(f"{at}rollback/", {"version": 9}, format="json").status_code == 400
    assert api.delete(at).status_code == 409
    assert [one["name"] for one in api.get("/api/v1/automations/?q=car").data["results"]] == ["Cart"]
    assert api.get("/api/v1/automations/?state=flying").status_code == 400


def test_what_a_program_writes_wrongly_is_said_where_it_stands_and_nothing_of_it_is_kept(api):
    def wrong(answer):
        assert answer.status_code == 400
        return {one["pointer"]: one["message"] for one in body(answer)["problems"]}

    def make(given):
        return api.post("/api/v1/automations/", given, format="json")

    assert wrong(make({})) == {"/name": "Expected a text."}
    assert wrong(make({"name": 5, "description": []})) == dict.fromkeys(("/name", "/description"), "Expected a text.")
    made = make({"name": "Cart", "definition": READY})
    at, etag = f"/api/v1/automations/{made.data['id']}/", made["ETag"]
    assert list(wrong(api.patch(at, {"name": "Lent", "definition": 5}, format="json"))) == ["/definition"]
    assert list(wrong(api.patch(at, {"name": "Lent", "note": 5}, format="json"))) == ["/note"]
    assert api.get(at).data["name"] == "Cart"
    assert api.delete(at, headers={"If-Match": '"old"'}).status_code == 412
    assert api.delete(at, headers={"If-Match": etag}).status_code == 204


def test_one_person_is_taken_out_once(api):
    made, ada = switched_on({"kind": "wait", "n": 1, "unit": "day"}), ContactFactory()
    does(ada)
    go_on()
    at = f"/api/v1/automations/{made.pk}/runs/{run_of(ada).pk}/end/"
    assert api.post(at, format="json").data["exit_reason"] == "removed"
    assert api.post(at, format="json").status_code == 409
    assert api.post(at.replace(f"/{made.pk}/", "/999999/"), format="json").status_code == 404


def test_a_task_is_written_changed_done_and_found(api):
    ada = ContactFactory()
    due = "2026-01-31T09:00:00+01:00"
    made = api.post("/api/v1/tasks/", {"contact": ada.pk, "title": "Call", "due_at": due}, format="json")
    assert (made.status_code, made.data["due_at"]) == (201, "2026-01-31T08:00:00Z")
    at = f"/api/v1/tasks/{made.data['id']}/"
    assert api.patch(at, {"note": "soon"}, format="json").data["note"] == "soon"
    assert api.patch(at, {"note": "x"}, format="json", headers={"If-Match": '"old"'}).status_code == 412
    assert len(api.get(f"/api/v1/tasks/?state=overdue&contact={ada.pk}").data["results"]) == 1
    assert api.post(f"{at}complete/", format="json").data["done_at"] is not None
    assert api.get("/api/v1/tasks/").data["results"] == []
    assert api.post(f"{at}reopen/", format="json").data["done_at"] is None
    for given, pointer in (({"contact": 10**17}, "/contact"), ({"contact": ada.pk, "due_at": "soon"}, "/due_at")):
        refused = api.post("/api/v1/tasks/", {"title": "x"} | given, format="json")
        assert body(refused)["problems"][0]["pointer"] == pointer
    assert api.get("/api/v1/tasks/?owner=me").status_code == 400
    wrong = {"contact": "1", "owner": 10**9, "due_at": "soon", "note": 5, "source": 3}
    refused = body(api.post("/api/v1/tasks/", wrong, format="json"))
    assert {one["pointer"] for one in refused["problems"]} == {f"/{name}" for name in ("title", *wrong)}
    refused = body(api.patch(at, {"title": None, "due_at": 5}, format="json"))
    assert {one["pointer"] for one in refused["problems"]} == {"/title", "/due_at"}
    assert api.delete(at).status_code == 204


class Service(http.server.BaseHTTPRequestHandler):
    answers: list[int] = []
    heard: list[dict[str, str]] = []

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append(dict(self.headers))
        self.send_response(self.answers.pop(0))
        self.end_headers()

    def log_message(self, *_said):
        pass


def test_a_service_is_called_signed_again_after_trouble_and_never_after_a_doubt(settings):
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    server = http.server.HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ada = ContactFactory()
    switched_on({"kind": "webhook", "url": f"http://127.0.0.1:{server.server_port}/"})
    does(ada)
    go_on()
    Service.answers = [503, 200]
    hooks.deliver_due()
    call = HookCall.objects.get()
    assert (call.state, call.attempts, call.answer[:3]) == ("queued", 1, "503")
    hooks.deliver_due(call.next_attempt_at)
    call.refresh_from_db()
    assert (call.state, call.attempts) == ("sent", 2)
    keys = {heard["Idempotency-Key"] for heard in Service.heard}
    assert keys == {f"automation-{call.done_id}"}
    assert all("v1=" in heard["X-Crmseg-Signature"] for heard in Service.heard)
    now = clock.now()
    HookCall.objects.update(state="leased", lease_until=now, begun_at=now)
    hooks.deliver_due(clock.now())
    assert HookCall.objects.get().state == "uncertain"
    server.shutdown()


def test_a_service_that_does_not_answer_is_left_alone_and_keeps_no_other_waiting(settings, monkeypatch):
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    asked = []

    def post(url, body, **_bounds):
        asked.append(url)
        if "silent" in url:
            raise net.NoAnswer("the answer took too long")
        return net.Answer(200, {}, b"")

    monkeypatch.setattr(net, "post", post)
    for name in ("silent", "quick"):
        switched_on({"kind": "webhook", "url": f"http://127.0.0.1/{name}"})
    for _turn in range(hooks.AT_ONCE + 3):
        does(ContactFactory())
    go_on()
    HookCall.objects.filter(url__contains="silent").update(next_attempt_at=clock.now() - timedelta(hours=1))
    hooks.deliver_due()
    states = Counter(HookCall.objects.values_list("url", "state"))
    assert states == {
        ("http://127.0.0.1/silent", "uncertain"): hooks.AT_ONCE,
        ("http://127.0.0.1/silent", "queued"): 3,
        ("http://127.0.0.1/quick", "sent"): hooks.AT_ONCE + 3,
    }
    hooks.deliver_due(clock.now() + hooks.LEFT_ALONE)
    assert asked.count("http://127.0.0.1/silent") == hooks.AT_ONCE + 3


def test_no_more_calls_than_agreed_are_under_way_whoever_makes_them(settings, monkeypatch):
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    monkeypatch.setattr(net, "post", lambda *_given, **_bounds: net.Answer(200, {}, b""))
    switched_on({"kind": "webhook", "url": "http://127.0.0.1/"})
    for _turn in range(hooks.AT_ONCE + 1):
        does(ContactFactory())
    go_on()
    busy = HookCall.objects.filter(pk__in=HookCall.objects.values("pk")[: hooks.AT_ONCE])
    busy.update(state="leased", begun_at=clock.now(), lease_until=clock.now() + hooks.LEASE)
    hooks.deliver_due()
    assert not HookCall.objects.filter(state="sent").exists()
    assert not hooks.deliver_due(clock.now() + 2 * hooks.LEASE)
    assert Counter(HookCall.objects.values_list("state", flat=True)) == {"uncertain": hooks.AT_ONCE, "sent": 1}


def test_what_she_went_through_goes_with_a_merge_comes_back_and_is_forgotten_with_her():
    kept, double = ContactFactory(), ContactFactory()
    switched_on({"kind": "wait", "n": 1, "unit": "day"}, LEAD)
    does(kept)
    does(double)
    go_on()
    theirs = run_of(double).pk
    services.merge_contacts(kept.pk, double.pk, actor=MARKETER)
    assert Run.objects.filter(contact_id=kept.pk).count() == 2
    assert Run.objects.get(pk=theirs).exit_reason == "merged"
    services.unmerge_contacts(kept.pk, actor=MARKETER)
    assert Run.objects.get(pk=theirs).contact_id == double.pk
    assert privacy.export_contact(kept)["automations"][0]["automation"] == "Cart"
    privacy.erase_contact(kept.pk, actor=MARKETER)
    assert not Run.objects.filter(contact_id=kept.pk).exists()
