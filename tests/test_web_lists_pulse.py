"""The page of a list follows its list without being loaded again."""

import re

import pytest
from django.urls import reverse

from crmseg.access.models import Role, User
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import feed

from .factories import ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(client):
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role=Role.VIEWER))


def beat_on(text: str) -> str:
    found = re.search(r'id="pulse" hx-get="([^"]+)"', text)
    assert found is not None
    return found[1]


def test_the_page_hears_of_every_move_once_and_of_nothing_else(client, viewer):
    ada, bea = ContactFactory(), ContactFactory()
    made = services.create_segment(name="By hand", kind="static", actor=SYSTEM)
    asked = beat_on(client.get(reverse("segments:segment", args=[made.pk])).content.decode())
    assert client.get(asked).status_code == 204

    services.add_members(made.pk, [ada.pk], actor=SYSTEM)
    heard = client.get(asked)
    assert (heard.status_code, heard["HX-Trigger-After-Settle"]) == (200, "list-moved")
    asked = beat_on(heard.content.decode())
    assert client.get(asked).status_code == 204

    services.add_members(made.pk, [bea.pk], actor=SYSTEM)
    services.remove_members(made.pk, [ada.pk], actor=SYSTEM)
    feed.number()
    assert client.get(asked).status_code == 200
