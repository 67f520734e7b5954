"""The table of lists: what one finds, follows, files and mends there."""

import pytest
from django.urls import reverse

from crmseg.access.models import Role, User
from crmseg.common.actor import SYSTEM
from segments import services
from segments.models import Follow

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(client):
    user = User.objects.create_user("vera@example.org", "correct horse battery", role=Role.VIEWER)
    client.force_login(user)
    return user


def static(name="By hand", **details):
    return services.create_segment(name=name, kind="static", actor=SYSTEM, **details)


def test_anybody_follows_a_list_by_its_star_and_leaves_it_again(client, viewer):
    made = static()
    at = reverse("segments:follow", args=[made.pk])
    star = client.post(at, {"follow": "yes"}, headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="true"' in star
    assert Follow.objects.get().user == viewer
    client.post(at, {"follow": "yes"})
    assert Follow.objects.count() == 1
    star = client.post(at, {"follow": "no"}, headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="false"' in star
    assert not Follow.objects.exists()
