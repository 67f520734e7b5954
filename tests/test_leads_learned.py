"""Learned scores on pages and over HTTP: asked for, refused in words, kept as a score model, and forgotten."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts.models import Contact
from crmseg.access.models import AuditEntry, Role, User
from crmseg.access.services import create_key
from crmseg.common.actor import SYSTEM
from crmseg.jobs import running
from crmseg.jobs.models import Job
from segments.models import Fitting, Score, ScoreModel
from segments.scoring import build
from tests.factories import ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
ITALIAN = {"property": "country", "op": "is", "value": "IT"}
ASKED = {"event": "Demo Requested", "op": "did", "window": {"last": 30, "unit": "day"}}
FEATURES = [{"name": "Italian", "definition": ITALIAN}, {"name": "Asked", "definition": ASKED}]
BIN = {"people": 50, "said": 0.2, "happened": 0.22, "low": 0.1, "high": 0.3}


@pytest.fixture
def marketer(client):
    user = User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER, name="Mara")
    client.force_login(user)
    return user


@pytest.fixture
def fitting():
    def weight(value, holds=100):
        known = {"weight": value, "low": value - 0.1, "high": value + 0.1} if value is not None else {}
        return {"holds": holds, "converted": holds // 4, "weight": None, "low": None, "high": None} | known

    found = {"intercept": -2.0, "weights": [weight(1.0), weight(0.5)], "people": 900, "converted": 200}
    found |= {"later_people": 300, "later_converted": 60, "auc": 0.8, "auc_low": 0.75, "auc_high": 0.85}
    found |= {"brier": 0.1, "top": 2.5, "bins": [BIN] * 10}
    return Fitting.objects.create(
        name="Buys", goal={"event": "Order Completed"}, days=30, features=FEATURES, found=found, as_of=timezone.now()
    )


def told(client, fitting):
    return client.get(reverse("leads:fitting", args=[fitting.pk])).content.decode()


def test_what_foretells_is_said_in_odds_and_kept_with_one_click_as_a_score_in_percent(client, marketer, fitting):
    page = told(client, fitting)
    for said in ("×2.72", "the odds are 2.72 times as high", "80 %", "75 % – 85 %", "200"):
        assert said in page
    ada = ContactFactory(country="IT")
    EventFactory(contact=ada, type__name="Demo Requested")
    answer = client.post(reverse("leads:keep_fitting", args=[fitting.pk]), {"key": "buys_score"})
    model = ScoreModel.objects.get()
    assert answer.url == reverse("leads:model", args=[model.pk])
    assert (model.key, model.link, model.intercept) == ("buys_score", "logistic", -2)
    assert [group["kind"] for group in model.definition["groups"]] == ["fit", "engagement"]
    build.run_waiting()
    assert float(Score.objects.get(contact=ada).points) == pytest.approx(37.75, abs=0.01)  # 1 / (1 + e^0.5)
    assert "×2.72" in client.get(answer.url).content.decode()
    assert "To its score model" in told(client, fitting)


def test_too_little_data_is_said_with_how_much_there_is_and_cannot_be_kept(client, marketer, fitting):
    Fitting.objects.filter(pk=fitting.pk).update(refused="conversions", found={"have": 14, "need": 100})
    assert "Not enough conversions yet: you have 14, it needs 100." in told(client, fitting)
    client.post(reverse("leads:keep_fitting", args=[fitting.pk]))
    assert not ScoreModel.objects.exists()
    assert "you have 14" in client.get(reverse("leads:fittings")).content.decode()


def test_weights_that_tell_nothing_are_a_result_too(client, marketer, fitting):
    fitting.found |= {"auc": 0.52, "auc_low": 0.47}
    fitting.save()
    assert "This is a result, too." in told(client, fitting)


def test_calibration_is_drawn_in_percent(client, marketer, fitting):
    drawn = client.get(reverse("leads:calibration_chart", args=[fitting.pk])).json()
    assert [one["values"][0] for one in drawn["series"]] == [20, 22, 10, 30]


def test_asking_proposes_conditions_for_the_goal_and_starts_a_job(client, marketer):
    for number in range(12):
        contact = ContactFactory(country="IT")
        EventFactory(contact=contact, type__name="Page Viewed")
        if number % 2:
            EventFactory(contact=contact, type__name="Order Completed")
    url = reverse("leads:fitting_new")
    page = client.get(url, {"goal": "event:Order Completed"})
    offered = [text for _label, rows in page.context["kinds"] for _offer, text, _checked in rows]
    assert any("Page Viewed" in text for text in offered)
    assert not any("Order Completed" in text for text in offered)
    assert client.post(url, {"goal": "event:Order Completed", "days": "30"}).status_code == 422
    answer = client.post(url, {"goal": "event:Order Completed", "days": "30", "feature": offered})
    made = Fitting.objects.get()
    assert answer.url == reverse("leads:fitting", args=[made.pk])
    assert "Looking at everybody as they were" in told(client, made)
    running.run(made.job_id)
    assert "Not enough conversions yet: you have 0, it needs 100." in told(client, made)
    client.post(reverse("leads:delete_fitting", args=[made.pk]))
    assert not Fitting.objects.exists()


def test_deleting_what_is_learned_now_stops_the_work(client, marketer):
    EventFactory(contact=ContactFactory(), type__name="Order Completed")
    data = {"goal": "event:Order Completed", "days": "30", "feature": json.dumps(ITALIAN)}
    client.post(reverse("leads:fitting_new"), data)
    client.post(reverse("leads:delete_fitting", args=[Fitting.objects.get().pk]))
    assert Job.objects.get().state == "cancelled"


@pytest.fixture
def api(client):
    _key, text = create_key(name="tests", scope="full", actor=SYSTEM)

    def call(method, path, data=None, **headers):
        return client.generic(
            method,
            f"/api/v1/score-models/learned/{path}",
            json.dumps(data) if data is not None else "",
            content_type="application/json",
            headers={"authorization": f"Bearer {text}", **headers},
        )

    return call


def test_programs_learn_read_keep_and_forget_scores(api, fitting):
    EventFactory(contact=ContactFactory(), type__name="Order Completed")
    made = api("POST", "", {"goal": {"event": "Order Completed"}, "days": 30, "features": FEATURES})
    assert (made.status_code, made.json()["state"]) == (202, "queued")
    running.run(Job.objects.get().pk)
    refused = api("GET", f"{made.json()['id']}/").json()
    assert (refused["state"], refused["found"]) == ("refused", None)
    assert "it needs 100" in refused["refusal"]
    whole = api("GET", f"{fitting.pk}/").json()
    assert whole["found"]["weights"][0]["definition"] == ITALIAN
    assert len(api("GET", "").json()["results"]) == 2
    kept = api("POST", f"{fitting.pk}/keep/", {})
    assert kept.json()["model"] == ScoreModel.objects.get().pk
    assert api("POST", f"{fitting.pk}/keep/", {}).status_code == 409
    assert api("DELETE", f"{fitting.pk}/").status_code == 204
    assert ScoreModel.objects.exists()
    assert Contact.objects.exists()


def test_programs_call_it_otherwise_and_note_something_beside_it(api, client, marketer, fitting):
    seen = api("GET", f"{fitting.pk}/").headers["ETag"]
    changed = api("PATCH", f"{fitting.pk}/", {"name": " Buys  soon ", "notes": "Ask Ben before use."}, if_match=seen)
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["notes"]) == ("Buys soon", "Ask Ben before use.")
    assert "Ask Ben before use." in told(client, fitting)
    assert api("PATCH", f"{fitting.pk}/", {"name": "Late"}, if_match=seen).status_code == 412
    assert api("PATCH", f"{fitting.pk}/", {"notes": ""}).json()["name"] == "Buys soon"
    refused = api("PATCH", f"{fitting.pk}/", {"name": " ", "notes": 5, "days": 60})
    assert [problem["pointer"] for problem in refused.json()["problems"]] == ["/days", "/name", "/notes"]
    assert api("PATCH", "999999/", {"name": "Nobody"}).status_code == 404
    said = AuditEntry.objects.get(action="updated", changes__has_key="name")
    assert (said.before["name"], said.changes["name"]) == ("Buys", "Buys soon")


def test_programs_are_told_everything_that_is_wrong_at_its_place(api):
    answer = api("POST", "", {"goal": {"event": "Never"}, "days": 3, "features": [{"definition": {"event": 1}}]})
    assert answer.status_code == 400
    pointers = {problem["pointer"] for problem in answer.json()["problems"]}
    assert {"/goal/event", "/days"} <= pointers
    assert any(pointer.startswith("/features/0/definition") for pointer in pointers)


def test_programs_hear_of_all_of_it_at_once_and_of_keys_that_nobody_knows(api, fitting):
    def wrong(path, given):
        answer = api("POST", path, given)
        assert answer.status_code == 400
        return {problem["pointer"] for problem in answer.json()["problems"]}

    assert wrong("", {}) == {"/goal", "/days"}
    assert wrong("", {"goal": [], "days": "x", "name": 5, "colour/red": 1}) == {
        "/goal",
        "/days",
        "/name",
        "/colour~1red",
    }
    odd = {"goal": {"stage": "customer"}, "days": 30, "features": [{"definition": ITALIAN, "name": 5, "points": 3}]}
    assert wrong("", odd) == {"/features/0/name", "/features/0/points"}
    assert wrong(f"{fitting.pk}/keep/", {"key": 5, "name": "Buys"}) == {"/key", "/name"}
    assert not ScoreModel.objects.exists()
