"""The target of a list over HTTP: read, set, changed and taken away."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from crmseg.access.models import ApiKey
from crmseg.common.actor import SYSTEM
from segments import services
from segments.models import Target

from .factories import ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    _key, secret = ApiKey.objects.create_key(name="Robot", scope="full")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


@pytest.fixture
def address() -> str:
    made = services.create_segment(name="By hand", kind="static", actor=SYSTEM)
    services.add_members(made.pk, [ContactFactory().pk, ContactFactory().pk], actor=SYSTEM)
    return f"/api/v1/segments/{made.pk}/target/"


def test_it_is_set_read_and_taken_away(api, address):
    assert api.get(address).status_code == 204
    put = api.put(address, {"metric": "size", "value": 10, "by": "2099-01-31"}, format="json")
    assert put.status_code == 200, put.content
    told = api.get(address).json()
    assert told == put.json()
    assert (float(told["value"]), float(told["base"]), float(told["now"])) == (10, 2, 2)
    assert (told["metric"], told["by"], told["reached"]) == ("size", "2099-01-31", False)
    assert api.put(address, {"metric": "size", "value": "1.5"}, format="json").json()["by"] is None
    assert api.delete(address).status_code == 204
    assert not Target.objects.exists()


@pytest.mark.parametrize(
    ("sent", "pointers"),
    [
        ({}, {"/metric", "/value"}),
        ({"metric": "weight", "value": 1}, {"/metric"}),
        ({"metric": "size", "value": "much", "by": "soon"}, {"/value", "/by"}),
        ({"metric": "size", "value": True, "days": "30"}, {"/value", "/days"}),
        ({"metric": "did", "value": 101, "event": "Nothing"}, {"/value", "/event"}),
        ({"metric": "average", "value": 1}, {"/property"}),
        ({"metric": "size", "value": 1, "colour": "red"}, {"/colour"}),
    ],
)
def test_what_makes_no_sense_is_a_problem_at_its_place(api, address, sent, pointers):
    answer = api.put(address, sent, format="json")
    assert answer.status_code == 400
    assert {problem["pointer"] for problem in answer.json()["problems"]} == pointers
    assert not Target.objects.exists()


def test_an_archived_list_keeps_its_target(api, address):
    api.put(address, {"metric": "size", "value": 10}, format="json")
    services.archive(Target.objects.get().segment_id, actor=SYSTEM)
    assert api.get(address).status_code == 200
    assert api.delete(address).status_code == 409
    assert Target.objects.exists()
