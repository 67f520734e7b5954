"""Score models over HTTP: made, changed, previewed, explained point by point, and kept from being overwritten."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from contacts import services
from contacts.models import Contact
from crmseg.access.services import create_key
from crmseg.common import clock, json
from crmseg.common.actor import SYSTEM
from segments.engine import drain
from segments.models import ScoreModel
from segments.scoring import preview

from .factories import ContactFactory, EventFactory
from .scoring import FADING, ITALIAN, ORDERED, group, make, rule, scheme, settle

pytestmark = pytest.mark.django_db
MODELS = "/api/v1/score-models/"
SIMPLE = scheme(group("fit", rule(ITALIAN, 20)), group("engagement", rule(ORDERED, 10)))


class Api:
    def __init__(self, client, scope):
        _key, secret = create_key(name=scope, scope=scope, actor=SYSTEM)
        self.client, self.headers = client, {"Authorization": f"Bearer {secret}"}

    def __call__(self, method, path, data=None, **headers):
        body = {"data": json.dumps(data).decode(), "content_type": "application/json"} if data is not None else {}
        return getattr(self.client, method)(path, headers=self.headers | headers, **body)


@pytest.fixture
def api(client):
    return Api(client, "full")


@pytest.fixture
def ada(db):
    return ContactFactory(first_name="Ada", country="IT")


def pointers(response):
    assert response.headers["Content-Type"] == "application/problem+json"
    return [problem["pointer"] for problem in response.json()["problems"]]


def test_a_model_is_made_scores_everyone_and_shows_how_far_it_is(api, ada):
    made = api("post", MODELS, {"key": "lead_score", "name": "Lead score", "definition": SIMPLE})
    assert made.status_code == 201, made.content
    shown = made.json()
    assert (shown["state"], shown["version"], shown["progress"]) == ("building", 1, {"done": 0, "total": 0})
    assert shown["properties"] == {
        "points": "lead_score",
        "grade": "lead_grade",
        "fit": "lead_score_fit",
        "engagement": "lead_score_engagement",
    }
    settle()
    at = f"{MODELS}{shown['id']}/"
    shown = api("get", at).json()
    assert (shown["state"], shown["progress"], shown["is_default"]) == ("live", None, True)
    (found,) = api("get", f"{at}scores/?min=20&grade=A4").json()["results"]
    assert (found["contact"]["id"], found["points"], found["grade"]) == (ada.pk, 20, "A4")
    assert api("get", f"{at}scores/?grade=D4").json()["results"] == []
    spread = api("get", f"{at}distribution/").json()
    assert (spread["everyone"], spread["grades"]["A4"], spread["exact"]) == (1, 1, True)


def test_everything_that_is_wrong_is_said_at_its_place(api):
    broken = {
        "groups": [
            {"kind": "love", "rules": [{"definition": {"property": "contry", "op": "is", "value": 1}, "points": "5"}]},
            {"kind": "fit", "cap": -1, "rules": [rule(ITALIAN, Decimal("1e9"), decay={"every": 0, "unit": "day"})]},
        ],
        "grades": {"fit": [10, 50, 90]},
        "sum": True,
    }
    answer = api("post", f"{MODELS}validate/", {"definition": broken}).json()
    assert [problem["pointer"] for problem in answer["problems"]] == [
        "/definition/sum",
        "/definition/groups/0/kind",
        "/definition/groups/0/rules/0/points",
        "/definition/groups/0/rules/0/definition/property",
        "/definition/groups/1/cap",
        "/definition/groups/1/rules/0/points",
        "/definition/groups/1/rules/0/decay/every",
        "/definition/grades/fit",
    ]
    refused = api("post", MODELS, {"key": "Lead Score", "name": " ", "definition": broken, "link": "log", "x": 1})
    assert pointers(refused) == ["/x"]
    refused = api("post", MODELS, {"key": "Lead Score", "name": " ", "definition": SIMPLE, "link": "log"})
    assert pointers(refused) == ["/key", "/name", "/link"]
    make(SIMPLE)
    for taken in ("country", "lead_score", "lead"):  # both would give a `lead_grade`
        assert pointers(api("post", MODELS, {"key": taken, "name": "x", "definition": SIMPLE})) == ["/key"]
    assert pointers(api("post", MODELS, {"key": "other", "name": "x", "definition": scheme()})) == [
        "/definition/groups"
    ]


def test_an_edit_is_a_version_and_overwrites_nothing_unseen(api, ada):
    model = make(SIMPLE)
    at = f"{MODELS}{model.pk}/"
    seen = api("get", at)
    changed = scheme(group("fit", rule(ITALIAN, 50)))
    saved = api("patch", at, {"definition": changed, "reason": "more"}, **{"If-Match": seen.headers["ETag"]})
    assert (saved.status_code, saved.json()["version"]) == (200, 2)
    assert api("patch", at, {"name": "Other"}, **{"If-Match": seen.headers["ETag"]}).status_code == 412
    versions = api("get", f"{at}versions/").json()["results"]
    assert [(one["version"], one["reason"]) for one in versions] == [(2, "more"), (1, "")]
    assert api("post", f"{at}versions/1/rollback/").json()["version"] == 3
    assert api("post", f"{at}versions/9/rollback/").status_code == 400
    assert api("delete", at).status_code == 204
    assert api("get", at).status_code == 404


def test_a_preview_says_how_everyone_would_be_spread_and_who_would_move(api, ada):
    ContactFactory(first_name="Bob", country="FR")
    model = make(SIMPLE)
    wanted = {"definition": scheme(group("fit", rule(ITALIAN, 5), rule({"not": ITALIAN}, 10))), "model": model.pk}
    found = api("post", f"{MODELS}preview/", wanted).json()
    assert (found["everyone"], found["looked_at"], found["exact"], found["mean"]) == (2, 2, True, 7.5)
    assert (found["raised"], found["lowered"]) == (1, 1)
    assert found["moves"] == [
        {"before": "A4", "after": "C4", "count": 1},
        {"before": "D4", "after": "B4", "count": 1},
    ]
    assert [one["count"] for one in found["bins"]] == [1, 0, 0, 0, 0, 1]
    assert ScoreModel.objects.get().version == 1
    assert pointers(api("post", f"{MODELS}preview/", {"definition": scheme()})) == ["/definition/groups"]
    for nobody in (-1, 10**30, True, "one", model.pk + 1):
        assert pointers(api("post", f"{MODELS}preview/", wanted | {"model": nobody})) == ["/model"]


def test_of_very_many_a_sample_is_looked_at_and_said_to_be_one(api, ada, monkeypatch):
    Contact.objects.bulk_create(Contact(country="IT") for _ in range(400))
    monkeypatch.setattr(preview, "MOST", 100)
    found = api("post", f"{MODELS}preview/", {"definition": SIMPLE}).json()
    assert (found["everyone"], found["exact"], found["mean"]) == (401, False, 20)
    assert 50 < found["looked_at"] < 150
    assert sum(found["grades"].values()) == found["looked_at"] == found["grades"]["A4"]
    assert api("post", f"{MODELS}preview/", {"definition": SIMPLE}).json()["looked_at"] == found["looked_at"]


def test_a_score_is_explained_point_by_point_with_the_instant_at_which_it_moves(api, ada):
    happened = EventFactory(contact=ada, occurred_at=clock.now() - timedelta(days=40)).occurred_at
    fading = rule(ORDERED, 10, decay=FADING, name="Ordered")
    make(scheme(group("fit", rule(ITALIAN, 30), rule({"not": ITALIAN}, 7), cap=25), group("engagement", fading)))
    (score,) = api("get", f"/api/v1/contacts/{ada.pk}/scores/").json()["results"]
    assert (score["key"], score["points"], score["grade"]) == ("lead_score", 30, "A2")
    told = api("get", f"/api/v1/contacts/{ada.pk}/scores/lead_score/").json()
    assert (told["points"], told["fit"], told["engagement"], told["grade"]) == (30, 25, 5, "A2")
    fit, engagement = told["groups"]
    assert (fit["points"], fit["sum"], fit["cap"], fit["most"]) == (25, 30, 25, 25)
    assert [(one["holds"], one["points"], one["full"]) for one in fit["rules"]] == [(True, 30, 30), (False, 0, 7)]
    (ordered,) = engagement["rules"]
    assert (ordered["name"], ordered["points"], ordered["full"], ordered["share"]) == ("Ordered", 5, 10, 50)
    assert ordered["sentence"].startswith("Order Completed")
    turns = (happened + timedelta(days=60, microseconds=1)).isoformat().replace("+00:00", "Z")
    assert (ordered["next_at"], ordered["next_points"], told["next_at"]) == (turns, 2.5, turns)
    assert ordered["reasons"][0]["evidence"]["count"] == 1


def test_the_history_of_a_score_is_told_from_the_latest_change_on(api, ada):
    make(SIMPLE)
    EventFactory(contact=ada)
    drain.drain()
    at = f"/api/v1/contacts/{ada.pk}/scores/lead_score/history/"
    assert [(one["old"], one["new"]) for one in api("get", at).json()["results"]] == [(20, 30)]
    assert api("get", "/api/v1/contacts/99999/scores/lead_score/history/").status_code == 404
    assert api("get", f"/api/v1/contacts/{ada.pk}/scores/nothing/").status_code == 404


def test_pages_of_scores_go_on_where_they_ended_whatever_the_cursor(api, ada):
    for _ in range(3):
        ContactFactory()
    at = f"{MODELS}{make(SIMPLE).pk}/scores/?limit=2"
    first = api("get", at).json()
    rest = api("get", first["next"]).json()
    assert [one["points"] for one in first["results"] + rest["results"]] == [20, 0, 0, 0]
    assert rest["next"] is None
    for wrong in ("min=x", "min=NaN", "grade=E9", "cursor=WyJ4IiwiMSJd", "cursor=WyJOYU4iLCIxIl0"):
        assert api("get", f"{at}&{wrong}").status_code == 400


def test_a_key_that_only_reads_may_preview_and_change_nothing(client, ada):
    model = make(SIMPLE)
    reading = Api(client, "read")
    assert reading("post", f"{MODELS}preview/", {"definition": SIMPLE}).status_code == 200
    for method, path, data in (
        ("post", MODELS, {"key": "a", "name": "a", "definition": SIMPLE}),
        ("patch", f"{MODELS}{model.pk}/", {"name": "x"}),
        ("delete", f"{MODELS}{model.pk}/", None),
    ):
        assert reading(method, path, data).status_code == 403


def test_a_model_goes_through_its_states(api, ada):
    made = api("post", MODELS, {"key": "other", "name": "Other", "definition": SIMPLE, "draft": True}).json()
    at = f"{MODELS}{made['id']}/"
    assert made["state"] == "draft"
    assert api("post", f"{at}refresh/").status_code == 409
    assert api("post", f"{at}publish/").json()["state"] == "building"
    assert api("post", f"{at}publish/").status_code == 409
    settle()
    assert api("post", f"{at}default/").json()["is_default"]
    assert api("post", f"{at}refresh/").status_code == 202
    assert api("post", f"{at}archive/").json()["archived_at"]
    assert api("get", MODELS).json()["results"] == []
    assert len(api("get", f"{MODELS}?archived=true").json()["results"]) == 1
    assert api("patch", at, {"name": "x"}).status_code == 409
    assert api("post", f"{at}restore/").json()["state"] == "draft"


def test_the_queue_says_why_somebody_comes_first_and_what_is_next(api, ada):
    EventFactory(contact=ada)
    ContactFactory(first_name="Ben", country="FR")
    model = make(SIMPLE)
    settle()
    Contact.objects.filter(pk=ada.pk).update(owner="Mara")
    task = services.create_task(ada.pk, "Call her", due_at=clock.now() + timedelta(days=1), actor=SYSTEM)
    first, second = api("get", f"{MODELS}{model.pk}/leads/").json()["results"]
    assert (first["contact"]["id"], first["points"], first["owner"]) == (ada.pk, 30, "Mara")
    assert [reason["points"] for reason in first["why"]] == [20, 10]
    assert (first["next_step"]["task"], first["next_step"]["title"]) == (task.pk, "Call her")
    assert (second["points"], second["why"], second["next_step"], second["last_touch"]) == (0, [], None, None)


def test_the_queue_is_narrowed_by_owner_and_by_words(api, ada):
    model = make(SIMPLE)
    settle()
    Contact.objects.filter(pk=ada.pk).update(owner="Mara")
    asked = f"{MODELS}{model.pk}/leads/"
    assert len(api("get", f"{asked}?owner=Mara&q=ada").json()["results"]) == 1
    assert api("get", f"{asked}?owner=none").json()["results"] == []
