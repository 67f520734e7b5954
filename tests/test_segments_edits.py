"""Edits over HTTP, safe before they are saved and after: impact, versions, differences, rollback, quiet edits, pins."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from crmseg.access.services import create_key
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import build, drain
from segments.models import Build, LedgerEntry, Membership, Pin, Segment, SegmentVersion
from tests.built import build_all

from .campaign_worlds import draft
from .factories import ContactFactory

pytestmark = pytest.mark.django_db
ITALIANS = {"all": [{"property": "country", "op": "is", "value": "IT"}]}
FRENCH = {"all": [{"property": "country", "op": "is", "value": "FR"}]}
KNOWN = {"all": [{"property": "country", "op": "is_known"}]}
ROOT = "/api/v1/segments/"


@pytest.fixture
def api():
    _key, text = create_key(name="full", scope="full", actor=SYSTEM)
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {text}", raise_request_exception=False)


def make(api, definition=ITALIANS, name="Italians", **given):
    response = api.post(ROOT, {"name": name, "definition": definition, **given})
    assert response.status_code == 201, response.content
    build_all()
    return f"{ROOT}{response.json()['id']}/"


def pk_of(url):
    return int(url.rstrip("/").rpartition("/")[2])


def ids(rows):
    return [row["id"] for row in rows]


def members(url):
    return set(Membership.objects.filter(segment=pk_of(url)).values_list("contact_id", flat=True))


def pointers(response):
    return [problem["pointer"] for problem in response.json()["problems"]]


# Impact


def test_impact_says_who_would_enter_and_leave_and_writes_nothing(api):
    ada, bob = ContactFactory(country="IT"), ContactFactory(country="FR")
    eve, kim, _nobody = ContactFactory(country="IT"), ContactFactory(country="FR"), ContactFactory()
    url = make(api)
    services.pin(pk_of(url), [eve.pk], direction="in", actor=SYSTEM)
    services.pin(pk_of(url), [kim.pk], direction="out", actor=SYSTEM)
    drain.drain()
    found = api.post(url + "impact/", {"definition": FRENCH}).json()
    assert (found["entering"]["count"], ids(found["entering"]["sample"])) == (1, [bob.pk])
    assert (found["leaving"]["count"], ids(found["leaving"]["sample"])) == (1, [ada.pk])
    assert (found["staying"], found["count"], found["everyone"]) == (1, 2, 5)
    assert found["entering"]["sample"][0]["email"] == bob.email
    assert (Segment.objects.get().version, Build.objects.count()) == (1, 1)
    api.patch(url, {"definition": FRENCH})
    build_all()
    assert members(url) == {bob.pk, eve.pk}


def test_impact_names_the_lists_and_campaigns_that_would_feel_it(api):
    url = make(api)
    inner = {"segment": pk_of(url), "op": "in"}
    outer = make(api, {"any": [inner, KNOWN]}, "Outer")
    outermost = make(api, {"not": {"segment": pk_of(outer), "op": "in"}}, "Outermost")
    both = make(api, {"any": [inner, {"segment": pk_of(outermost), "op": "in"}]}, "Both")
    make(api, FRENCH, "Apart")
    campaign = draft(Segment.objects.get(pk=pk_of(outermost)))
    draft(Segment.objects.get(name="Apart"))
    found = api.post(url + "impact/", {"definition": KNOWN}).json()
    assert ids(found["lists"]) == [pk_of(outer), pk_of(outermost), pk_of(both)]
    assert found["campaigns"] == [{"id": campaign.pk, "name": campaign.name, "state": "draft"}]
    assert api.post(both + "impact/", {"definition": KNOWN}).json()["lists"] == []


def test_impact_refuses_what_saving_would_refuse(api):
    url = make(api)
    outer = make(api, {"segment": pk_of(url), "op": "in"}, "Outer")
    wrong = api.post(url + "impact/", {"definition": {"property": "cuntry", "op": "is", "value": "IT"}})
    assert (wrong.status_code, pointers(wrong)) == (400, ["/definition/property"])
    assert api.post(url + "impact/", {"definition": {"segment": pk_of(outer), "op": "in"}}).status_code == 400
    assert api.post(url + "impact/", {}).status_code == 400
    assert api.post(ROOT + "999999/impact/", {"definition": KNOWN}).status_code == 404


# Versions


def test_every_save_is_a_version_with_its_words_and_reason(api):
    url = make(api)
    api.patch(url, {"definition": FRENCH, "reason": "We moved"})
    found = api.get(url + "versions/").json()["results"]
    assert [(one["version"], one["reason"], one["live"], one["quiet"]) for one in found] == [
        (2, "We moved", False, False),
        (1, "", True, False),
    ]
    assert found[0]["saved_by"].startswith("key:") or found[0]["saved_by"]
    assert "FR" in found[0]["sentence"]
    build_all()
    assert api.get(url + "versions/2/").json()["live"] is True
    assert api.get(url + "versions/1/").json()["definition"] == ITALIANS
    assert api.get(url + "versions/3/").status_code == 404


def test_two_versions_are_compared_condition_by_condition(api):
    city = {"property": "city", "op": "is", "value": "Rome"}
    url = make(api, {"all": [*ITALIANS["all"], city]})
    age = {"property": "age", "op": "gte", "value": 18}
    api.patch(url, {"definition": {"all": [age, *FRENCH["all"]]}})
    found = api.get(url + "versions/1/difference/2/").json()
    assert (found["before"]["version"], found["after"]["version"]) == (1, 2)
    assert [
        (one["change"], one["before"] and one["before"]["pointer"], one["after"] and one["after"]["pointer"])
        for one in found["changes"]
    ] == [("removed", "/all/1", None), ("added", None, "/all/0"), ("changed", "/all/0", "/all/1")]
    removed, added, changed = found["changes"]
    assert "Rome" in removed["before"]["sentence"]
    assert added["after"]["node"] == age
    assert "IT" in changed["before"]["sentence"]
    assert "FR" in changed["after"]["sentence"]
    assert api.get(url + "versions/2/difference/2/").json()["changes"] == []
    assert api.get(url + "versions/1/difference/9/").status_code == 404


def test_an_earlier_definition_comes_back_as_a_new_version(api):
    ada, bob = ContactFactory(country="IT"), ContactFactory(country="FR")
    url = make(api)
    api.patch(url, {"definition": FRENCH})
    build_all()
    assert members(url) == {bob.pk}
    back = api.post(url + "rollback/", {"version": 1, "reason": "A mistake"})
    assert (back.status_code, back.json()["version"], back.json()["definition"]) == (200, 3, ITALIANS)
    build_all()
    assert members(url) == {ada.pk}
    assert SegmentVersion.objects.get(number=3).reason == "A mistake"
    assert pointers(api.post(url + "rollback/", {"version": 9})) == ["/version"]
    assert api.post(url + "rollback/", {"version": 1}).status_code == 409
    assert pointers(api.post(url + "rollback/", {"version": True, "quiet": "yes"})) == ["/version", "/quiet"]
    api.post(url + "rollback/", {"version": 2})
    assert SegmentVersion.objects.get(number=4).reason == "Back to version 2."


def test_what_a_campaign_used_stays_known(api):
    url = make(api)
    campaign = draft(Segment.objects.get())
    campaign.versions_used = {url: 1}
    campaign.save()
    assert api.get(f"/api/v1/campaigns/{campaign.pk}/").json()["versions_used"] == {url: 1}


# Quiet edits


def test_a_quiet_edit_marks_its_entries_and_exits_and_those_that_follow_from_them(api):
    ContactFactory(country="IT")
    bob = ContactFactory(country="FR")
    url = make(api)
    outer = make(api, {"segment": pk_of(url), "op": "in"}, "Outer")
    assert not LedgerEntry.objects.filter(quiet=True).exists()
    api.patch(url, {"definition": FRENCH, "quiet": True})
    build_all()
    rows = api.get(ROOT + "changes/").json()["results"]
    assert [row["quiet"] for row in rows] == [False] * 2 + [True] * 4
    assert api.get(url + "versions/").json()["results"][0]["quiet"] is True
    assert members(outer) == {bob.pk}
    bob.country = "IT"
    bob.save()
    drain.drain()
    assert [row["quiet"] for row in api.get(ROOT + "changes/").json()["results"]][6:] == [False] * 2


def test_a_refresh_in_place_of_a_quiet_build_is_as_quiet_and_a_later_one_is_not(api):
    ContactFactory(country="FR")
    url = make(api)
    api.patch(url, {"definition": FRENCH, "quiet": True})
    api.post(url + "refresh/")
    build_all()
    assert LedgerEntry.objects.get().quiet
    Membership.objects.all().delete()
    api.post(url + "refresh/")
    build_all()
    assert not LedgerEntry.objects.latest("pk").quiet


def test_a_contact_that_also_changed_itself_is_not_quiet(api):
    ada = ContactFactory(country="IT", city="Rome")
    url = make(api)
    rome = {"property": "city", "op": "is", "value": "Rome"}
    outer = make(api, {"all": [{"segment": pk_of(url), "op": "in"}, rome]}, "Outer")
    api.patch(url, {"definition": KNOWN, "quiet": True})
    api.patch(url, {"definition": FRENCH, "quiet": True})
    while build.run_waiting():
        pass
    ada.city = "Milan"
    ada.save()
    drain.drain()
    assert not LedgerEntry.objects.filter(segment_id=pk_of(outer)).latest("pk").quiet


# Pins


def test_pins_are_set_read_and_taken_away(api):
    ada, bob = ContactFactory(country="IT"), ContactFactory(country="FR")
    url = make(api)
    soon = (clock.now() + timedelta(days=1)).isoformat()
    pinned = api.post(
        url + "pins/", {"contact_ids": [bob.pk, 10**15], "direction": "in", "reason": "VIP", "expires_at": soon}
    )
    assert (pinned.status_code, pinned.json()["pinned"], pointers(pinned)) == (200, 1, ["/contact_ids/1"])
    assert api.post(url + "pins/", {"contact": ada.pk, "direction": "out"}).json()["pinned"] == 1
    drain.drain()
    assert members(url) == {bob.pk}
    shown = api.get(url).json()
    assert (shown["pinned_in"], shown["pinned_out"], shown["size"], shown["definition"]) == (1, 1, 1, ITALIANS)
    assert api.get(ROOT).json()["results"][0]["pinned_out"] == 1
    latest, first = api.get(url + "pins/").json()["results"]
    assert (latest["contact"]["id"], latest["direction"], latest["expires_at"]) == (ada.pk, "out", None)
    assert (first["contact"]["email"], first["reason"], first["direction"]) == (bob.email, "VIP", "in")
    assert first["author"]
    assert len(api.get(url + "pins/?direction=in").json()["results"]) == 1
    page = api.get(url + "pins/?limit=1").json()
    assert api.get(page["next"]).json()["results"] == [first]
    assert api.delete(url + "pins/", {"contact_ids": [ada.pk, bob.pk]}).json()["unpinned"] == 2
    assert api.get(url + "pins/").json()["results"] == []
    assert api.get(url).json()["pinned_in"] == 0
    drain.drain()
    assert (members(url), Pin.objects.count()) == ({ada.pk}, 0)


def test_what_is_no_pin_is_refused_with_its_place(api):
    ada = ContactFactory()
    url = make(api)
    one = {"contact": ada.pk, "direction": "in"}
    for given, at in (
        ({"direction": "in"}, ["/contact_ids"]),
        ({"contact_ids": ["Ada"], "direction": "in"}, ["/contact_ids/0"]),
        ({**one, "contact": True}, ["/contact"]),
        ({**one, "contact_ids": [1]}, ["/contact"]),
        ({**one, "direction": "sideways"}, ["/direction"]),
        ({"contact": ada.pk}, ["/direction"]),
        ({**one, "reason": 7}, ["/reason"]),
        ({**one, "expires_at": "tomorrow"}, ["/expires_at"]),
        ({**one, "expires_at": "2020-01-01T00:00:00Z"}, ["/expires_at"]),
    ):
        response = api.post(url + "pins/", given)
        assert (response.status_code, pointers(response)) == (400, at), given


def test_static_lists_have_members_and_active_lists_have_pins(api):
    ada = ContactFactory()
    url = make(api)
    static = api.post(ROOT, {"name": "Guests"}).json()["id"]
    for response in (
        api.get(f"{ROOT}{static}/pins/"),
        api.post(f"{ROOT}{static}/pins/", {"contact": ada.pk, "direction": "in"}),
    ):
        assert response.status_code == 409
    refused = api.post(url + "members/", {"contact_ids": [ada.pk]})
    assert refused.status_code == 409
    assert "pins/" in refused.json()["problems"][0]["message"]


# Delays


def test_delays_are_seconds_and_nothing_is_none(api):
    url = make(api, entry_delay=259_200)
    assert (api.get(url).json()["entry_delay"], api.get(url).json()["exit_delay"]) == (259_200, None)
    changed = api.patch(url, {"entry_delay": 0, "exit_delay": 60}).json()
    assert (changed["entry_delay"], changed["exit_delay"], changed["version"]) == (None, 60, 1)
    assert api.patch(url, {"exit_delay": None}).json()["exit_delay"] is None
    for wrong in (-1, "3 days", 10**12, True, 1.5):
        assert pointers(api.patch(url, {"entry_delay": wrong})) == ["/entry_delay"], wrong
    static = api.post(ROOT, {"name": "Guests", "entry_delay": 60})
    assert pointers(static) == ["/entry_delay"]


def test_a_list_that_was_read_can_be_sent_back_whole(api):
    url = make(api, exit_delay=60)
    assert api.put(url, api.get(url).json()).status_code == 200
    api.patch(url, {"kind": "static"})
    assert api.put(url, api.get(url).json()).status_code == 200
    assert api.patch(url, {"entry_delay": 60}).status_code == 400
