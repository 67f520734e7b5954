"""The pages of an archived list: all can be read, and every button that is still pressed says why nothing happens."""

import pytest
from django.urls import reverse

from crmseg.access.models import Role, User
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import build
from segments.models import Membership, Segment

from .factories import ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(client):
    """An archived active list and an archived static one, each with Ada in it."""
    client.force_login(User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER))
    ada = ContactFactory(first_name="Ada", country="IT")
    rule = {"property": "country", "op": "is", "value": "IT"}
    made = [services.create_segment(name="Rule", kind="active", definition=rule, actor=SYSTEM)]
    made.append(services.create_segment(name="Hand", kind="static", actor=SYSTEM))
    services.add_members(made[1].pk, [ada.pk], actor=SYSTEM)
    build.run_waiting()
    for segment in made:
        services.archive(segment.pk, actor=SYSTEM)
    return made


@pytest.mark.parametrize("name", ["segment", "ledger", "versions", "about", "explain", "overlap", "standing"])
def test_every_tab_is_read_as_before(client, lists, name):
    for segment in lists:
        response = client.get(reverse(f"segments:{name}", args=[segment.pk]))
        assert response.status_code == 200
        if name == "segment":
            page = response.content.decode()
            assert "Ada" in page
            assert "it stands still" in page
            assert "Refresh now" not in page


@pytest.mark.parametrize("name", ["segment", "about", "pins", "versions", "explain"])
def test_no_tab_offers_what_cannot_be_done(client, lists, name):
    for segment in lists:
        page = client.get(reverse(f"segments:{name}", args=[segment.pk])).content.decode()
        for offered in ("Edit definition", "Add people", "Set a goal", "choose-members", 'id="pin-form"', ">Save<"):
            assert offered not in page, offered
        assert "Restore" in page
        assert reverse("segments:delete", args=[segment.pk]) in page


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("refresh", {}),
        ("convert", {}),
        ("remove_members", {"all": "1"}),
        ("pins", {"contact": "1", "direction": "out"}),
    ],
)
def test_what_is_still_asked_of_it_is_refused_in_a_sentence(client, lists, name, data):
    for segment in lists:
        response = client.post(reverse(f"segments:{name}", args=[segment.pk]), data, follow=True)
        assert response.status_code in (200, 404, 405, 409, 422)
    assert Membership.objects.count() == 2
    assert not Segment.unarchived.exists()


def test_nobody_is_added_to_it(client, lists):
    at = reverse("segments:add_members", args=[lists[1].pk])
    assert client.get(at).status_code == 404
    assert client.post(at, {"people": "x@example.org"}).status_code == 404


def test_it_can_be_deleted_before_its_time(client, lists):
    for segment in lists:
        assert client.post(reverse("segments:delete", args=[segment.pk])).status_code == 302
    assert not Segment.objects.exists()
