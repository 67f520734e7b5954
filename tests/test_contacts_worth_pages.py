"""The pages of worth: helpful while empty, right when full, shareable, and unbothered by garbage."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from contacts.models import EventType, Worth
from contacts.worth import bulk
from contacts.worth.lifetime import job
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from crmseg.jobs import running
from segments.engine import build
from segments.models import Segment
from tests.worth_world import NOW, shop

pytestmark = pytest.mark.django_db
PAGES = ("value", "rfm", "lifetime", "churn", "retention", "change")


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def marketer(client):
    client.force_login(User.objects.create_user("m@pages.example", "a long password", role="marketer", name="M"))
    return client


@pytest.fixture
def full(marketer):
    shop()
    bulk.renew(NOW)
    return marketer


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_pages_stand_without_any_event(marketer):
    for name in PAGES:
        assert marketer.get(reverse(f"worth:{name}")).status_code == 200, name


def test_empty_pages_say_what_is_missing(marketer):
    assert "Nobody has ordered yet" in text_of(marketer.get("/worth/"))
    assert "you have 0 buyers, it needs 25" in text_of(marketer.get("/worth/rfm/"))
    said = text_of(marketer.get("/worth/lifetime/"))
    assert "You have 0 repeat buyers of the 100 it needs, and 0 weeks of orders of 26" in said


def test_the_page_of_value_adds_up(full):
    said = text_of(full.get("/worth/"))
    assert "Buyers 400" in said
    assert "The best 10 % of buyers bring" in said
    chart = full.get("/worth/chart/").json()
    assert chart["series"][0]["values"][0] == 0
    assert chart["series"][0]["values"][-1] == 100
    assert chart["series"][0]["values"] == sorted(chart["series"][0]["values"])


def test_the_grid_shows_everyone_once_and_its_cells_lead_to_their_people(full):
    page = full.get("/worth/rfm/").content.decode()
    counts = [int(one) for one in re.findall(r'class="rfm-people" href="[^"]+">(\d+)<', page)]
    assert sum(counts) == Worth.objects.filter(r__isnull=False).count() == 400
    answer = full.get("/worth/people/cell-5-5/", follow=True)
    assert answer.status_code == 200
    assert f"{Worth.objects.filter(r=5, f=5).count()} " in text_of(answer)


def test_a_part_becomes_a_list_in_one_click_and_only_once(full):
    for number, part in enumerate(("cell-5-5", "group-champions", "activity-lost", "decile-10", "buyers"), start=1):
        made = full.post(f"/worth/list/{part}/")
        assert made.status_code == 302
        assert full.post(f"/worth/list/{part}/").url == made.url
        assert Segment.objects.count() == number


def test_viewers_may_look_and_not_make_lists(full, client):
    client.force_login(User.objects.create_user("v@pages.example", "a long password", role="viewer", name="V"))
    assert client.get("/worth/rfm/").status_code == 200
    assert "/worth/list/" not in client.get("/worth/rfm/").content.decode()
    assert client.post("/worth/list/buyers/").status_code == 403
    assert client.post("/worth/lifetime/run/").status_code == 403


def test_a_fit_is_started_and_shown_with_its_checks(full):
    full.post("/worth/lifetime/run/", {"weeks": "26"})
    assert "Fitting to everyone" in text_of(full.get("/worth/lifetime/"))
    running.run(job.running().pk)
    said = text_of(full.get("/worth/lifetime/"))
    assert "Held against what happened" in said
    assert "26 weeks ahead" in said
    for name, lines in (("calibration", 2), ("weeks", 2), ("repeats", 2)):
        chart = full.get(f"/worth/lifetime/chart/{name}/").json()
        assert len(chart["series"]) == lines
        assert all(len(one["values"]) == len(chart["labels"]) for one in chart["series"])


def test_a_failed_fit_says_why(full):
    started = job.start(user=None, actor=SYSTEM)
    Worth.objects.all().delete()
    running.run(started.pk)
    assert "The last fit failed. Not enough orders yet" in text_of(full.get("/worth/lifetime/"))


def test_weeks_that_are_none_start_nothing(full):
    for weeks in ("0", "many", "-3", "99999999999999", "²"):
        assert full.post("/worth/lifetime/run/", {"weeks": weeks}).status_code == 302
        assert job.running() is None


def test_retention_and_change_are_shown_for_whom_is_asked(full):
    event = EventType.objects.get()
    listed = full.post("/worth/list/decile-10/").url.strip("/").split("/")[-1]
    for query in ("", f"?segment={listed}", f"?event={event.pk}&days=90&months=24&unit=quarter"):
        assert full.get(f"/worth/churn/{query}").status_code == 200
        assert full.get(f"/worth/churn/retention/{query}").status_code == 200
        assert full.get(f"/worth/churn/change/{query}").status_code == 200
        assert full.get(f"/worth/churn/survival/{query}").json()["kind"] == "line"
    assert full.get(f"/worth/people/stopped/?event={event.pk}&days=30", follow=True).status_code == 200
    assert full.post("/worth/list/halved/", {"event": event.pk, "days": 30}).status_code == 302


def test_a_few_newcomers_do_not_narrow_retention_to_themselves(full):
    def months():
        return full.get("/worth/churn/").context["asked"].months

    long_ago = Worth.objects.order_by("pk").values_list("pk", flat=True)[1:]
    Worth.objects.filter(pk__in=list(long_ago)).update(first_order_at=clock.now() - timedelta(days=500))
    assert months() == 24
    Worth.objects.update(first_order_at=clock.now() - timedelta(days=100))
    assert months() == 12


def test_what_there_is_not_is_not_found(marketer):
    for address in (
        "people/cell-9-9/",
        "people/nothing/",
        "people/group-nobody/",
        "people/stopped/?event=0&days=30",
        "people/stopped/?event=x&days=1",
        "lifetime/chart/none/",
        "lifetime/chart/weeks/",
        "chart/",
    ):
        assert marketer.get(f"/worth/{address}").status_code == 404, address


def test_garbage_in_addresses_gives_a_page(marketer):
    for garbage in ("x", "-1", "9" * 30, "\0", "²", "2026-13-45", "0001-01-01"):
        asked = dict.fromkeys(("since", "segment", "event", "days", "months", "unit"), garbage)
        for page in ("rfm", "churn", "retention", "change"):
            assert marketer.get(reverse(f"worth:{page}"), asked).status_code in (200, 400), (page, garbage)


def test_a_list_says_what_its_members_are_worth_together(full):
    made = full.post("/worth/list/decile-10/").url
    while build.run_waiting():
        pass
    assert f'hx-get="{made}worth/"' in full.get(made).content.decode()
    best = Worth.objects.filter(decile=10)
    said = text_of(full.get(f"{made}worth/"))
    assert f"Buyers {best.count()} of {best.count()}" in said
    assert "of everyone’s" in said
