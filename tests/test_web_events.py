"""The events explorer: which events come, how many, what they hold, who reads them, and those that arrive meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from campaigns.models import Campaign
from contacts import explorer
from contacts.models import EventType
from crmseg.access.models import AuditEntry, User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services as lists
from tests.factories import ContactFactory, EventFactory, EventTypeFactory

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert('x')</script>"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(User.objects.create_user("mara@example.org", "correct horse battery", role="marketer"))
    return client


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role="viewer"))
    return client


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def days_ago(days: float):
    return clock.now() - timedelta(days=days)


def orders(*values: object, **fields: object) -> EventType:
    for number, value in enumerate(values):
        EventFactory(occurred_at=days_ago(number), properties={"plan": value}, **fields)
    return EventType.objects.get(name="Order Completed")


def reader_of(event: str, name: str = "Buyers"):
    definition = {"event": event, "op": "did"}
    return lists.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM)


def test_an_account_without_events_is_told_what_they_are(marketer: Client):
    text = text_of(marketer.get("/events/"))
    assert "No event has been received yet" in text
    assert "/api/docs/" in text


@pytest.mark.parametrize("path", ["/events/", "/events/1/", "/events/chart/", "/events/tail/"])
def test_strangers_see_no_events(client: Client, path: str):
    User.objects.create_user("ada@example.org", "correct horse battery", role="admin")
    assert client.get(path)["Location"].startswith("/accounts/login/")


def test_the_table_counts_the_events_and_people_of_late(viewer: Client):
    ada = ContactFactory()
    for days in (0.1, 0.2, 3, 20, 40):
        EventFactory(contact=ada, occurred_at=days_ago(days))
    EventFactory(occurred_at=days_ago(2))
    EventFactory(occurred_at=days_ago(-1))
    EventTypeFactory(name="Never Seen")
    rows = {row.type.name: row.lately for row in viewer.get("/events/").context["table"].rows}
    order = rows["Order Completed"]
    assert (order.events_1d, order.events_7d, order.events_30d, order.people_30d) == (2, 4, 5, 2)
    assert order.last_at < clock.now()
    assert (rows["Never Seen"].last_at, rows["Never Seen"].events_30d) == (None, 0)


def test_the_table_is_searched_and_sorted(viewer: Client):
    for name, count in (("Page Viewed", 3), ("Order Completed", 1), ("Link Clicked", 2)):
        for _ in range(count):
            EventFactory(type__name=name)
    names = [row.type.name for row in viewer.get("/events/?sort=name").context["table"].rows]
    assert names == ["Link Clicked", "Order Completed", "Page Viewed"]
    names = [row.type.name for row in viewer.get("/events/?sort=-month").context["table"].rows]
    assert names == ["Page Viewed", "Link Clicked", "Order Completed"]
    assert "Page Viewed" not in text_of(viewer.get("/events/?q=order"))
    assert "Show all event types" in text_of(viewer.get("/events/?q=nothing"))


def test_lists_and_campaigns_that_read_an_event_are_named_with_their_pages(viewer: Client):
    kept = orders("pro")
    buyers = reader_of("Order Completed")
    campaign = Campaign.objects.create(name="Thank you", include=[buyers.pk])
    for path in ("/events/", f"/events/{kept.pk}/"):
        text = text_of(viewer.get(path))
        assert f"/lists/{buyers.pk}/" in text
        assert f"/campaigns/{campaign.pk}/" in text


def test_the_number_of_queries_does_not_grow_with_event_types(viewer: Client, django_assert_max_num_queries):
    for number in range(30):
        EventFactory(type__name=f"Event {number}")
        reader_of(f"Event {number}", name=f"List {number}")
    viewer.get("/events/")
    with django_assert_max_num_queries(16):
        assert len(viewer.get("/events/").context["table"].rows) == 30


def test_the_chart_counts_by_day_and_by_week_up_to_today(viewer: Client):
    kept = orders(*range(10))
    EventFactory(type__name="Page Viewed")
    by_day = viewer.get(f"/events/chart/?type={kept.pk}&days=30").json()
    assert (by_day["kind"], len(by_day["labels"]), sum(by_day["series"][0]["values"])) == ("bars", 30, 10)
    by_week = viewer.get("/events/chart/?days=30&by=week").json()
    assert sum(by_week["series"][0]["values"]) == 11
    assert len(by_week["labels"]) in (5, 6)


def test_a_type_shows_its_properties_with_types_and_frequent_values(viewer: Client):
    for plan in ["pro", "pro", "free"]:
        items = [{"sku": "A-1", "price": 9.5}]
        EventFactory(properties={"plan": plan, "total": 12.5, "gift": True, "on": "2026-01-31", "items": items})
    EventFactory(properties={"plan": 5, HOSTILE: HOSTILE})
    kept = EventType.objects.get()
    answer = viewer.get(f"/events/{kept.pk}/")
    found = {one.name: one for one in answer.context["sample"].properties}
    assert found["plan"].known == 4
    assert set(found["plan"].types) == {"text", "number"}
    assert next((value.text, value.count) for value in found["plan"].top) == ("pro", 2)
    assert [next(iter(found[name].types)) for name in ("total", "gift", "on", "items")] == [
        "number",
        "boolean",
        "date",
        "list",
    ]
    assert found["items[].sku"].top[0].text == "A-1"
    text = text_of(answer)
    assert "of all 4 events" in text
    assert "<script>alert" not in text


def test_a_sample_says_how_many_events_were_looked_at(viewer: Client, monkeypatch):
    monkeypatch.setattr("contacts.properties.LOOKED", 3)
    kept = orders("a", "b", "c", "d", "e")
    assert "of the newest 3 events" in text_of(viewer.get(f"/events/{kept.pk}/"))


def test_the_newest_events_name_their_people_and_go_on_further_back(viewer: Client, monkeypatch):
    monkeypatch.setattr("contacts.explorer.PAGE", 2)
    monkeypatch.setattr(explorer.newest, "__kwdefaults__", {"before": "", "limit": 2})
    ada = ContactFactory(first_name="Ada", last_name=HOSTILE)
    kept = orders("a", "b", "c", contact=ada)
    first = viewer.get(f"/events/{kept.pk}/")
    assert f"/contacts/{ada.pk}/" in text_of(first)
    assert "<script>alert" not in text_of(first)
    more = first.context["newest"].more
    second = viewer.get(f"/events/{kept.pk}/", {"before": more}).context["newest"]
    assert [event.properties["plan"] for event in second.events] == ["c"]
    assert second.more == ""
    assert viewer.get(f"/events/{kept.pk}/", {"before": "nonsense"}).status_code == 400


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"contact": "ADA@example.org"}, {"pro"}),
        ({"contact": "ext-7"}, {"pro"}),
        ({"property": "plan", "value": "pro"}, {"pro"}),
        ({"property": "plan", "value": "5"}, {5}),
        ({"property": "plan", "value": "true"}, {True}),
        ({"property": "plan", "value": "red"}, {"red"}),
        ({"property": "missing"}, set()),
        ({"property": "plan", "contact": "ada@example.org", "value": "free"}, set()),
    ],
)
def test_events_are_narrowed_by_contact_and_property(viewer: Client, asked: dict, found: set):
    ada = ContactFactory(email="ada@example.org", external_id="ext-7")
    EventFactory(contact=ada, properties={"plan": "pro"})
    for value in ("free", 5, True, ["red", "blue"]):
        kept = EventFactory(properties={"plan": value}).type
    events = viewer.get(f"/events/{kept.pk}/", asked).context["newest"].events
    plans = {
        one.properties["plan"][0] if isinstance(one.properties["plan"], list) else one.properties["plan"]
        for one in events
    }
    assert plans == found
    assert {type(plan) for plan in plans} == {type(plan) for plan in found}


def test_events_are_narrowed_by_days_of_the_account(viewer: Client):
    kept = orders(0, 1, 2, 3)
    day = clock.now().date() - timedelta(days=2)
    found = viewer.get(f"/events/{kept.pk}/", {"from": day.isoformat(), "to": day.isoformat()}).context["newest"]
    assert [event.properties["plan"] for event in found.events] == [2]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"contact": "nobody@example.org"}, "Nobody has this e-mail address"),
        ({"from": "yesterday"}, "Expected a date"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "before the first one"),
        ({"value": "pro"}, "Say which property"),
    ],
)
def test_what_is_asked_wrongly_is_said_and_nothing_is_shown(viewer: Client, asked: dict, said: str):
    kept = orders("pro")
    answer = viewer.get(f"/events/{kept.pk}/", asked)
    assert said in text_of(answer)
    assert answer.context["newest"].events == []


def test_a_search_by_value_looks_at_a_bounded_number_and_goes_on(viewer: Client, monkeypatch):
    monkeypatch.setattr("contacts.explorer.LOOKED", 3)
    kept = orders("a", "a", "a", "a", "rare")
    first = viewer.get(f"/events/{kept.pk}/", {"property": "plan", "value": "rare"})
    assert "3 events were looked at" in text_of(first)
    assert "Look further back" in text_of(first)
    more = first.context["newest"].more
    second = viewer.get(f"/events/{kept.pk}/", {"property": "plan", "value": "rare", "before": more})
    assert [event.properties["plan"] for event in second.context["newest"].events] == ["rare"]


def test_events_that_arrive_are_shown_and_silence_is_answered_with_nothing(viewer: Client):
    kept = orders("old")
    opened = viewer.get(f"/events/{kept.pk}/").context["tail"]
    asked = {"since": opened["since"], "type": kept.pk, "seen": opened["found"].seen}
    assert viewer.get("/events/tail/", asked, headers=HTMX).status_code == 204
    EventFactory(type__name="Page Viewed")
    assert viewer.get("/events/tail/", asked, headers=HTMX).status_code == 204
    EventFactory(occurred_at=days_ago(300), properties={"plan": "late arrival"})
    answer = viewer.get("/events/tail/", asked, headers=HTMX)
    text = text_of(answer)
    assert "late arrival" in text
    assert "1 event since you opened this page" in text
    assert "old" not in [event.properties["plan"] for event in answer.context["tail"]["found"].events]
    asked["seen"] = answer.context["tail"]["found"].seen
    assert viewer.get("/events/tail/", asked, headers=HTMX).status_code == 204


def test_the_tail_of_all_types_stays_bounded_and_says_so(viewer: Client, monkeypatch):
    monkeypatch.setattr("contacts.explorer.FURTHEST_BACK", 2)
    since = viewer.get("/events/").context["tail"]["since"]
    orders(*range(5))
    answer = viewer.get("/events/tail/", {"since": since, "seen": ""}, headers=HTMX)
    assert len(answer.context["tail"]["found"].events) == 2
    assert "only the latest are looked at" in text_of(answer)


def test_a_type_is_described(marketer: Client):
    kept = orders("pro")
    marketer.post(f"/events/{kept.pk}/describe/", {"description": f"A paid order {HOSTILE}"})
    text = text_of(marketer.get(f"/events/{kept.pk}/"))
    assert "A paid order" in text
    assert "<script>alert" not in text
    assert AuditEntry.objects.filter(object_type="eventtype", action="updated").exists()


def test_a_type_goes_only_when_nothing_needs_it_and_the_page_says_what_does(marketer: Client):
    kept = orders("pro")
    reader_of("Order Completed", name="Loyal buyers")
    text = text_of(marketer.get(f"/events/{kept.pk}/"))
    assert "This type cannot be deleted now" in text
    assert "Loyal buyers" in text
    marketer.post(f"/events/{kept.pk}/delete/")
    assert EventType.objects.filter(pk=kept.pk).exists()
    unused = EventTypeFactory(name="Unused")
    assert "nothing reads it" in text_of(marketer.get(f"/events/{unused.pk}/"))
    assert marketer.post(f"/events/{unused.pk}/delete/")["Location"] == "/events/"
    assert not EventType.objects.filter(pk=unused.pk).exists()


def test_the_number_of_people_leads_to_them(viewer: Client):
    for name, days in (("Ada", 2), ("Grace", 40)):
        kept = EventFactory(contact=ContactFactory(first_name=name), occurred_at=days_ago(days)).type
    rows = viewer.get(f"/events/{kept.pk}/people/", follow=True).context["table"].rows
    assert [contact.first_name for contact in rows] == ["Ada"]


def test_viewers_look_and_change_nothing(viewer: Client):
    kept = orders("pro")
    for action in ("describe", "delete"):
        assert viewer.post(f"/events/{kept.pk}/{action}/", {"description": "mine"}).status_code == 403
    assert "delete-type" not in text_of(viewer.get(f"/events/{kept.pk}/"))


@pytest.mark.parametrize("path", ["/events/999/", "/events/99999999999999999999999/"])
def test_a_type_that_is_not_there_is_not_found(viewer: Client, path: str):
    assert viewer.get(path).status_code == 404
