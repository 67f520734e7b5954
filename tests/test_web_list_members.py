"""The members of a list: the same people whichever way they are sorted, found or counted, now and in the past."""

import re
from datetime import timedelta

import pytest

from contacts.services import update_contact
from crmseg.access.models import Role, User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import selectors, services
from segments.engine import drain
from segments.models import Segment

from .built import build_all
from .factories import CompanyFactory, ContactFactory
from .moving import backdate
from .test_web_lists_pages import page, static

pytestmark = pytest.mark.django_db
SORTS = ["entered_at", "-entered_at", "name", "-name", "email", "-email", "company", "-company", "country", "-country"]


@pytest.fixture(autouse=True)
def marketer(client):
    client.force_login(User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER))


@pytest.fixture
def made():
    """Ada and Ben entered two hours ago; an hour ago Ben left; half an hour ago Eve entered and Ben came back."""
    now = clock.now()
    ada = ContactFactory(first_name="Ada", last_name="Aa", country="IT", company=CompanyFactory(name="loom"))
    ben = ContactFactory(first_name="Ben", last_name=None, email=None, external_id="b-7")
    eve = ContactFactory(first_name="Eve", last_name="Ee", country="FR", company=CompanyFactory(name="Kiln"))
    made = static(ada, ben, name="Chosen")
    Segment.objects.update(created_at=now - timedelta(hours=2))
    backdate(now - timedelta(hours=2))
    services.remove_members(made.pk, [ben.pk], actor=SYSTEM)
    backdate(now - timedelta(hours=1), change="left")
    services.add_members(made.pk, [eve.pk, ben.pk], actor=SYSTEM)
    backdate(now - timedelta(minutes=30), at__gt=now)
    return Segment.objects.get(pk=made.pk)


def shown(client, made, **query):
    return re.findall(r'class="main-cell"><a [^>]*>(\w+)', page(client, "segment", made.pk, **query))


def ago(minutes: int) -> str:
    return (clock.now() - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize("sort", SORTS)
def test_everybody_is_shown_once_in_every_order(client, made, sort):
    assert sorted(shown(client, made, sort=sort)) == ["Ada", "Ben", "Eve"]
    assert sorted(shown(client, made, sort=sort, at=ago(100))) == ["Ada", "Ben"]
    assert shown(client, made, sort=sort, at=ago(45)) == ["Ada"]
    assert shown(client, made, sort=sort, at=ago(1000)) == []


def test_the_unknown_comes_last_whichever_way_and_case_does_not_count(client, made):
    assert shown(client, made, sort="name") == ["Ada", "Eve", "Ben"]
    assert shown(client, made, sort="-name") == ["Eve", "Ada", "Ben"]
    assert shown(client, made, sort="company") == ["Eve", "Ada", "Ben"]
    assert shown(client, made, sort="-company") == ["Ada", "Eve", "Ben"]


@pytest.mark.parametrize("sort", ["entered_at", "name"])
def test_members_are_found_by_names_and_ids_now_and_then(client, made, sort):
    assert shown(client, made, sort=sort, q="ada") == ["Ada"]
    assert shown(client, made, sort=sort, q="B-7") == ["Ben"]
    assert shown(client, made, sort=sort, q="e", at=ago(45)) in (["Ada"], [])
    assert shown(client, made, sort=sort, q="eve", at=ago(45)) == []


@pytest.mark.parametrize("many", [0, 1_000], ids=["by the counts of moves", "row by row"])
def test_the_rows_of_the_ledger_are_counted(client, made, monkeypatch, many):
    monkeypatch.setattr("segments.views.ledger.MANY", many)
    for query, counted in (({}, "1–5 of 5"), ({"change": "entered"}, "1–4 of 4"), ({"change": "left"}, "1–1 of 1")):
        assert counted in page(client, "ledger", made.pk, **query)
    assert "1–3 of 3" in page(client, "ledger", made.pk, cause="hand", q="ben")


@pytest.mark.parametrize("many", [0, 1_000], ids=["within the counted time", "row by row"])
def test_rows_of_one_cause_are_found_among_those_of_a_build(client, monkeypatch, many):
    monkeypatch.setattr("segments.views.ledger.MANY", many)
    ada, *_others = [ContactFactory(first_name=name, country="IT") for name in ("Ada", "Ben", "Eve")]
    definition = {"property": "country", "op": "is", "value": "IT"}
    made = services.create_segment(name="Italians", kind="active", definition=definition, actor=SYSTEM)
    build_all()
    empty = page(client, "ledger", made.pk, change="left")
    assert "Italians" in empty
    assert "1–" not in empty
    update_contact(ada.pk, data={"country": "FR"}, actor=SYSTEM)
    drain.drain()
    for query, counted in (
        ({"change": "left"}, "1–1 of 1"),
        ({"cause": "attribute"}, "1–1 of 1"),
        ({"cause": "attribute:country"}, "1–1 of 1"),
        ({"cause": "edit"}, "1–3 of 3"),
        ({"cause": "build", "change": "entered"}, "1–3 of 3"),
    ):
        assert counted in page(client, "ledger", made.pk, **query)
    assert "1–" not in page(client, "ledger", made.pk, cause="build", change="left")


def test_a_past_size_is_known_without_counting_members(client, made, monkeypatch):
    now = clock.now()
    assert [selectors.size_at(made, now - timedelta(minutes=ago)) for ago in (1, 45, 100, 999)] == [3, 1, 2, 0]
    monkeypatch.setattr("segments.views.page.FOUND_COUNT", 0)
    assert "1–2 of 2" in page(client, "segment", made.pk, at=ago(100))
