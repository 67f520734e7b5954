"""What people filtered is kept: for each person on the table of lists, and under its address while somebody uses it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from contacts import saved_views
from contacts.models import SavedFilter, SavedView, TableHabit
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "lists"}
ITALIANS = {"property": "country", "op": "is", "value": "IT"}


def person(client: Client, name: str) -> User:
    user = User.objects.create_user(f"{name}@example.org", "correct horse battery", role="viewer")
    client.force_login(user)
    return user


@pytest.fixture(autouse=True)
def _lists():
    services.create_segment(name="By hand", kind="static", actor=SYSTEM)
    services.create_segment(name="Italians", kind="active", definition=ITALIANS, actor=SYSTEM)


def test_the_table_of_lists_opens_as_it_was_left(client):
    person(client, "vera")
    client.get("/lists/?q=hand&kind=static&state=&owner=&page=1", headers=HTMX)
    client.get("/lists/?kind=static&sort=-size", headers=HTMX)
    opened = client.get("/lists/")
    assert opened.status_code == 302
    assert opened["Location"] == "/lists/?kind=static&sort=-size"
    names = [row.segment.name for row in client.get("/lists/", follow=True).context["rows"]]
    assert names == ["By hand"]
    assert client.get("/lists/?folder=none").status_code == 200
    client.get("/lists/?kind=&sort=-size", headers=HTMX)
    assert client.get("/lists/")["Location"] == "/lists/?sort=-size"
    assert len(client.get("/lists/?all=1").context["rows"]) == 2
    assert client.get("/lists/").status_code == 200


def test_an_address_that_somebody_sent_changes_nobodys_filters(client):
    person(client, "vera")
    client.get("/lists/?kind=static")
    client.get("/lists/?archived=1&kind=static", headers=HTMX)
    assert not TableHabit.objects.exists()
    person(client, "omar")
    assert client.get("/lists/").status_code == 200


def test_a_filter_is_forgotten_when_nobody_opened_it_for_90_days(client):
    vera = person(client, "vera")
    opened, viewed, forgotten = (
        saved_views.keep_filter({"property": "country", "op": "is", "value": value}) for value in ("IT", "FR", "DE")
    )
    SavedFilter.objects.update(used_at=clock.now() - timedelta(days=91))
    SavedView.objects.create(name="French", owner=vera, query={"filter": viewed})
    SavedView.objects.create(name="All", owner=vera, query={"q": "a"})
    assert client.get(f"/contacts/?filter={opened}").status_code == 200
    assert saved_views.forget_filters() == 1
    assert set(SavedFilter.objects.values_list("token", flat=True)) == {opened, viewed}
    assert client.get(f"/contacts/?filter={forgotten}").status_code == 400
