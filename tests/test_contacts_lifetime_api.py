"""Lifetime values, cohorts and churn for programs."""

from __future__ import annotations

import pytest

from contacts.models import Worth
from contacts.worth import bulk
from contacts.worth.lifetime import job
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.jobs import running
from tests.worth_world import NOW, shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def marketer(client):
    client.force_login(User.objects.create_user("m@api.example", "a long password", role="marketer", name="M"))
    return client


def test_an_empty_account_says_what_it_needs(marketer):
    said = marketer.get("/api/v1/lifetime/").json()
    assert (said["ready"], said["fit"], said["repeat_buyers"]) == (False, None, 0)
    assert said["needs"] == {"repeat_buyers": 100, "weeks": 26}
    assert marketer.post("/api/v1/lifetime/", {}, content_type="application/json").status_code == 409
    assert marketer.get("/api/v1/cohorts/").json()["cohorts"] == []
    assert marketer.get("/api/v1/churn/").status_code == 400


def test_a_fit_is_ordered_and_read_and_shown_beside_a_contact(marketer):
    shop()
    bulk.renew(NOW)
    assert marketer.post("/api/v1/lifetime/", {"weeks": 12}, content_type="application/json").status_code == 202
    assert marketer.get("/api/v1/lifetime/").json()["running"] is True
    running.run(job.running().pk)
    fit = marketer.get("/api/v1/lifetime/").json()["fit"]
    assert (fit["weeks"], fit["people"]) == (12, 400)
    assert set(fit["purchases"]["params"]) == {"r", "alpha", "a", "b"}
    assert fit["checks"]["holdout"]["happened"] > 0
    cohorts = marketer.get("/api/v1/cohorts/?months=24&unit=quarter").json()
    assert sum(one["people"] for one in cohorts["cohorts"]) == 400
    assert all(one["returned"][0] == 1 for one in cohorts["cohorts"])
    everyone = cohorts["survival"][0]
    assert everyone["people"] == 400
    assert everyone["lost"] == Worth.objects.filter(activity="lost").count()
    assert everyone["share"] == sorted(everyone["share"], reverse=True)
    row = Worth.objects.order_by("-revenue").first()
    page = marketer.get(f"/contacts/{row.contact_id}/").content.decode()
    assert "worth-title" in page
    assert "Expected in 12 weeks" in page
    churn = marketer.get("/api/v1/churn/?days=60").json()
    assert churn["before"] == sum(churn["bands"].values()) - churn["bands"]["new"]
    assert churn["falling"] == len(churn["people"])


def test_what_cannot_be_is_refused_with_a_pointer(marketer):
    for address, pointer in (
        ("cohorts/?months=99", "/months"),
        ("cohorts/?months=x", "/months"),
        ("cohorts/?unit=week", "/unit"),
        ("churn/?days=1", "/days"),
        ("churn/?event=Nothing", "/event"),
    ):
        answer = marketer.get(f"/api/v1/{address}")
        assert (answer.status_code, answer.json()["problems"][0]["pointer"]) == (400, pointer)


def test_bodies_that_cannot_be_are_refused(marketer):
    for body, pointer in (({"weeks": "x"}, "/weeks"), ({"weeks": 0}, "/weeks"), ({"other": 1}, "/other")):
        answer = marketer.post("/api/v1/lifetime/", body, content_type="application/json")
        assert (answer.status_code, answer.json()["problems"][0]["pointer"]) == (400, pointer)


def test_viewers_read_and_do_not_fit(client):
    client.force_login(User.objects.create_user("v@api.example", "a long password", role="viewer", name="V"))
    assert client.get("/api/v1/lifetime/").status_code == 200
    assert client.post("/api/v1/lifetime/", {}, content_type="application/json").status_code == 403
