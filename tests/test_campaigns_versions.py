"""Past words of a campaign: kept, compared and brought back; and the content of campaigns over REST."""

from datetime import timedelta

import pytest

from campaigns import services, versions
from campaigns.content import versions as keeping
from campaigns.models import Arm, CampaignVersion
from crmseg.access.models import AuditEntry
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict

from .campaign_worlds import MARKETER, draft, list_of, started, subscriber
from .test_campaigns_api import program

pytestmark = pytest.mark.django_db
OTHER = Actor("user", "Otto")
ROOT = "/api/v1/campaigns/"


def change(campaign, actor=MARKETER, **data):
    return services.update_campaign(campaign.pk, data=data, actor=actor)


def numbers(campaign):
    return [row.version.number for row in versions.listing(campaign)]


def test_each_change_of_words_by_somebody_else_or_later_is_a_version():
    campaign = draft(list_of(subscriber()))
    change(campaign, subject="Two")
    change(campaign, subject="Two and a bit")
    assert numbers(campaign) == [2, 1]
    change(campaign, OTHER, subject="Three")
    CampaignVersion.objects.update(created_at=CampaignVersion.objects.first().created_at - timedelta(hours=1))
    change(campaign, OTHER, body_text="Four")
    change(campaign, OTHER, name="Another name")
    campaign.refresh_from_db()
    rows = versions.listing(campaign)
    assert [(row.version.number, row.version.created_by, row.changed) for row in rows][:3] == [
        (4, "user:Otto", ["body_text"]),
        (3, "user:Otto", ["subject"]),
        (2, "user:Mia", ["subject"]),
    ]
    assert [row.is_current for row in rows] == [True, False, False, False]


def test_a_version_is_brought_back_and_what_was_there_stays():
    campaign = draft(list_of(subscriber()), subject="One", translations={"it": {"subject": "Uno"}})
    change(campaign, OTHER, subject="Two", translations={})
    back = versions.restore(campaign.pk, 1, actor=MARKETER)
    assert (back.subject, back.translations, back.name) == ("One", {"it": {"subject": "Uno"}}, "Spring")
    assert numbers(campaign) == [3, 2, 1]
    assert AuditEntry.objects.filter(object_type="campaign", action="updated").count() == 2


def test_only_drafts_take_words_back():
    campaign = started(list_of(subscriber()))
    with pytest.raises(Conflict):
        versions.restore(campaign.pk, 1, actor=MARKETER)


def test_not_more_than_so_many_are_kept(monkeypatch):
    monkeypatch.setattr(keeping, "MOST", 3)
    campaign = draft(list_of(subscriber()))
    for turn in range(6):
        change(campaign, Actor("user", f"P{turn}"), subject=f"Turn {turn}")
    assert numbers(campaign) == [7, 6, 5]


def test_versions_over_rest():
    api, campaign = program(), draft(list_of(subscriber()), subject="One")
    change(campaign, OTHER, subject="Two")
    rows = api.get(f"{ROOT}{campaign.pk}/versions/").json()
    assert [(row["number"], row["words"]["subject"]) for row in rows] == [(2, "Two"), (1, "One")]
    assert api.post(f"{ROOT}{campaign.pk}/versions/1/restore/").status_code == 200
    assert api.get(f"{ROOT}{campaign.pk}/").json()["subject"] == "One"
    assert api.post(f"{ROOT}{campaign.pk}/versions/99/restore/").status_code == 404


def test_a_preview_in_any_language_and_as_any_arm():
    api, ada = program(), subscriber(language="en")
    campaign = draft(list_of(ada), translations={"it": {"subject": "Ciao"}})
    Arm.objects.create(campaign=campaign, key="B", subject="Arm B")
    at = f"{ROOT}{campaign.pk}/preview/{ada.pk}/"
    assert api.get(at).json()["language"] == "en"
    assert api.get(at, {"language": "it"}).json()["subject"] == "Ciao"
    assert api.get(at, {"arm": "B"}).json()["subject"] == "Arm B"
    assert api.get(at, {"language": "xx"}).status_code == 400
    assert api.get(at, {"arm": "Z"}).status_code == 404


def test_the_look_before_the_start_over_rest(monkeypatch):
    monkeypatch.setattr("campaigns.content.checks.sender.records", lambda name: None)
    api = program()
    campaign = draft(list_of(subscriber(city=None)), subject="In {{ contact.city }}", holdout=0)
    told = api.get(f"{ROOT}{campaign.pk}/preflight/").json()
    assert told["ready"] is False
    assert [(row["check"], row["people"]) for row in told["findings"] if row["level"] == "stop"] == [("missing", 1)]
    assert api.post(f"{ROOT}{campaign.pk}/start/").status_code == 400
    change(campaign, subject="In your town")
    assert api.get(f"{ROOT}{campaign.pk}/preflight/").json()["ready"] is True


def test_blocks_and_templates_over_rest():
    api = program()
    made = api.post(f"{ROOT}blocks/", {"name": "Foot", "body_mjml": "<p>Street</p>"})
    assert made.status_code == 201
    at = f"{ROOT}blocks/{made.json()['id']}/"
    assert api.patch(at, {"body_mjml": "<p>Road</p>"}).json()["body_mjml"] == "<p>Road</p>"
    assert api.post(f"{ROOT}blocks/", {"name": "Foot", "body_mjml": "x"}).status_code == 409
    assert api.post(f"{ROOT}blocks/", {"name": "", "colour": "x"}).status_code == 400
    assert [row["name"] for row in api.get(f"{ROOT}blocks/").json()["results"]] == ["Foot"]
    assert api.delete(at).status_code == 204
    own = api.get(f"{ROOT}templates/own/", {"language": "fr"}).json()
    assert len(own) >= 12
    kept = api.post(f"{ROOT}templates/", {"name": "Ours", "subject": "Hi", "body_mjml": own[0]["body_mjml"]})
    assert kept.status_code == 201
    assert api.get(f"{ROOT}templates/{kept.json()['id']}/").json()["name"] == "Ours"
    assert api.delete(f"{ROOT}templates/{kept.json()['id']}/").status_code == 204
    assert program("read").post(f"{ROOT}blocks/", {"name": "x", "body_mjml": "x"}).status_code == 403
