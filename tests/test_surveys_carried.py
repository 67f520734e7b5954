"""How many of those whom a campaign sent a survey's link answered it; and what tasks of surveys say of their source."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.asking import carried, figures, report, responding
from campaigns.models import Arm, Block, Campaign, Send
from contacts.models import Task
from crmseg.access.models import User
from crmseg.common import clock

from .campaign_worlds import list_of
from .factories import ContactFactory
from .survey_worlds import opened

pytestmark = pytest.mark.django_db
LINK = '<a href="{{ surveys.spring }}">Say</a>'


def sent(name, people, *, days=3, arm=None, state="sent", **words):
    campaign = Campaign.objects.create(name=name, state="sent", **(words or {"body_html": LINK}))
    at = clock.now() - timedelta(days=days)
    Send.objects.bulk_create(
        Send(campaign=campaign, contact_id=one.pk, arm=arm, state=state, sent_at=at, address="a@b.example")
        for one in people
    )
    return campaign


def answer(survey, person, channel="link"):
    responding.answer_all(survey, {"score": 9}, contact_id=person.pk, language="en", channel=channel)


def rates(survey, **asked):
    rows = carried.by_campaign(survey, figures.Asked(survey.pk, **asked))
    return {row["name"]: (row["sent"], row["answered"]) for row in rows}


@pytest.fixture
def survey():
    return opened(key="spring")


@pytest.fixture
def people():
    return [ContactFactory() for _turn in range(6)]


def test_an_answer_belongs_to_the_latest_message_before_it(survey, people):
    sent("First", people, days=5)
    sent("Reminder", people[2:], days=2)
    for person in people[:3]:
        answer(survey, person)
    assert rates(survey) == {"First": (6, 2), "Reminder": (4, 1)}


def test_only_messages_with_the_link_that_went_out_and_only_personal_answers_count(survey, people):
    sent("Without", people, body_html="<p>surveys.springtime</p>")
    sent("Skipped", people, state="skipped")
    sent("With", people)
    answer(survey, people[0], channel="public")
    answer(survey, people[1])
    assert rates(survey) == {"With": (6, 1)}


def test_the_link_is_found_in_other_languages_in_blocks_and_in_versions_of_a_test(survey, people):
    Block.objects.create(name="Ask", body_mjml="<mj-text>{{ surveys.spring }}</mj-text>")
    sent("Italian", people, translations={"it": {"body_html": LINK}})
    sent("Block", people, body_mjml='{% block "Ask" %}')
    sent("Block in Italian", people, translations={"it": {"body_mjml": '{% block "Ask" %}'}})
    test = sent("Test", people[:2])
    asking = Arm.objects.create(campaign=test, key="A")
    silent = Arm.objects.create(campaign=test, key="B", body_html="<p>Nothing</p>")
    Send.objects.filter(campaign=test, contact_id=people[0].pk).update(arm=asking)
    Send.objects.filter(campaign=test, contact_id=people[1].pk).update(arm=silent)
    assert rates(survey) == {"Italian": (6, 0), "Block": (6, 0), "Block in Italian": (6, 0), "Test": (1, 0)}


def test_a_list_and_days_narrow_the_people_who_got_it(survey, people):
    sent("Old", people, days=30)
    sent("New", people, days=2)
    few = list_of(*people[:2])
    answer(survey, people[0])
    assert rates(survey, segment_id=few.pk) == {"New": (2, 1), "Old": (2, 0)}
    assert rates(survey, since=clock.now() - timedelta(days=7)) == {"New": (6, 1)}


def test_the_report_says_the_rate_between_its_limits_on_the_page_and_in_the_file(survey, people, client):
    sent("Welcome", people)
    answer(survey, people[0])
    (row,) = report.report(survey)["by_campaign"]
    assert row["rate"] == pytest.approx(1 / 6)
    assert 0 < row["low"] < row["rate"] < row["high"] < 1
    client.force_login(User.objects.create_user("m@carried.example", "a long password", role="marketer", name="M"))
    page = client.get(f"/surveys/{survey.pk}/").content.decode()
    assert "Got the link" in page
    assert "Welcome" in page
    assert "by_campaign,Welcome,sent,6" in client.get(f"/surveys/{survey.pk}/file/").content.decode()


def test_a_task_says_which_survey_asked_for_it(survey, people, client):
    sam = User.objects.create_user("s@carried.example", "a long password", role="marketer", name="Sam")
    now = clock.now()
    source = f"survey:{survey.pk}"
    Task.objects.create(contact=people[0], title="Call back", owner=sam, source=source, created_at=now, updated_at=now)
    client.force_login(sam)
    page = client.get("/tasks/").content.decode()
    assert f'href="/surveys/{survey.pk}/"' in page
    assert "Spring" in page
