"""Contacts that may be one person: what gives them away, what does not, and what is remembered of decisions."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection

from contacts import duplicates, services, tasks
from contacts.models import Duplicate, DuplicateScan
from crmseg.common import clock
from crmseg.common.actor import Actor

from .factories import CompanyFactory, ContactFactory

pytestmark = pytest.mark.django_db
BY = Actor("user", "Grace")


def look() -> list[tuple[int, int, list[str]]]:
    duplicates.ask()
    assert duplicates.look()
    return list(duplicates.offered().order_by("first_id", "second_id").values_list("first_id", "second_id", "reasons"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada.king@gmail.com", "adaking@gmail.com"),
        ("Ada.King+news@Gmail.com", "adaking@googlemail.com"),
        ("ada+shop@outlook.com", "ada@outlook.com"),
    ],
)
def test_addresses_of_one_mailbox_give_it_away(one, other):
    first, second = ContactFactory(email=one), ContactFactory(email=other)
    assert look() == [(first.pk, second.pk, ["email"])]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada.king@company.example", "adaking@company.example"),
        ("ada+a@company.example", "ada@company.example"),
        ("ada.king@outlook.com", "adaking@outlook.com"),
        ("ada@gmail.com", "ada@outlook.com"),
    ],
)
def test_addresses_of_two_mailboxes_do_not(one, other):
    ContactFactory(email=one), ContactFactory(email=other)
    assert look() == []


def test_a_phone_number_or_a_name_with_something_else_gives_it_away():
    company = CompanyFactory()
    ada = {"first_name": "Ada", "last_name": "King"}
    born = date(1815, 12, 10)
    first = ContactFactory(**ada, phone="+44201234567", company=company, birth_date=born, postal_code="GU23 6QH")
    by_phone = ContactFactory(phone="+44201234567")
    by_company = ContactFactory(first_name=" ADA", last_name="king", company=company)
    by_birth = ContactFactory(**ada, birth_date=born)
    by_postal = ContactFactory(**ada, postal_code="gu236qh")
    namesake = ContactFactory(**ada)
    found = {second: reasons for _first, second, reasons in look()}
    assert found == {
        by_phone.pk: ["phone"],
        by_company.pk: ["name_company"],
        by_birth.pk: ["name_birth"],
        by_postal.pk: ["name_postal"],
    }
    assert namesake.pk not in found
    assert duplicates.of_contact(first.pk)[0].second_id == by_phone.pk, "the likeliest first"


def test_a_pair_with_two_reasons_is_one_pair():
    people = [ContactFactory(phone="+44201234567", email=f"ada{n}@gmail.com") for n in ("", "+x")]
    assert look() == [(people[0].pk, people[1].pk, ["email", "phone"])]


def test_of_a_few_every_pair_is_offered_of_more_each_with_the_eldest_and_of_a_crowd_none():
    for size, pairs in ((4, 6), (10, 9), (60, 0)):
        for _n in range(size):
            ContactFactory(phone=f"+4420{size:07}")
        assert Duplicate.objects.count() == 0
        assert len(look()) == pairs
        services.delete_contacts([pk for row in look() for pk in row[:2]], actor=BY)
        duplicates.ask(), duplicates.look()


def test_who_is_different_is_not_offered_again_unless_asked():
    first, second = ContactFactory(phone="+44201234567"), ContactFactory(phone="+44201234567")
    look()
    pair = Duplicate.objects.get()
    assert duplicates.dismiss([pair.pk], actor=BY) == 1
    assert look() == []
    assert duplicates.offered(dismissed=True).get().dismissed_by == "user:Grace"
    duplicates.offer_again([pair.pk])
    assert look() == [(first.pk, second.pk, ["phone"])]


def test_who_is_no_longer_alike_is_no_longer_offered():
    ContactFactory(phone="+44201234567")
    second = ContactFactory(phone="+44201234567")
    assert look()
    services.update_contact(second.pk, data={"phone": None}, actor=BY)
    assert look() == []


def test_a_merge_hands_the_pairs_of_the_merged_to_the_survivor():
    one, two, three = (ContactFactory(phone="+44201234567") for _n in range(3))
    assert len(look()) == 3
    services.merge_contacts(one.pk, three.pk, actor=BY)
    assert list(duplicates.offered().values_list("first_id", "second_id")) == [(one.pk, two.pk)]


def test_one_looks_at_a_time_and_a_look_that_died_is_taken_up():
    assert not duplicates.look(), "nobody asked"
    duplicates.ask(), duplicates.ask()
    assert duplicates.is_waiting()
    DuplicateScan.objects.update(lease_until=clock.now() + timedelta(minutes=1))
    assert not duplicates.is_waiting()
    assert not duplicates.look()
    DuplicateScan.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert duplicates.look()
    assert not duplicates.is_looking(duplicates.latest_scan())
    tasks.look_for_duplicates()
    assert not duplicates.is_waiting()


@pytest.mark.slow
def test_of_a_million_contacts_a_bounded_number_of_pairs_is_kept():
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO contacts_contact (email, first_name, last_name, phone, postal_code, attributes)
               SELECT 'p' || n || '@' || CASE n % 3 WHEN 0 THEN 'gmail.com' ELSE 'c' || n % 5000 || '.example' END,
                      'First' || n % 2000, 'Last' || n / 3000, '+4420' || n % 990000, n % 20000, '{}'
                 FROM generate_series(1, 1000000) AS n"""
        )
    found = look()
    assert 10_000 <= len(found) <= len(duplicates.RULES) * duplicates.MOST_PAIRS
