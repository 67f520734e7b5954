"""Where lists are shown, they say what they mean: in the table of lists, and in campaigns as of the version used."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign
from crmseg.access.models import Role, User
from crmseg.common.actor import SYSTEM
from segments import sentences, services
from segments.engine import build

pytestmark = pytest.mark.django_db
ITALIANS = {"property": "country", "op": "is", "value": "IT"}
FRENCH = {"property": "country", "op": "is", "value": "FR"}


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role=Role.VIEWER))
    return client


def test_a_campaign_says_what_its_lists_meant_when_it_started(viewer):
    segment = services.create_segment(name="Near", kind="active", definition=ITALIANS, actor=SYSTEM)
    services.update_segment(segment.pk, actor=SYSTEM, definition=FRENCH)
    while build.run_waiting():
        pass
    draft = Campaign.objects.create(name="Draft", include=[segment.pk])
    sent = Campaign.objects.create(name="Sent", include=[segment.pk], versions_used={str(segment.pk): 1})
    for campaign, said in ((draft, "Country is “FR”"), (sent, "Country is “IT” · version 1")):
        assert said in viewer.get(reverse("campaigns:campaign", args=[campaign.pk])).content.decode()


def test_the_table_of_lists_says_what_each_means(viewer):
    services.create_segment(name="Near", kind="active", definition=ITALIANS, actor=SYSTEM)
    assert "Country is “IT”" in viewer.get(reverse("segments:list")).content.decode()


def test_a_list_without_a_definition_says_nothing():
    by_hand = services.create_segment(name="By hand", kind="static", actor=SYSTEM)
    assert sentences.of_versions({by_hand.pk: None}) == {}
