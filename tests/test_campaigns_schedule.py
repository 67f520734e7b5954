"""Campaigns that start by themselves, and the calendar that shows when."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from campaigns import scheduling, services, tasks
from campaigns.models import Campaign, Send
from crmseg.access.models import AuditEntry, User
from crmseg.access.services import create_key
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict, InvalidInput
from segments.models import Segment

from .campaign_worlds import MARKETER, draft, list_of, started, subscriber

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _outbox(settings):
    settings.EMAIL_URL = ""


@pytest.fixture
def mia(client):
    client.force_login(User.objects.create_user("mia@example.org", "a long password for tests", role="marketer"))
    return client


def text(response) -> str:
    assert response.status_code == 200, response.content[:500]
    return re.sub(r"\s+", " ", response.content.decode())


def scheduled(*people, within: timedelta = HOUR) -> Campaign:
    campaign = draft(include=[list_of(*people).pk])
    return scheduling.schedule(campaign.pk, at=clock.now() + within, actor=MARKETER)


def test_it_starts_at_its_instant_with_whoever_is_in_its_lists_then(monkeypatch):
    ada, bea = subscriber(email="ada@example.org"), subscriber(email="bea@example.org")
    campaign = scheduled(ada)
    tasks.sweep()
    campaign.refresh_from_db()
    assert campaign.is_scheduled

    from segments.services import add_members

    add_members(campaign.include[0], [bea.pk], actor=SYSTEM)
    later = clock.now() + HOUR
    monkeypatch.setattr(clock, "now", lambda: later)
    tasks.sweep()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.is_scheduled) == (Campaign.State.SENDING, False)
    assert set(Send.objects.values_list("contact_id", flat=True)) == {ada.pk, bea.pk}
    assert scheduling.start_due(later) == 0, "it starts once"


def test_one_that_cannot_start_is_tried_for_an_hour_and_says_why():
    campaign = scheduled(subscriber())
    Segment.objects.update(state=Segment.State.BUILDING)
    due = campaign.scheduled_at
    assert scheduling.start_due(due) == 0
    campaign.refresh_from_db()
    assert campaign.is_scheduled
    assert "is being built" in campaign.trouble

    Segment.objects.update(state=Segment.State.LIVE)
    assert scheduling.start_due(due + HOUR / 2) == 1
    campaign.refresh_from_db()
    assert (campaign.state, campaign.trouble) == (Campaign.State.SENDING, "")


def test_one_that_never_could_start_is_a_draft_again_and_the_audit_log_knows():
    campaign = scheduled(subscriber())
    Segment.objects.update(state=Segment.State.FAILED)
    scheduling.start_due(campaign.scheduled_at + 2 * HOUR)
    campaign.refresh_from_db()
    assert (campaign.scheduled_at, campaign.state) == (None, Campaign.State.DRAFT)
    assert "could not be built" in campaign.trouble
    assert AuditEntry.objects.filter(action="could not start").exists()


def test_only_a_draft_that_lacks_nothing_is_scheduled_and_only_for_the_future():
    campaign = draft(include=[list_of(subscriber()).pk])
    with pytest.raises(InvalidInput, match="in the future"):
        scheduling.schedule(campaign.pk, at=clock.now() - HOUR, actor=MARKETER)
    services.update_campaign(campaign.pk, data={"subject": ""}, actor=MARKETER)
    with pytest.raises(InvalidInput, match="Write a subject"):
        scheduling.schedule(campaign.pk, at=clock.now() + HOUR, actor=MARKETER)
    with pytest.raises(Conflict, match="has started"):
        scheduling.schedule(started(list_of(subscriber())).pk, at=clock.now() + HOUR, actor=MARKETER)


def test_a_schedule_is_taken_off_again(mia):
    campaign = scheduled(subscriber())
    page = text(mia.post(f"/campaigns/{campaign.pk}/unschedule/", follow=True))
    assert "Schedule taken off" in page
    campaign.refresh_from_db()
    assert not campaign.is_scheduled


def test_programs_schedule_too():
    campaign = draft(include=[list_of(subscriber()).pk])
    api = APIClient(HTTP_AUTHORIZATION=f"Bearer {create_key(name='all', scope='full', actor=SYSTEM)[1]}")
    at = f"/api/v1/campaigns/{campaign.pk}/schedule/"
    refused = api.post(at, {"at": "tomorrow"}, format="json")
    assert (refused.status_code, refused.json()["problems"][0]["pointer"]) == (400, "/at")
    assert api.post(at, {"at": "2099-03-01T09:00:00Z"}, format="json").json()["scheduled_at"] == "2099-03-01T09:00:00Z"
    assert api.post(f"/api/v1/campaigns/{campaign.pk}/unschedule/").json()["scheduled_at"] is None


def test_the_page_schedules_by_the_clock_of_the_account(mia):
    campaign = draft(include=[list_of(subscriber()).pk])
    assert "Day and time" in text(mia.get(f"/campaigns/{campaign.pk}/"))
    page = text(mia.post(f"/campaigns/{campaign.pk}/schedule/", {"at": "2099-03-01T09:00"}, follow=True))
    assert "It starts by itself" in page
    assert "Take off the schedule" in page
    campaign.refresh_from_db()
    assert campaign.scheduled_at == datetime(2099, 3, 1, 9, tzinfo=UTC)
    assert "Say on which day" in text(mia.post(f"/campaigns/{campaign.pk}/schedule/", {"at": "soon"}, follow=True))


def test_the_calendar_shows_what_went_out_and_what_will(mia):
    campaign = scheduled(subscriber(), within=timedelta(days=400))
    sent = started(list_of(subscriber()), name="Already out")
    there = text(mia.get(f"/campaigns/calendar/?month={campaign.scheduled_at:%Y-%m}"))
    assert campaign.name in there
    assert "Scheduled" in there
    now = text(mia.get("/campaigns/calendar/"))
    assert sent.name in now
    assert campaign.name not in now


@pytest.mark.parametrize("month", ["2026-13", "x", "0-0", "99999-01", "2026-02"])
def test_the_calendar_opens_on_any_address(mia, month):
    assert '<table class="table month">' in text(mia.get(f"/campaigns/calendar/?month={month}"))


def test_weeks_begin_as_the_language_of_the_reader_has_it(mia):
    first = re.compile(
        r'<table class="table month"> <thead><tr><th scope="col"><span aria-hidden="true">[^<]+</span>'
        r'<span class="visually-hidden">([^<]+)<'
    )
    assert first.search(text(mia.get("/campaigns/calendar/"))).group(1) == "Sunday"
    User.objects.update(language="it")
    assert first.search(text(mia.get("/campaigns/calendar/"))).group(1) == "lunedì"


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z"])
def test_no_campaign_is_put_where_the_calendar_ends(at):
    campaign = draft(list_of(subscriber()))
    with pytest.raises(InvalidInput, match="before the year 9999"):
        scheduling.schedule(campaign.pk, at=datetime.fromisoformat(at), actor=MARKETER)
    campaign.refresh_from_db()
    assert not campaign.is_scheduled


def test_the_page_refuses_the_last_evening_of_the_calendar_too(mia):
    campaign = draft(list_of(subscriber()))
    refused = mia.post(f"/campaigns/{campaign.pk}/schedule/", {"at": "9999-12-31T23:59"}, follow=True)
    assert "before the year 9999" in text(refused)
    assert not Campaign.objects.get().is_scheduled
