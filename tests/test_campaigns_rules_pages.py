"""The page and the REST resource of the rules for every campaign."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from campaigns import policy
from campaigns.models import FrequencyCap
from contacts.models import ConsentTopic
from crmseg.access.models import ApiKey, AuditEntry, User

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/campaigns/rules/"
RULES = {"holdout": "2.5", "quiet_from": "21:30", "quiet_until": "08:00"}


@pytest.fixture
def ann(client):
    client.force_login(User.objects.create_user("ann@example.org", "a long password for tests", role="admin"))
    return client


def program(scope="full"):
    _key, secret = ApiKey.objects.create_key(name=f"{scope} key", scope=scope)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def test_an_administrator_sets_holdout_and_quiet_hours_and_the_audit_log_knows(ann):
    at = reverse("campaigns:rules")
    assert "No cap yet" in ann.get(at).content.decode()
    assert ann.post(at, RULES).status_code == 302
    held = policy.current()
    assert (held.holdout, str(held.quiet_from), held.tracks_without_consent) == (0.025, "21:30:00", False)
    page = ann.get(at).content.decode()
    assert 'value="21:30"' in page
    assert 'value="2.5"' in page
    entry = AuditEntry.objects.get(object_type="sendingpolicy")
    assert entry.changes["quiet_from"] == "21:30:00"
    wrong = ann.post(at, RULES | {"quiet_until": ""})
    assert wrong.status_code == 400
    assert "a beginning and an end" in wrong.content.decode()


def test_caps_are_added_and_taken_away(ann):
    ConsentTopic.objects.create(key="offers", label="Offers", channels=["email"])
    given = {"channel": "email", "topic": "offers", "messages": "2", "days": "7"}
    assert ann.post(reverse("campaigns:add-cap"), given).status_code == 302
    page = " ".join(ann.get(reverse("campaigns:rules")).content.decode().split())
    assert "at most 2 messages in 7 days · Offers" in page
    assert ann.post(reverse("campaigns:add-cap"), given | {"days": "0"}).status_code == 400
    ann.post(reverse("campaigns:remove-cap", args=[FrequencyCap.objects.get().pk]))
    assert not FrequencyCap.objects.exists()


def test_only_administrators_change_the_rules(client):
    client.force_login(User.objects.create_user("mia@example.org", "a long password for tests", role="marketer"))
    assert client.get(reverse("campaigns:rules")).status_code == 403
    assert client.post(reverse("campaigns:rules"), RULES).status_code == 403


def test_programs_read_and_change_the_rules():
    api = program()
    assert api.get(ROOT).json() == {
        "holdout": 0.0,
        "quiet_from": None,
        "quiet_until": None,
        "tracks_without_consent": True,
    }
    changed = api.patch(ROOT, {"holdout": 0.1, "quiet_from": "22:00", "quiet_until": "07:00"}, format="json").json()
    assert (changed["holdout"], changed["quiet_from"]) == (0.1, "22:00:00")
    assert api.patch(ROOT, {"quiet_from": None, "quiet_until": None}, format="json").json()["quiet_from"] is None
    assert api.patch(ROOT, {"holdout": 2}, format="json").json()["problems"][0]["pointer"] == "/holdout"
    cap = api.post(f"{ROOT}caps/", {"messages": 3, "days": 7}, format="json")
    assert (cap.status_code, cap.json()["channel"]) == (201, "email")
    assert [one["id"] for one in api.get(f"{ROOT}caps/").json()] == [cap.json()["id"]]
    assert api.post(f"{ROOT}caps/", {"messages": 0, "days": 7}, format="json").status_code == 400
    assert api.delete(f"{ROOT}caps/{cap.json()['id']}/").status_code == 204
    assert api.delete(f"{ROOT}caps/{cap.json()['id']}/").status_code == 404
    assert program("read").patch(ROOT, {"holdout": 0}, format="json").status_code == 403
