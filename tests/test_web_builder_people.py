"""A number of the builder opens the people behind it."""

from __future__ import annotations

import pytest
from django.test import Client

from crmseg.access.models import User
from segments.views.builder.draft import Draft

from .factories import ContactFactory
from .test_web_lists_builder import condition, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role="viewer"))
    for country, city in (("IT", "Rome"), ("IT", "Turin"), ("FR", "Paris"), ("FR", "Rome")):
        ContactFactory(country=country, city=city, email=f"{city}-{country}@example.org".lower())
    return client


def rows() -> str:
    either = [condition(what="property:city", op="is", value=city) for city in ("Turin", "Paris")]
    italy = condition(what="property:country", op="is", value="IT")
    return sent(Draft("group", {"mode": ["all"]}, [italy, Draft("group", {"mode": ["any"]}, either)]))


def opened(client: Client, **asked: str) -> set[str]:
    answer = client.post("/lists/builder/people/", {"draft": rows(), **asked}, follow=True)
    assert answer.status_code == 200
    return {row.email for row in answer.context["table"].rows}


def test_the_count_a_row_alone_and_what_remains_after_it(viewer):
    assert opened(viewer, at="") == {"turin-it@example.org"}
    assert opened(viewer, at="/all/0") == {"rome-it@example.org", "turin-it@example.org"}
    assert opened(viewer, at="/all/1") == {"paris-fr@example.org", "turin-it@example.org"}
    assert opened(viewer, at="/all/1", after="1") == {"turin-it@example.org"}
    assert opened(viewer, at="/all/1/any/0", after="1") == {"turin-it@example.org"}
    assert opened(viewer, at="/all/1/any/1", after="1") == {"paris-fr@example.org", "turin-it@example.org"}


@pytest.mark.parametrize("at", ["/all/7", "/all/x", "/any/0", "/all/0/property", "nonsense/", "/all"])
def test_a_place_that_is_not_there_is_said(viewer, at):
    answer = viewer.post("/lists/builder/people/", {"draft": rows(), "at": at}, follow=True)
    assert "This cannot be counted yet." in answer.content.decode()
