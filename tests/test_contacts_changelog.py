"""Whatever writes, the change log knows whom it touched and which keys moved."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from contacts import changelog, partitions
from contacts.models import AttributeHistory, ConsentHistory, Contact, ContactChange, Event
from crmseg.common import clock
from crmseg.common.actor import Actor, acting

from .factories import CompanyFactory, ConsentFactory, ContactFactory, EventFactory, EventTypeFactory

pytestmark = pytest.mark.django_db
ADA = Actor("user", "Ada")


def run(sql: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def forget() -> None:
    ContactChange.objects.all().delete()
    AttributeHistory.objects.all().delete()


def logged() -> list[tuple[int, set[str]]]:
    return [(change.contact_id, set(change.keys)) for change in ContactChange.objects.order_by("id")]


@pytest.fixture
def ada() -> Contact:
    made = ContactFactory(email="ada@example.org", country="IT", attributes={"plan": "free", "seats": 3})
    forget()
    return made


def test_a_new_contact_is_everything_new():
    ada = ContactFactory()
    assert logged() == [(ada.pk, {"*"})]


def test_copy_is_seen_like_any_other_write():
    with connection.cursor() as cursor, cursor.copy("COPY contacts_contact (email) FROM STDIN") as copy:
        for n in range(3):
            copy.write_row([f"copied{n}@example.org"])
    assert [keys for _, keys in logged()] == [{"*"}] * 3


def test_saving_a_model_logs_only_the_columns_that_moved(ada):
    ada.country, ada.city = "FR", "Paris"
    ada.save()
    assert logged() == [(ada.pk, {"attribute:country", "attribute:city", "attribute:updated_at"})]


def test_saving_without_a_change_writes_nothing(ada):
    run("UPDATE contacts_contact SET country = 'IT', attributes = attributes")
    assert logged() == []
    assert not AttributeHistory.objects.exists()


def test_a_new_stamp_alone_is_seen_and_has_no_history(ada):
    """Lists may ask when a contact, or its company, was last written."""
    ada.save()
    assert logged() == [(ada.pk, {"attribute:updated_at"})]
    acme = CompanyFactory()
    Contact.objects.filter(pk=ada.pk).update(company=acme)
    forget()
    acme.save()
    assert logged() == [(ada.pk, {"attribute:company.updated_at"})]
    assert not AttributeHistory.objects.exists()


def test_whoever_leaves_a_company_says_which_so_that_colleagues_are_found(ada):
    acme, other = CompanyFactory(), CompanyFactory()
    Contact.objects.filter(pk=ada.pk).update(company=acme)
    assert logged() == [(ada.pk, {"company:*"})]
    forget()
    Contact.objects.filter(pk=ada.pk).update(company=other)
    assert logged() == [(ada.pk, {"company:*", f"left-company:{acme.pk}"})]
    forget()
    run("DELETE FROM contacts_contact")
    assert logged() == [(ada.pk, {"*", f"left-company:{other.pk}"})]


def test_custom_attributes_are_compared_key_by_key(ada):
    run("""UPDATE contacts_contact SET attributes = '{"plan": "pro", "seats": 3.0, "region_code": "x"}'""")
    assert logged() == [(ada.pk, {"attribute:plan", "attribute:region_code"})]


def test_history_keeps_old_and_new_and_who(ada):
    with acting(ADA):
        run("""UPDATE contacts_contact SET country = NULL, budget = 10.50, attributes = '{"seats": 3}'""")
    rows = AttributeHistory.objects.order_by("key").values_list("key", "old", "new", "actor")
    assert list(rows) == [
        ("budget", None, Decimal("10.5"), "user:Ada"),
        ("country", "IT", None, "user:Ada"),
        ("plan", "free", None, "user:Ada"),
    ]


def test_a_write_from_outside_is_the_databases_own(ada):
    run("UPDATE contacts_contact SET country = 'ES'")
    assert AttributeHistory.objects.get().actor == "system:database"


def test_birth_date_moves_age_and_coordinates_move_the_location(ada):
    run("UPDATE contacts_contact SET birth_date = '2000-02-29', latitude = 42.36, longitude = -71.06")
    assert logged() == [(ada.pk, {"attribute:birth_date", "attribute:age", "attribute:location"})]
    assert AttributeHistory.objects.get(key="location").new == {"lat": Decimal("42.36"), "lon": Decimal("-71.06")}


def test_an_upsert_logs_the_new_and_the_changed(ada):
    run(
        """INSERT INTO contacts_contact (email, country) VALUES ('ADA@example.org', 'FR'), ('bob@example.org', 'FR')
           ON CONFLICT (lower(email)) DO UPDATE SET country = excluded.country"""
    )
    bob = Contact.objects.get(email="bob@example.org")
    assert sorted(logged()) == sorted([(bob.pk, {"*"}), (ada.pk, {"attribute:country"})])


def test_deleting_and_truncating_contacts_is_everything(ada):
    bob = ContactFactory()
    EventFactory(contact=bob)
    forget()
    run("DELETE FROM contacts_contact WHERE id = %s", ada.pk)
    assert (ada.pk, {"*"}) in logged()
    run("SET CONSTRAINTS ALL IMMEDIATE")  # this test is one transaction, with checks still to be made at its end
    run("TRUNCATE contacts_contact CASCADE")
    assert (bob.pk, {"*"}) in logged()
    assert not Event.objects.exists()


def test_a_company_speaks_for_its_contacts(ada):
    acme = CompanyFactory(industry="Retail")
    ada.company = acme
    ada.save()
    assert logged() == [(ada.pk, {"company:*", "attribute:updated_at"})]
    forget()
    run("""UPDATE contacts_company SET industry = 'Energy', attributes = '{"tier": 1}'""")
    assert logged() == [(ada.pk, {"attribute:company.industry", "attribute:company.tier"})]
    forget()
    run("DELETE FROM contacts_company")
    assert logged() == [(ada.pk, {"company:*", f"left-company:{acme.pk}"})]
    assert AttributeHistory.objects.get().old == acme.pk


def test_events_are_logged_by_type_once_for_each_contact_and_statement(ada):
    bob, order, view = ContactFactory(), EventTypeFactory(), EventTypeFactory(name="Page Viewed")
    forget()
    run(
        """INSERT INTO contacts_event (contact_id, type_id, occurred_at)
           SELECT contact_id, type_id, now() FROM unnest(%s::bigint[], %s::bigint[]) AS given (contact_id, type_id)""",
        [ada.pk, ada.pk, ada.pk, bob.pk],
        [order.pk, order.pk, view.pk, order.pk],
    )
    assert sorted(logged()) == [
        (ada.pk, {"event:Order Completed", "event:Page Viewed"}),
        (bob.pk, {"event:Order Completed"}),
    ]


def test_a_moved_event_is_logged_for_both_contacts_and_types(ada):
    event, bob = EventFactory(contact=ada), ContactFactory()
    EventTypeFactory(name="Order Refunded")
    forget()
    run("UPDATE contacts_event SET amount = amount, received_at = now()")
    assert logged() == []
    Event.objects.filter(pk=event.pk).update(contact=bob, type=EventTypeFactory(name="Order Refunded"))
    assert sorted(logged()) == [(ada.pk, {"event:Order Completed"}), (bob.pk, {"event:Order Refunded"})]


def test_a_partition_written_directly_is_logged_once(ada):
    this = partitions.month_of(clock.now())
    partitions.ensure_months([this])
    order, table = EventTypeFactory(), partitions.name_of(this)
    for target in (table, "contacts_event"):
        forget()
        run(f"INSERT INTO {target} (id, contact_id, type_id, occurred_at) VALUES (1, %s, %s, now())", ada.pk, order.pk)
        assert logged() == [(ada.pk, {"event:Order Completed"})]
        forget()
        run(f"UPDATE {target} SET amount = 7")
        assert logged() == [(ada.pk, {"event:Order Completed"})]
        forget()
        run(f"DELETE FROM {target}")
        assert logged() == [(ada.pk, {"event:Order Completed"})]


def test_truncating_the_whole_or_a_partition_is_seen(ada):
    this = partitions.month_of(clock.now())
    for target in (partitions.name_of(this), "contacts_event"):
        partitions.ensure_months([this])
        EventFactory(contact=ada)
        forget()
        run(f"TRUNCATE {target}")
        assert logged() == [(ada.pk, {"event:Order Completed"})]


def test_events_leave_with_their_contact(ada):
    EventFactory(contact=ada)
    run("DELETE FROM contacts_contact")
    assert not Event.objects.exists()


def test_consent_is_logged_by_channel_with_its_history(ada):
    with acting(ADA):
        consent = ConsentFactory(contact=ada, method="form", text_shown="Yes, write to me")
    assert logged() == [(ada.pk, {"consent:email"})]
    forget()
    consent.save()
    assert logged() == []
    consent.status = "unsubscribed"
    consent.save()
    run("DELETE FROM contacts_consent")
    assert logged() == [(ada.pk, {"consent:email"})] * 2
    history = ConsentHistory.objects.order_by("id").values_list("old", "new", "text_shown")
    assert list(history) == [
        (None, "subscribed", "Yes, write to me"),
        ("subscribed", "unsubscribed", "Yes, write to me"),
        ("unsubscribed", None, "Yes, write to me"),
    ]
    assert ConsentHistory.objects.first().actor == "user:Ada"


def test_installing_again_changes_nothing(ada):
    changelog.install()
    run("UPDATE contacts_contact SET country = 'FR'")
    assert logged() == [(ada.pk, {"attribute:country"})]


def test_a_month_is_made_on_demand_and_takes_its_rows_out_of_default_unheard(ada):
    order = EventTypeFactory()
    last = partitions.shift(partitions.month_of(clock.now()), -1)
    when = datetime(last.year, last.month, 15, tzinfo=UTC)
    EventFactory(contact=ada, type=order, occurred_at=when)
    forget()
    assert partitions.ensure_months([last]) == [last]
    assert partitions.ensure_months([last]) == []
    assert logged() == []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {partitions.name_of(last)}")
        assert cursor.fetchone() == (1,)
    run(f"DELETE FROM {partitions.name_of(last)}")
    assert logged() == [(ada.pk, {"event:Order Completed"})]


def test_far_months_stay_in_default(ada):
    assert partitions.ensure_months([date(1997, 1, 1), date(2999, 1, 1)]) == []
    EventFactory(contact=ada, occurred_at=datetime(1997, 1, 1, tzinfo=UTC))
    EventFactory(contact=ada, occurred_at=clock.now() + timedelta(days=4000))
    assert Event.objects.count() == 2


def test_months_are_made_ahead():
    this = partitions.month_of(clock.now())
    partitions.make_ahead()
    assert partitions.make_ahead() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [partitions.name_of(partitions.shift(this, 3))])
        assert cursor.fetchone()[0]


def test_an_event_that_moves_to_another_month_is_logged_once(ada):
    this = partitions.month_of(clock.now())
    last = partitions.shift(this, -1)
    partitions.ensure_months([this, last])
    EventFactory(contact=ada)
    forget()
    run("UPDATE contacts_event SET occurred_at = %s", datetime(last.year, last.month, 15, tzinfo=UTC))
    assert logged() == [(ada.pk, {"event:Order Completed"})]


def test_copy_into_a_partition_is_seen(ada):
    this = partitions.month_of(clock.now())
    partitions.ensure_months([this])
    order = EventTypeFactory()
    forget()
    with connection.cursor() as cursor:
        table = partitions.name_of(this)
        with cursor.copy(f"COPY {table} (id, contact_id, type_id, occurred_at) FROM STDIN") as copy:
            for n in range(3):
                copy.write_row([n + 1, ada.pk, order.pk, clock.now()])
    assert logged() == [(ada.pk, {"event:Order Completed"})]
