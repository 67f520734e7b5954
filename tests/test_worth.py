"""Worth as lists, settings, merges and privacy meet it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from contacts import computed_values, export, privacy, services
from contacts.models import AttributeHistory, Contact, ContactChange, Event, Worth, WorthSettings
from contacts.worth import bulk, follow, rules, settings
from crmseg.access.models import AuditEntry
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict, InvalidInput
from segments import services as lists
from segments.engine import clock as due
from segments.engine import drain
from segments.models import Build, ContactDue, Segment
from tests.built import build_all as settle
from tests.built import members
from tests.factories import AttributeFactory, ContactFactory, EventFactory, EventTypeFactory

pytestmark = pytest.mark.django_db


def order(contact: Contact, days_ago: float = 0, amount: int = 5000, **more: Any) -> Event:
    when = clock.now() - timedelta(days=days_ago)
    return EventFactory(contact=contact, occurred_at=when, amount=amount, currency="USD", **more)


def buyers(count: int = 30) -> list[Contact]:
    """The n-th ordered n times, every n days, the last time n days ago."""
    people = [ContactFactory() for _ in range(count)]
    kind, now = EventTypeFactory(), clock.now()
    Event.objects.bulk_create(
        Event(
            contact=one,
            type=kind,
            occurred_at=now - timedelta(days=n + k * n),
            received_at=now,
            amount=100 * n,
            currency="USD",
        )
        for n, one in enumerate(people, start=1)
        for k in range(n)
    )
    return people


def active_list(definition: Any) -> Segment:
    made = lists.create_segment(name=str(definition), kind="active", definition=definition, actor=SYSTEM)
    settle()
    return made


def test_an_order_moves_the_contact_into_the_lists_that_read_its_worth():
    ada, bob = ContactFactory(), ContactFactory()
    settle()
    rich = active_list({"property": "total_revenue", "op": "gte", "value": 80})
    never = active_list({"property": "total_orders", "op": "is", "value": 0})
    assert members(never) == {ada.pk, bob.pk}

    order(ada, 3)
    order(ada, 1)
    drain.drain()

    assert (members(rich), members(never)) == ({ada.pk}, {bob.pk})
    order(ada, 0, 3000, type=EventTypeFactory(name="Order Refunded"))
    drain.drain()
    assert members(rich) == set()
    assert computed_values.read([ada.pk])[ada.pk]["total_revenue"] == Decimal("70.00")


def test_who_lapses_leaves_the_active_at_that_instant():
    people = buyers()
    bulk.renew()
    settle()
    active = active_list({"property": "activity", "op": "is", "value": "active"})
    ever = active_list({"property": "activity", "op": "ever_was", "value": "active"})
    assert members(active) == {one.pk for one in people}

    row = Worth.objects.order_by("at_risk_at").first()
    assert row is not None
    assert row.at_risk_at is not None
    assert ContactDue.objects.get(contact_id=row.contact_id).due_at <= row.at_risk_at
    while due.pop_due(row.at_risk_at):
        pass

    assert members(active) == {one.pk for one in people} - {row.contact_id}
    assert members(ever) == {one.pk for one in people}
    noted = AttributeHistory.objects.filter(contact_id=row.contact_id, key="activity").order_by("id")
    assert [(one.old, one.new, one.actor) for one in noted] == [
        (None, "active", "system:worth"),
        ("active", "at_risk", "system:worth"),
    ]


def test_one_order_moves_a_digit_at_once_and_the_group_remembers_the_one_before():
    people = buyers()
    bulk.renew()
    first = Worth.objects.get(contact=people[4])
    assert first.rfm_group == "new"

    for _turn in range(29):
        order(people[4])
    drain.drain()

    row = Worth.objects.get(contact=people[4])
    assert (row.f, row.r, row.rfm_group, row.rfm_previous_group) == (5, 5, "champions", "new")
    assert row.rfm_group_since is not None
    assert first.rfm_group_since is not None
    assert row.rfm_group_since > first.rfm_group_since


def test_nobody_is_sorted_where_there_are_too_few():
    people = buyers(24)

    bulk.renew()

    assert set(Worth.objects.values_list("r", "f", "m", "rfm_group", "decile")) == {(None,) * 5}
    assert Worth.objects.get(contact=people[2]).activity is None, "two gaps say too little of one's own"
    assert Worth.objects.get(contact=people[3]).activity == "active", "three speak for themselves"
    buyers(1)
    drain.drain()
    bulk.renew()
    assert Worth.objects.filter(r=None).count() == 0
    assert not Worth.objects.exclude(decile=None).exists(), "tenths need fifty"


def test_a_renewal_that_moves_few_names_them_and_one_that_moves_many_has_lists_built(monkeypatch: pytest.MonkeyPatch):
    buyers()
    new = active_list({"property": "rfm_group", "op": "is", "value": "new"})
    other = active_list({"property": "country", "op": "is", "value": "IT"})
    Build.objects.all().delete()

    bulk.renew()
    assert ContactChange.objects.count() == 30
    assert not Build.objects.exists()
    settle()
    assert members(new) == set(Worth.objects.filter(rfm_group="new").values_list("contact_id", flat=True))

    monkeypatch.setattr(bulk, "FEW", 3)
    settings.change({"edges": {"r": [0.1, 0.2, 0.3, 0.4]}}, actor=SYSTEM)
    bulk.renew()
    assert set(Build.objects.values_list("segment_id", "cause")) == {(new.pk, "worth")}
    settle()
    assert members(new) == set()
    assert members(other) == set()


def test_a_renewal_that_died_before_it_told_anybody_is_told_by_the_next(monkeypatch: pytest.MonkeyPatch):
    buyers()
    new = active_list({"property": "rfm_group", "op": "is", "value": "new"})

    def die(*_anything: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(bulk, "_tell", die)
        with pytest.raises(RuntimeError):
            bulk.renew()
    settle()
    assert members(new) == set()

    bulk.renew()
    settle()
    assert members(new) != set()
    assert "untold" not in WorthSettings.objects.get().found


def test_a_contact_that_is_deleted_or_has_nothing_left_is_worth_nothing():
    ada, bob = ContactFactory(), ContactFactory()
    order(ada)
    order(bob)
    drain.drain()

    Event.objects.filter(contact=bob).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM contacts_contact WHERE id = %s", [ada.pk])
    drain.drain()

    assert list(Worth.objects.values_list("contact_id", "orders", "revenue")) == [(bob.pk, 0, 0)]


def test_settings_refuse_every_problem_at_once_with_its_place():
    with pytest.raises(InvalidInput) as refused:
        settings.change(
            {
                "order_event": "",
                "edges": {"r": [1, 2, 2, 4], "f": [1], "x": []},
                "groups": [{"key": "A", "name": "A", "r": [0, 9]}],
                "cost": {"share_of_revenue": 2, "attribute": "nothing", "per_event": {"Call": -1}},
                "at_risk_gaps": 5,
                "what": 1,
            },
            actor=SYSTEM,
        )
    assert {problem.pointer for problem in refused.value.problems} == {
        "/order_event",
        "/edges/r",
        "/edges/f",
        "/edges/x",
        "/groups/0/key",
        "/groups/0/r",
        "/cost/share_of_revenue",
        "/cost/attribute",
        "/cost/per_event/Call",
        "/what",
    }
    with pytest.raises(InvalidInput, match="/lost_gaps"):
        settings.change({"at_risk_gaps": 5}, actor=SYSTEM)


def test_what_is_changed_is_in_the_audit_log_and_a_group_that_went_can_still_be_asked_for():
    champions = active_list({"property": "rfm_group", "op": "is", "value": "champions"})
    best = {"key": "best", "name": "Best", "r": [1, 5], "f": [1, 5], "m": [1, 5]}

    settings.change({"groups": [best]}, actor=SYSTEM)
    settings.change({"groups": [best]}, actor=SYSTEM)

    assert AuditEntry.objects.filter(object_type="worthsettings", action="updated").count() == 1
    assert rules.current().version == 2
    buyers()
    bulk.renew()
    assert set(Worth.objects.values_list("rfm_group", flat=True)) == {"best"}
    lists.refresh_now(champions.pk, actor=SYSTEM)
    settle()
    assert members(champions) == set()


def test_an_attribute_that_says_what_somebody_costs_stays_while_it_does():
    field = AttributeFactory(key="hours", type="number")
    settings.change({"cost": {"attribute": "hours"}}, actor=SYSTEM)
    ada = ContactFactory(attributes={"hours": 12.5})
    order(ada)
    drain.drain()
    assert computed_values.read([ada.pk], {"net_value"})[ada.pk] == {"net_value": Decimal("37.50")}

    services.update_contact(ada.pk, data={"attributes": {"hours": 20}}, actor=SYSTEM)
    drain.drain()
    assert computed_values.read([ada.pk], {"net_value"})[ada.pk] == {"net_value": Decimal("30.00")}
    with pytest.raises(Conflict, match="worth"):
        services.delete_attribute(field.pk, actor=SYSTEM)


def test_a_merge_adds_up_and_its_undo_parts_again():
    ada, eve = ContactFactory(), ContactFactory()
    order(ada, 4)
    order(eve, 2, 700)
    drain.drain()

    services.merge_contacts(ada.pk, eve.pk, actor=SYSTEM)
    drain.drain()
    assert list(Worth.objects.values_list("contact_id", "revenue")) == [(ada.pk, 5700)]

    services.unmerge_contacts(ada.pk, eve.pk, actor=SYSTEM)
    drain.drain()
    assert set(Worth.objects.values_list("contact_id", "revenue")) == {(ada.pk, 5000), (eve.pk, 700)}


def test_worth_is_given_and_forgotten_with_the_person_and_written_to_files():
    ada = ContactFactory()
    order(ada)
    drain.drain()

    assert privacy.export_contact(ada)["worth"]["kept"]["revenue"] == 5000
    head, row = export.contacts_csv(Contact.objects.all(), worked_out=["computed.total_revenue", "computed.rfm"])
    assert head.endswith(",computed.total_revenue,computed.rfm\r\n")
    assert row.startswith(f"{ada.pk},")
    assert row.endswith(",50,\r\n")
    assert "computed" not in next(export.contacts_csv(Contact.objects.all()))
    privacy.erase_contact(ada.pk, actor=SYSTEM)
    assert not Worth.objects.exists()


def test_a_renewal_is_due_when_it_is_old_when_settings_changed_and_when_many_came():
    now = datetime(2026, 5, 1, tzinfo=UTC)
    assert bulk.is_due(now)
    bulk.renew(now)
    assert not bulk.is_due(now + timedelta(minutes=59))
    assert bulk.is_due(now + timedelta(minutes=60))
    settings.change({"shrink": 5}, actor=SYSTEM)
    assert bulk.is_due(now)


@pytest.mark.django_db(transaction=True)
def test_only_one_renewal_runs_at_a_time():
    from concurrent.futures import ThreadPoolExecutor

    def elsewhere() -> object:
        try:
            return bulk.renew()
        finally:
            connection.close()

    with bulk._alone(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(elsewhere).result() is None


def test_who_is_looked_at_again_without_a_change_moves_nothing():
    people = buyers(3)
    drain.drain()
    with transaction.atomic():
        assert follow.follow({one.pk: {"event:Order Completed"} for one in people}, clock.now()) == {}
        assert follow.follow({one.pk: {"attribute:country", "clock"} for one in people}, clock.now()) == {}
