"""Campaigns for programs: shapes, refusals with their pointers, and the way from a draft to a report."""

import json

import pytest
from rest_framework.test import APIClient

from campaigns import services
from campaigns.draft import READERS
from campaigns.models import Campaign, OutboxMessage
from campaigns.rest.input import CampaignInput
from crmseg.access.models import ApiKey
from segments import guards

from .campaign_worlds import MARKETER, draft, list_of, send_all, started, subscriber

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/campaigns/"


def program(scope="full"):
    _key, secret = ApiKey.objects.create_key(name=f"{scope} key", scope=scope)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


@pytest.fixture(autouse=True)
def _outbox(settings):
    settings.EMAIL_URL = ""


@pytest.fixture
def api():
    return program()


def pointers(response):
    assert response["Content-Type"].startswith("application/problem+json")
    return {problem["pointer"] for problem in response.json()["problems"]}


def test_a_campaign_from_draft_to_report(api):
    ada, bob = subscriber(first_name="Ada"), subscriber(email=None)
    friends = list_of(ada, bob)
    words = {
        "name": "Spring",
        "channel": "email",
        "subject": "Hi {{ contact.first_name }}",
        "body_text": "Look",
        "sender": "Shop <shop@example.org>",
        "include": [friends.pk],
        "exclude": [],
        "topic": "news",
        "holdout": 0,
    }
    created = api.post(ROOT, words, format="json")
    assert created.status_code == 201
    campaign = created.json()
    assert {key: campaign[key] for key in words} == words
    assert (campaign["state"], campaign["waterfall"], campaign["body_html"]) == ("draft", {}, "")

    at = f"{ROOT}{campaign['id']}/"
    assert api.get(f"{at}audience/").json() == {
        "in_lists": 2,
        "excluded": 0,
        "no_address": 1,
        "no_consent": 0,
        "suppressed": 0,
        "duplicate_address": 0,
        "capped": 0,
        "asked_lately": 0,
        "lower_priority": 0,
        "held_out_always": 0,
        "held_out": 0,
        "queued": 1,
    }
    preview = api.get(f"{at}preview/{ada.pk}/").json()
    assert (preview["subject"], preview["html"]) == ("Hi Ada", "")
    assert preview["text"].startswith("Look\n")

    begun = api.post(f"{at}start/").json()
    assert begun["state"] == "sending"
    assert begun["waterfall"]["queued"] == 1
    assert begun["versions_used"] == {str(friends.pk): 1}
    assert api.post(f"{at}start/").status_code == 200

    send_all(Campaign.objects.get(pk=campaign["id"]))
    assert api.get(at).json()["state"] == "sent"
    report = api.get(f"{at}report/").json()
    outcomes = {
        "queued": 0,
        "sent": 1,
        "failed": 0,
        "uncertain": 0,
        "unsubscribed": 0,
        "skipped": {"no_address": 1},
    }
    assert {key: report[key] for key in outcomes} == outcomes
    sends = api.get(f"{at}sends/").json()
    assert sends["next"] is None
    assert [(row["contact"]["id"], row["address"], row["state"], row["reason"]) for row in sends["results"]] == [
        (ada.pk, ada.email, "sent", ""),
        (bob.pk, "", "skipped", "no_address"),
    ]
    assert sends["results"][0]["sent_at"]
    assert [row["contact"]["id"] for row in api.get(f"{at}sends/?state=sent").json()["results"]] == [ada.pk]


def test_every_problem_is_pointed_at(api):
    refused = api.post(
        ROOT,
        {
            "name": "",
            "channel": "pigeon",
            "subject": "{{ broken",
            "sender": "not an address",
            "include": [999_999, "x", True],
            "exclude": "all",
            "colour": "red",
        },
        format="json",
    )
    assert refused.status_code == 400
    assert pointers(refused) == {
        "/name",
        "/channel",
        "/sender",
        "/include/0",
        "/include/1",
        "/include/2",
        "/exclude",
        "/colour",
    }
    broken = api.post(ROOT, {"name": "x", "subject": "{{ broken", "body_html": "{% if %}"}, format="json")
    assert pointers(broken) == {"/subject", "/body_html"}
    assert api.post(ROOT, [], format="json").status_code == 400
    assert pointers(api.post(ROOT, {"subject": "Nameless"}, format="json")) == {"/name"}


@pytest.mark.parametrize(
    "sender",
    [
        "Shop <shop@example.org>\r\nBcc: x@y.org",
        "a\nb <x@example.org>",
        "<>",
        "@",
        "x" * 400,
        "Ada <ada@example.org>, Bob <bob@example.org>",
        "Ada <ada@exam ple.org>",
    ],
)
def test_a_sender_that_could_break_a_header_or_is_not_one_is_refused(api, sender):
    refused = api.post(ROOT, {"name": "x", "sender": sender}, format="json")
    assert pointers(refused) == {"/sender"}


@pytest.mark.parametrize(
    "sender", ["shop@example.org", "Shop & Söhne <shop@example.org>", '"Doe, Jane" <j@example.org>']
)
def test_a_sender_is_kept_in_one_form(api, sender):
    kept = api.post(ROOT, {"name": "x", "sender": sender}, format="json").json()["sender"]
    assert api.post(ROOT, {"name": "y", "sender": kept}, format="json").json()["sender"] == kept


