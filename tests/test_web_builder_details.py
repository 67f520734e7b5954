"""Beside the rows: what each condition keeps, who can be reached, and why some of them are in."""

import re

import pytest
from django.urls import reverse

from crmseg.access.models import Role, User
from segments.engine import funnel
from segments.views.builder.draft import Draft

from .factories import ConsentFactory, ContactFactory, EventFactory
from .test_web_lists_builder import condition, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketer(client):
    user = User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER)
    client.force_login(user)
    return user


@pytest.fixture
def people():
    made = [
        ContactFactory(country=country, city=city, email=f"{city}-{country}@example.org")
        for country, city in (("IT", "Rome"), ("IT", "Turin"), ("FR", "Paris"), ("FR", "Rome"))
    ]
    ConsentFactory(contact=made[0], channel="email", topic="")
    EventFactory(contact=made[0])
    return made


def country(value):
    return condition(what="property:country", op="is", value=value)


def city(value):
    return condition(what="property:city", op="is", value=value)


def details(client, draft, **more):
    return client.post(reverse("segments:details"), {"draft": sent(draft), **more}).content.decode()


def beside(html):
    """What is said beside each row."""
    return dict(re.findall(r'data-kept="(\w+)"[^>]*>([^<]+)<', html))


def test_each_row_and_group_says_what_it_keeps_and_what_remains(client, marketer, people):
    italy, rome = country("IT"), city("Rome")
    either = Draft("group", {"mode": ["any"]}, [rome, city("Paris")])
    said = beside(details(client, Draft("group", {"mode": ["all"]}, [italy, either])))
    assert said[italy.id] == "2 match · 2 remain"
    assert said[either.id] == "3 match · 1 remains"
    assert said[rome.id] == "2 match · 2 together"
    assert said[either.children[1].id] == "1 matches · 3 together"


def test_in_a_none_group_what_remains_is_who_is_none_of_them(client, marketer, people):
    rome, paris = city("Rome"), city("Paris")
    said = beside(details(client, Draft("group", {"mode": ["none"]}, [rome, paris])))
    assert said[rome.id] == "2 match · 2 remain"
    assert said[paris.id] == "1 matches · 1 remains"


def test_a_lonely_condition_says_one_number(client, marketer, people):
    italy = country("IT")
    assert beside(details(client, Draft("group", {"mode": ["all"], "bare": ["1"]}, [italy]))) == {italy.id: "2 match"}


def test_the_reach_goes_by_channel(client, marketer, people):
    html = details(client, Draft("group", {"mode": ["all"]}, [country("IT")])).replace("\xa0", " ")
    assert re.search(r'E-mail</th><td class="numeric">1</td><td class="numeric soft">50 %<', html)
    assert re.search(r'SMS</th><td class="numeric">0</td>', html)


def test_the_sample_says_why(client, marketer, people):
    ordered = condition(what="event:Order Completed", how="did")
    draft = Draft("group", {"mode": ["any"]}, [ordered, country("FR")])
    ids = [one.pk for one in people]
    html = details(client, draft, sample=",".join(map(str, ids)))
    why = dict(re.findall(r'id="why-(\d+)"[^>]*>([^<]+)<', html))
    assert why[str(ids[0])].startswith("1 × Order Completed, last ")
    assert why[str(ids[2])] == "Country “FR”"


def test_too_many_conditions_are_politely_not_counted(client, marketer, people):
    rows = [city(f"City {number}") for number in range(funnel.MOST + 1)]
    html = details(client, Draft("group", {"mode": ["any"]}, rows))
    assert "Conditions are not counted one by one: too many of them." in html
    assert beside(html) == {}
    assert "Who can be reached" in html


@pytest.mark.parametrize("sample", ["", "x", "1,2,99999999999999999999", "-1,,"])
def test_whatever_is_sent_is_answered(client, marketer, people, sample):
    draft = Draft("group", {"mode": ["all"]}, [country("IT")])
    assert "Who can be reached" in details(client, draft, sample=sample, page="';--")
    wrong = client.post(reverse("segments:details"), {"draft": "{"})
    assert wrong.status_code == 200
    assert beside(wrong.content.decode()) == {}
