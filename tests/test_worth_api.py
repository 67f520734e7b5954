"""Worth over HTTP: of a contact, a company, a list and everyone; the grid; settings nobody overwrites unseen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from contacts.models import Contact, WorthSettings
from contacts.worth import bulk
from crmseg.access import services as access
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services as lists
from segments.engine import drain
from tests.factories import CompanyFactory, ContactFactory, EventFactory, EventTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> Client:
    return Client(headers={"Authorization": f"Bearer {access.create_key(name='t', scope='full', actor=SYSTEM)[1]}"})


def buyer(revenue: int, days: int = 5, **more: Any) -> Contact:
    contact: Contact = ContactFactory(**more)
    when = clock.now() - timedelta(days=days)
    EventFactory(contact=contact, occurred_at=when, amount=revenue * 100, currency="USD")
    return contact


def patch(api: Client, path: str, body: Any, **headers: str) -> Any:
    return api.patch(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def test_a_contact_says_what_it_is_worth_and_who_never_ordered_says_nothing(api: Client):
    ada, eve = buyer(80), ContactFactory()
    when = clock.now() - timedelta(days=1)
    EventFactory(
        contact=ada, occurred_at=when, type=EventTypeFactory(name="Order Refunded"), amount=2050, currency="USD"
    )
    drain.drain()

    said = api.get(f"/api/v1/contacts/{ada.pk}/worth/").json()
    assert (said["orders"], said["revenue"], said["refunds"], said["net_value"]) == (1, 59.5, 20.5, 59.5)
    assert said["rfm"]["group"] is None
    silent = api.get(f"/api/v1/contacts/{eve.pk}/worth/").json()
    assert (silent["orders"], silent["revenue"], silent["average_order"]) == (0, 0, None)
    assert api.get("/api/v1/contacts/999999/worth/").status_code == 404
    assert api.get(f"/api/v1/contacts/{ada.pk}/").json()["computed"]["total_revenue"] == 59.5


def test_a_company_and_everyone_add_up(api: Client):
    acme = CompanyFactory()
    buyer(10, company=acme)
    buyer(20, company=acme)
    ContactFactory(company=acme)
    buyer(100)
    drain.drain()

    said = api.get(f"/api/v1/companies/{acme.pk}/worth/").json()
    assert (said["people"], said["buyers"], said["orders"], said["revenue"], said["average_order"]) == (3, 2, 2, 30, 15)
    everyone = api.get("/api/v1/worth/").json()
    assert (everyone["revenue"], everyone["average_order"]) == (130, 43.33)
    assert api.get("/api/v1/companies/999999/worth/").status_code == 404


def test_a_list_says_its_share_and_how_few_bring_most(api: Client):
    rich, poor = buyer(910, budget=5), [buyer(10, income_band="low") for _ in range(9)]
    buyer(1000)
    drain.drain()
    some = lists.create_segment(name="Some", kind="static", actor=SYSTEM)
    lists.add_members(some.pk, [rich.pk, *(one.pk for one in poor)], actor=SYSTEM)

    said = api.get(f"/api/v1/segments/{some.pk}/worth/").json()

    assert (said["people"], said["revenue"], said["share_of_all"]["revenue"]) == (10, 1000, 0.5)
    assert said["concentration"]["top_tenth"] == pytest.approx(0.91)
    # Nine tenths of 10, one of 910: G = 2·(10·45 + 910·10)/(10·1000) − 11/10.
    assert said["concentration"]["gini"] == pytest.approx(0.81)
    assert said["purchasing_power"] == {"income_known": 9, "budget_known": 1}


def test_a_list_of_few_buyers_says_nothing_of_concentration(api: Client):
    some = lists.create_segment(name="Some", kind="static", actor=SYSTEM)
    said = api.get(f"/api/v1/segments/{some.pk}/worth/").json()
    assert said["concentration"] == {"top_tenth": None, "gini": None}
    assert said["share_of_all"] == {"revenue": None, "net_value": None}


def test_the_grid_counts_every_cell_and_says_who_moved(api: Client):
    people = [buyer(10 * n, days=n) for n in range(1, 31)]
    drain.drain()
    bulk.renew()
    before = clock.now()
    WorthSettings.objects.update(groups=[{"key": "all", "name": "All", "r": [1, 5], "f": [1, 5], "m": [1, 5]}])
    bulk.renew(count=False)

    said = api.get("/api/v1/rfm/grid/", {"since": before.isoformat()}).json()

    assert len(said["cells"]) == 25
    assert sum(cell["people"] for cell in said["cells"]) == len(people)
    assert [(group["key"], group["name"], group["people"], group["came"]) for group in said["groups"]] == [
        ("all", "All", 30, 30)
    ]
    assert sum(move["people"] for move in said["moves"]) == 30
    assert {move["to"] for move in said["moves"]} == {"all"}
    assert api.get("/api/v1/rfm/grid/?since=soon").status_code == 400


def test_settings_are_changed_at_their_places_and_never_unseen(api: Client):
    read = api.get("/api/v1/worth/settings/")
    assert read.json()["order_event"] == "Order Completed"
    changed = patch(api, "worth/settings/", {"lapse": {"lost_gaps": 6}, "cost": {"per_order": 2.5}})
    assert changed.status_code == 200
    assert changed.json()["lapse"]["lost_gaps"] == 6
    assert (changed.json()["cost"]["per_order"], changed.json()["is_current"]) == (2.5, False)
    assert patch(api, "worth/settings/", {"refund_event": ""}, **{"If-Match": read["ETag"]}).status_code == 412

    refused = patch(api, "worth/settings/", {"lapse": {"shrink": 0}, "cost": {"share_of_revenue": 3}})
    assert refused.status_code == 400
    assert {one["pointer"] for one in refused.json()["problems"]} == {"/lapse/shrink", "/cost/share_of_revenue"}
    assert patch(api, "worth/settings/", {"groups": []}).status_code == 400


def test_rfm_settings_say_what_they_found_and_take_edges_and_groups(api: Client):
    changed = patch(api, "rfm/", {"event": "Visit", "of": "minutes", "edges": {"f": [1, 2, 3, 4.5], "r": None}})
    assert changed.status_code == 200
    assert changed.json()["edges"] == {"r": None, "f": [1, 2, 3, 4.5], "m": None}
    assert (changed.json()["found"]["buyers"], changed.json()["found"]["needed"]) == (0, 25)
    assert len(changed.json()["groups"]) == 10
    refused = patch(api, "rfm/", {"event": 5, "edges": {"m": ["a", 1, 2, 3]}})
    assert {one["pointer"] for one in refused.json()["problems"]} == {"/event", "/edges/m/0"}


@pytest.mark.parametrize("body", [[], {"edges": 5}, {"groups": 5}, {"groups": ["x", {"key": None}]}, {"of": "\0"}])
def test_garbage_is_refused_with_a_place(api: Client, body: Any):
    refused = patch(api, "rfm/", body)
    assert refused.status_code == 400
    assert refused.json()["problems"]


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "yesterday", "2026-13-01"])
def test_a_moment_outside_the_calendar_is_refused_and_no_fault_of_ours(api: Client, since: str):
    refused = api.get("/api/v1/rfm/grid/", {"since": since})
    assert (refused.status_code, refused.json()["problems"][0]["pointer"]) == (400, "/since")


def test_a_day_is_one_of_the_accounts_zone_and_a_plus_may_arrive_as_a_blank(api: Client):
    assert api.get("/api/v1/rfm/grid/?since=2026-01-31").json()["since"] == "2026-01-31T00:00:00Z"
    assert api.get("/api/v1/rfm/grid/?since=2026-01-31T09:00:00+01:00").json()["since"] == "2026-01-31T08:00:00Z"


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("worth/settings/", {"lapse": {"shrink": 2, "gaps": 1}}, "/lapse/gaps"),
        ("worth/settings/", {"lapse": []}, "/lapse"),
        ("worth/settings/", {"cost": {"per_order": 1, "each/day": 2}}, "/cost/each~1day"),
        ("worth/settings/", {"a/b~c": 1}, "/a~1b~0c"),
        ("rfm/", {"edges": {"x": [1, 2, 3, 4]}}, "/edges/x"),
    ],
)
def test_what_nobody_knows_is_refused_under_its_own_key(api: Client, path: str, body: Any, pointer: str):
    refused = patch(api, path, body)
    assert refused.status_code == 400
    assert [one["pointer"] for one in refused.json()["problems"]] == [pointer]
