"""The sample data is real where it says so, harmless everywhere, and the same every time."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from contacts import values
from contacts.fields import COMPANY_FIELDS, CONTACT_FIELDS, FieldType
from crmseg.demo import activity, cdnow, companies, people
from crmseg.demo.draw import Draw
from crmseg.demo.people import Person
from crmseg.demo.places import FICTION_NUMBERS
from crmseg.demo.world import World

WORLD = World(date(2026, 3, 2), datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
SOME = range(1, 8_001, 16)


@pytest.fixture(scope="module")
def customers() -> list[Person]:
    first_days = list(cdnow.first_days().items())[::40]
    return [people.customer(WORLD, number, WORLD.moved(day)) for number, day in first_days]


@pytest.fixture(scope="module")
def leads() -> list[Person]:
    return [people.lead(WORLD, number) for number in SOME]


def test_every_purchase_of_the_file_is_there():
    purchases = cdnow.purchases()
    assert len(purchases) == 69_659
    assert len(cdnow.first_days()) == 23_570
    assert sum(purchase.revenue for purchase in purchases) == Decimal("2500315.63")
    assert (purchases[0].line, purchases[0].customer, purchases[0].revenue) == (2, "00001", Decimal("11.77"))
    assert len({purchase.line for purchase in purchases}) == 69_659
    assert {purchase.day for purchase in purchases} >= {cdnow.FIRST_DAY, cdnow.LAST_DAY}


def test_the_last_purchases_were_yesterday_at_noon_and_the_distances_between_days_are_kept():
    assert WORLD.moved(cdnow.LAST_DAY) == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert WORLD.moved(cdnow.LAST_DAY) - WORLD.moved(cdnow.FIRST_DAY) == cdnow.LAST_DAY - cdnow.FIRST_DAY


def test_a_missing_package_is_one_sentence(monkeypatch):
    monkeypatch.setattr(cdnow, "find", lambda: None)
    cdnow.purchases.cache_clear()
    with pytest.raises(Exception, match="up --demo"):
        cdnow.purchases()
    monkeypatch.undo()
    assert cdnow.purchases()


def test_people_are_the_same_every_time_and_do_not_depend_on_each_other(leads):
    assert people.lead(WORLD, SOME[7]) == leads[7]
    assert people.customer(WORLD, "00042", WORLD.midnight) == people.customer(WORLD, "00042", WORLD.midnight)


def test_everything_known_could_have_come_in_through_the_api(customers, leads):
    for person in [*customers, *leads]:
        for key, field in CONTACT_FIELDS.items():
            if field.derived or field.type is FieldType.LOCATION:
                continue
            value = person.columns.get(field.columns[0], person.external_id if key == "external_id" else None)
            assert values.read(field, value) == value, (person.external_id, key)


def test_companies_could_have_come_in_through_the_api():
    for number in range(1, 200):
        company = companies.company(number)
        for key, field in COMPANY_FIELDS.items():
            if not field.derived:
                assert values.read(field, company.get(key)) == company.get(key), (number, key)


def test_nobody_can_be_reached(customers, leads):
    reserved = [re.escape(pattern).replace(r"\#", r"\d") for pattern in FICTION_NUMBERS.values()]
    for person in [*customers, *leads]:
        email, phone = person.columns["email"], person.columns["phone"]
        assert email is None or str(email).endswith("@example.org")
        assert phone is None or any(re.fullmatch(pattern, str(phone)) for pattern in reserved)


def test_every_address_belongs_to_one_person(customers, leads):
    addresses = [person.columns["email"] for person in [*customers, *leads] if person.columns["email"]]
    assert len(set(addresses)) == len(addresses)


def test_much_is_unknown_of_each_kind_and_nothing_always(customers, leads):
    for key in ("birth_date", "gender", "interests", "email", "phone", "city", "life_stage", "language"):
        for group in (customers, leads):
            known = sum(person.columns.get(key) is not None for person in group) / len(group)
            assert 0.1 < known < 0.99, key


def test_consents_differ_by_channel_and_topic(customers, leads):
    seen = Counter((a.channel, a.topic, a.status) for person in [*customers, *leads] for a in person.agreements)
    for channel, topic in (("email", ""), ("email", "newsletter"), ("email", "workshops"), ("sms", ""), ("phone", "")):
        assert seen[channel, topic, "subscribed"] > 10
        assert seen[channel, topic, "unsubscribed"] > 10
    assert any(not person.agreements for person in customers)


def test_leads_order_nothing_and_do_nothing_before_they_are_known_nor_in_the_future(leads):
    seen: Counter[str] = Counter()
    for number, lead in zip(SOME, leads, strict=True):
        deeds = activity.deeds(WORLD, number, lead)
        seen.update(deed.type for deed in deeds)
        assert all(lead.columns["created_at"] <= deed.at <= WORLD.midnight for deed in deeds)
        assert all(one.at <= other.at for one, other in pairwise(deeds))
    assert set(seen) == {
        "Page Viewed",
        "Link Clicked",
        "Feature Used",
        "Workshop Invited",
        "Workshop Registered",
        "Workshop Attended",
    }
    assert seen["Workshop Invited"] > seen["Workshop Registered"] > seen["Workshop Attended"] > 10


def test_who_attended_had_registered_and_who_registered_was_invited(leads):
    for number, lead in zip(SOME, leads, strict=True):
        deeds = activity.deeds(WORLD, number, lead)
        ways = {
            kind: {(d.properties["city"], d.properties["topic"]) for d in deeds if d.type == f"Workshop {kind}"}
            for kind in ("Invited", "Registered", "Attended")
        }
        assert ways["Attended"] <= ways["Registered"] <= ways["Invited"]


def test_draws_are_even_and_repeatable():
    draw, again = Draw("a", 1), Draw("a", 1)
    assert [draw.whole(1, 6) for _ in range(50)] == [again.whole(1, 6) for _ in range(50)]
    rolls = Counter(Draw("dice", n).weighted({"one": 1, "three": 3}) for n in range(4_000))
    assert 2.6 < rolls["three"] / rolls["one"] < 3.4
    some = [Draw("some", n).some("abcdef", 3) for n in range(600)]
    assert {len(one) for one in some} == {1, 2, 3}
    assert all(sorted(set(one)) == one for one in some)
    assert re.fullmatch(r"[A-Z]\d-\d", Draw("x").digits("?#-#"))
