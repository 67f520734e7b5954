"""The pages of profiles, personas, searches and look-alikes: what they show, and the list that a click makes."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from crmseg.access.models import Role
from crmseg.access.services import create_key
from crmseg.common.actor import SYSTEM
from crmseg.jobs import running
from segments import services
from segments.models import Discovery, Segment

from .profile_worlds import active, built, shop, static
from .test_web_list_page import sign_in

pytestmark = pytest.mark.django_db
pytest.importorskip("sklearn")
ITALIANS = {"property": "country", "op": "is", "value": "IT"}


@pytest.fixture
def marketer(client):
    return sign_in(client)


def page(client, name, *args, **query):
    response = client.get(reverse(f"segments:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def ended(discovery):
    running.run(discovery.job_id)
    discovery.refresh_from_db()
    discovery.job.refresh_from_db()
    return discovery


def searched(kind, **asked):
    return ended(services.start_discovery(kind, asked, user=None, actor=SYSTEM))


def test_a_profile_is_read_aloud_and_shown_with_its_figures(client, marketer):
    shop(300)
    italians = active("Italians", ITALIANS)
    assert "profile/found" in page(client, "profile", italians.pk)
    text = page(client, "profile_found", italians.pk)
    assert "What sets “Italians” apart from everyone" in text
    assert "Its definition asks for Country" in text
    assert "Needs and what was bought" in text
    sheet = page(client, "persona", italians.pk)
    assert "In short" in sheet
    exported = client.get(reverse("segments:export_profile", args=[italians.pk])).content.decode()
    assert exported.startswith("group,trait,value,unit,list,compared,index")
    others = active("French", {**ITALIANS, "value": "FR"})
    assert "apart from “French”" in page(client, "profile_found", italians.pk, against=others.pk)


def test_a_small_list_says_how_many_a_profile_needs(client, marketer):
    few = static("Few", shop(60)[:3])
    assert "There are 3 people on this side, and a profile needs 20." in page(client, "profile_found", few.pk)
    assert "a profile needs 20" in page(client, "persona", few.pk)


def test_a_search_for_groups_is_begun_watched_and_saved_as_a_list(client, marketer):
    shop(400)
    asked = {"kind": "groups", "about": ["budget", "needs"], "k": "2"}
    answer = client.post(reverse("segments:discovery_start"), asked)
    made = Discovery.objects.get()
    assert answer["Location"] == reverse("segments:discovery", args=[made.pk])
    assert "<progress" in page(client, "discovery", made.pk)
    ended(made)
    text = page(client, "discovery", made.pk)
    assert "You chose their number" in text
    assert "Stability" in text
    saving = client.post(reverse("segments:discovery_save", args=[made.pk]), {"number": "0", "name": "Group one"})
    listed = built(Segment.objects.get(name="Group one"))
    assert saving["Location"] == reverse("segments:segment", args=[listed.pk])
    assert listed.size == made.result["groups"][0]["count"]
    assert "Saved as “Group one”" in page(client, "discovery", made.pk)
    assert "Groups of alike people" in page(client, "discover")
    client.post(reverse("segments:discovery_save", args=[made.pk]), {"number": "0", "name": "Again"})
    assert not Segment.objects.filter(name="Again").exists()


def test_look_alikes_stand_in_the_tab_of_their_list(client, marketer):
    shop(600)
    italians = active("Italians", ITALIANS)
    assert "Search for look-alikes" in page(client, "lookalikes", italians.pk)
    client.post(reverse("segments:discovery_start"), {"kind": "lookalikes", "segment": italians.pk})
    made = ended(Discovery.objects.get())
    text = page(client, "lookalikes", italians.pk)
    assert made.result["groups"]
    assert "Lift" in text
    assert "How they were told apart" in text
    assert "Country" in text, "what was left out is named"


def test_what_cannot_be_searched_says_why(client, marketer):
    shop(60)
    few = searched("goal", goal={"event": "Order Completed", "days": 30})
    assert few.job.state == "failed"
    assert "it needs 100" in page(client, "discovery", few.pk)
    refused = client.post(reverse("segments:discovery_start"), {"kind": "goal", "event": "Nothing", "days": "x"})
    assert refused.status_code == 422
    assert "There is no such event here." in refused.content.decode()
    assert client.post(reverse("segments:discovery_start"), {"kind": "groups"}).status_code == 422


def test_a_search_is_deleted_and_its_lists_stay(client, marketer):
    made = Discovery.objects.create(kind="groups", name="Old", created_by="x", result={"groups": []})
    client.post(reverse("segments:discovery_delete", args=[made.pk]))
    assert not Discovery.objects.exists()


def test_who_only_reads_begins_and_saves_nothing(client):
    sign_in(client, Role.VIEWER)
    made = Discovery.objects.create(kind="groups", name="Old", created_by="x", result={"groups": []})
    for name, args in (("discovery_start", []), ("discovery_save", [made.pk]), ("discovery_delete", [made.pk])):
        assert client.post(reverse(f"segments:{name}", args=args)).status_code == 403
    assert "Look for groups" not in page(client, "discover")


def test_without_the_packages_the_page_says_which_are_missing(client, marketer, monkeypatch):
    monkeypatch.setattr("segments.insights.discovery.learning.find_spec", lambda _name: None)
    assert "install the extra “insights”" in page(client, "discover")
    refused = client.post(reverse("segments:discovery_start"), {"kind": "groups", "about": ["age"]})
    assert refused.status_code == 422


@pytest.fixture
def api():
    _key, text = create_key(name="shop", scope="full", actor=SYSTEM)
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {text}")


def test_programs_ask_for_the_same_profile(api):
    shop(300)
    italians = active("Italians", ITALIANS)
    told = api.get(f"/api/v1/segments/{italians.pk}/profile/").json()
    country = next(one for one in told["traits"] if (one["key"], one["value"]) == ("country", "IT"))
    assert country["index"] == pytest.approx(300)
    assert country["in_definition"]
    assert any("Budget" in sentence for sentence in told["text"])
    refused = api.get(f"/api/v1/segments/{italians.pk}/profile/", {"against": "0"})
    assert refused.json()["problems"][0]["pointer"] == "/against"


def test_programs_search_and_save(api):
    shop(600)
    italians = active("Italians", ITALIANS)
    assert api.get(f"/api/v1/segments/{italians.pk}/lookalikes/").status_code == 204
    begun = api.post(f"/api/v1/segments/{italians.pk}/lookalikes/", {}, format="json")
    assert begun.status_code == 202
    where = f"/api/v1/discoveries/{begun.json()['id']}/"
    assert api.get(where).json()["state"] == "queued"
    ended(Discovery.objects.get())
    told = api.get(where).json()
    assert told["state"] == "done"
    for given, pointer in (({"group": 99}, "/group"), ({"group": True}, "/group"), ({"group": 0, "k": 1}, "/k")):
        refused = api.post(f"{where}save/", {"name": "Like Italians"} | given, format="json")
        assert [one["pointer"] for one in refused.json()["problems"]] == [pointer]
    saved = api.post(f"{where}save/", {"group": 0, "name": "Like Italians"}, format="json")
    assert saved.status_code == 201
    assert built(Segment.objects.get(name="Like Italians")).size == told["result"]["groups"][0]["count"]
    assert len(api.get("/api/v1/discoveries/", {"kind": "lookalikes"}).json()["results"]) == 1
    told_tag = api.get(where).headers["ETag"]
    named = api.patch(where, {"name": "More Italians", "notes": "For spring."}, format="json", HTTP_IF_MATCH=told_tag)
    assert (named.json()["name"], named.json()["notes"]) == ("More Italians", "For spring.")
    assert named.json()["result"]["groups"][0]["saved"] == saved.json()["id"]
    assert api.patch(where, {"name": ""}, format="json", HTTP_IF_MATCH=told_tag).status_code == 412
    assert api.patch(where, {"kind": "goal"}, format="json").json()["problems"][0]["pointer"] == "/kind"
    assert api.delete(where).status_code == 204


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "none"}, "/kind"),
        ({"kind": "groups"}, "/about"),
        ({"kind": "groups", "about": ["age", "nothing"]}, "/about/1"),
        ({"kind": "groups", "about": ["age"], "k": 1}, "/k"),
        ({"kind": "goal", "goal": {"event": "Nothing", "days": 30}}, "/goal/event"),
        ({"kind": "goal", "goal": 3}, "/goal"),
        ({"kind": "lookalikes", "segment": 10**30}, "/segment"),
        ({"kind": "lookalikes", "more": 1}, "/more"),
    ],
)
def test_every_problem_of_a_search_is_said_with_its_place(api, body, pointer):
    answer = api.post("/api/v1/discoveries/", body, format="json")
    assert answer.status_code == 400
    assert pointer in [problem["pointer"] for problem in answer.json()["problems"]]