def test_a_draft_is_changed_in_part_or_in_whole_and_only_as_it_was_seen(api):
    at = f"{ROOT}{draft(list_of()).pk}/"
    seen = api.get(at)
    assert api.patch(at, {"topic": "news"}, format="json", HTTP_IF_MATCH=seen["ETag"]).json()["topic"] == "news"
    assert api.patch(at, {"topic": "x"}, format="json", HTTP_IF_MATCH=seen["ETag"]).status_code == 412
    whole = api.put(at, {"name": "Other"}, format="json").json()
    assert (whole["name"], whole["subject"], whole["topic"], whole["include"]) == ("Other", "", "", [])
    echoed = api.put(at, whole, format="json")
    assert echoed.status_code == 200, echoed.json()
    assert api.delete(at).status_code == 204
    assert api.get(at).status_code == 404


def test_a_started_campaign_is_not_changed_nor_deleted(api):
    campaign = started(list_of(subscriber()))
    at = f"{ROOT}{campaign.pk}/"
    for refused in (api.patch(at, {"name": "x"}, format="json"), api.delete(at)):
        assert refused.status_code == 409
    assert api.post(f"{at}pause/").json()["state"] == "paused"
    assert api.post(f"{at}resume/").json()["state"] == "sending"
    assert api.post(f"{at}cancel/").json()["state"] == "cancelled"
    assert api.post(f"{at}resume/").status_code == 409


def test_a_start_that_lacks_something_says_what(api):
    at = f"{ROOT}{services.create_campaign(data={'name': 'Empty'}, actor=MARKETER).pk}/"
    assert pointers(api.post(f"{at}start/")) == {"/include", "/subject", "/body_html"}
    building = draft(list_of(subscriber(), state="building"))
    refused = api.post(f"{ROOT}{building.pk}/start/")
    assert (refused.status_code, pointers(refused)) == (409, {"/include/0"})


def test_a_test_goes_to_one_address_and_is_counted_nowhere(api):
    campaign = draft(list_of(subscriber(first_name="Ada")))
    at = f"{ROOT}{campaign.pk}/test/"
    assert api.post(at, {"address": "mia@example.org"}, format="json").json() == {"delivered_to": "outbox"}
    kept = OutboxMessage.objects.get()
    assert (kept.subject, kept.send) == ("Hello Ada", None)
    assert "mia@example.org" in kept.recipient
    assert pointers(api.post(at, {"address": "nobody"}, format="json")) == {"/address"}
    assert pointers(api.post(at, {}, format="json")) == {"/address"}
    assert pointers(api.post(at, {"address": "mia@example.org", "contact": 999_999}, format="json")) == {"/contact"}
    assert not campaign.sends.exists()


def test_campaigns_come_in_pages_and_can_be_narrowed(api):
    friends = list_of()
    made = [draft(friends, name=f"C{n}").pk for n in range(3)]
    services.create_campaign(data={"name": "Elsewhere"}, actor=MARKETER)
    first = api.get(f"{ROOT}?segment={friends.pk}&limit=2&state=draft").json()
    second = api.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == made[::-1]
    assert second["next"] is None
    assert pointers(api.get(f"{ROOT}?state=nonsense")) == {"/state"}
    assert pointers(api.get(f"{ROOT}?segment=x")) == {"/segment"}
    assert pointers(api.get(f"{ROOT}{made[0]}/sends/?state=nonsense")) == {"/state"}


@pytest.mark.parametrize("where", ["999999/", "99999999999999999999/", "abc/", "999999/start/", "999999/report/"])
def test_what_is_not_there_is_not_found(api, where):
    assert api.get(ROOT + where).status_code in {404, 405}
    assert api.get(f"{ROOT}{draft(list_of()).pk}/preview/999999/").status_code == 404


def test_a_reading_key_reads_and_an_ingest_key_does_not():
    campaign = draft(list_of(subscriber()))
    at = f"{ROOT}{campaign.pk}/"
    assert program("read").get(f"{at}report/").status_code == 200
    assert program("read").post(f"{at}start/").status_code == 403
    assert program("ingest").get(at).status_code == 403
    assert APIClient().get(at).status_code in {401, 403}


def test_a_start_with_an_idempotency_key_is_answered_alike(api):
    campaign = draft(list_of(subscriber()))
    answers = [api.post(f"{ROOT}{campaign.pk}/start/", HTTP_IDEMPOTENCY_KEY="once") for _ in range(2)]
    assert answers[0].json() == answers[1].json()


def test_a_list_of_an_open_campaign_is_in_use():
    friends = list_of(subscriber())
    campaign = draft(friends, name="Spring")
    assert guards.uses(friends.pk) == ["the campaign “Spring”"]
    services.delete_campaign(campaign.pk, actor=MARKETER)
    assert guards.uses(friends.pk) == []


def test_nothing_that_is_sent_breaks_it(api):
    odd = ["\x00", "\ud800", "", None, 3, [], {}, "x" * 600_000]
    for key in ("name", "subject", "body_html", "body_text", "sender", "topic", "include", "exclude", "channel"):
        for value in odd:
            body = {"name": "x"} | {key: value}
            answer = api.generic("POST", ROOT, json.dumps(body), content_type="application/json")
            assert answer.status_code in {201, 400, 413}, (key, value)


def test_a_test_is_sent_in_the_words_of_an_arm(api, settings):
    settings.EMAIL_URL = ""
    campaign = draft(list_of(subscriber()))
    for subject in ("", "The other one"):
        api.post(f"{ROOT}{campaign.pk}/arms/", {"subject": subject}, format="json")
    asked = {"address": "mia@example.org", "arm": "B"}
    assert api.post(f"{ROOT}{campaign.pk}/test/", asked, format="json").json() == {"delivered_to": "outbox"}
    assert OutboxMessage.objects.get().subject == "The other one"
    unknown = api.post(f"{ROOT}{campaign.pk}/test/", asked | {"arm": "Z"}, format="json")
    assert pointers(unknown) == {"/arm"}


def test_the_schema_names_every_field_that_a_campaign_takes():
    assert {*CampaignInput().fields} == {*READERS}
