"""Two people edit one list: the second is told what the first changed before anything of either is lost."""

import pytest
from django.urls import reverse

from crmseg.access.models import Role, User
from crmseg.common.actor import Actor
from segments import services
from segments.models import Segment
from segments.views.builder.draft import Draft

from .factories import ContactFactory
from .test_web_lists_builder import condition, sent

pytestmark = pytest.mark.django_db
ITALY = {"all": [{"property": "country", "op": "is", "value": "IT"}]}


@pytest.fixture
def marketer(client):
    user = User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER)
    client.force_login(user)
    return user


@pytest.fixture
def italians(marketer):
    return services.create_segment(name="Italians", kind="active", definition=ITALY, actor=Actor("user", "mara"))


def rows(*conditions):
    return sent(Draft("group", {"mode": ["all"]}, list(conditions)))


def country(value):
    return condition(what="property:country", op="is", value=value)


def change(segment, value):
    definition = {"all": [{"property": "country", "op": "is", "value": value}]}
    services.update_segment(segment.pk, definition=definition, reason="We moved", actor=Actor("user", "bea"))


def save(client, segment, draft, **more):
    return client.post(reverse("segments:save", args=[segment.pk]), {"draft": draft, **more})


def test_the_second_sees_what_the_first_changed_beside_her_own(client, italians):
    change(italians, "FR")
    mine = rows(country("IT"), condition(what="property:city", op="is", value="Rome"))
    response = save(client, italians, mine, version="1")
    html = response.content.decode()
    assert response.status_code == 409
    assert response["HX-Retarget"] == "#impact"
    assert "bea saved it" in html
    assert "Why: We moved" in html
    theirs, yours = html.split('id="changed-yours"')
    assert "<ins>“FR”</ins>" in theirs
    assert "City is “Rome”" in yours
    assert "City" not in theirs
    assert italians.versions.count() == 2


def test_confirming_what_was_outrun_meanwhile_is_refused_as_well(client, italians):
    mine = rows(country("DE"))
    assert save(client, italians, mine, version="1").status_code == 200  # she looks at the impact
    change(italians, "FR")
    assert save(client, italians, mine, version="1", confirmed="1").status_code == 409
    assert Segment.objects.get().definition["all"][0]["value"] == "FR"
    assert save(client, italians, mine, version="2", confirmed="1").status_code == 302  # hers, on purpose
    assert Segment.objects.get().definition["all"][0]["value"] == "DE"


def test_the_count_says_at_once_that_somebody_saved(client, italians):
    ContactFactory(country="IT")
    preview = reverse("segments:preview", args=[italians.pk])
    before = client.post(preview, {"draft": rows(country("IT")), "version": "1"}).content.decode()
    assert "in the meantime" not in before
    change(italians, "FR")
    after = client.post(preview, {"draft": rows(country("IT")), "version": "1"}).content.decode()
    assert "Somebody saved version 2 of this list in the meantime." in after


def test_a_version_that_can_no_longer_be_read_says_why(client, italians):
    Segment.objects.filter(pk=italians.pk).update(definition={"property": "gone_by_now", "op": "is_known"}, version=2)
    html = save(client, italians, rows(country("IT")), version="1").content.decode()
    assert "One of them can no longer be read" in html
