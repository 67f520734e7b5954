"""What the page of a list warns of: each with the figures that it rests on, and silent where all is well."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from campaigns.models import Suppression
from crmseg.access.models import Role, User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import build
from segments.insights import warnings
from segments.models import Segment
from segments.services.targets import set_target

from .factories import ConsentFactory, ContactFactory, EventFactory, EventTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def marketer(client):
    client.force_login(User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER))


def active(definition, name="Italians"):
    made = services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM)
    while build.run_waiting():
        pass
    made.refresh_from_db()
    return made


def static(*contacts):
    made = services.create_segment(name="By hand", kind="static", actor=SYSTEM)
    services.add_members(made.pk, [contact.pk for contact in contacts], actor=SYSTEM)
    made.refresh_from_db()
    return made


def at_once(client, segment):
    return client.get(reverse("segments:segment", args=[segment.pk])).content.decode()


def looked_for(client, segment):
    return client.get(reverse("segments:warnings", args=[segment.pk])).content.decode().replace("\xa0", " ")


def bought(contact, days=1, **event):
    EventFactory(contact=contact, occurred_at=clock.now() - timedelta(days=days), **event)


def test_a_definition_that_everybody_matches_is_pointed_out_with_the_way_to_it(client):
    made = active({"any": [{"property": "country", "op": "is_known"}, {"property": "country", "op": "is_unknown"}]})
    html = at_once(client, made)
    assert "Everybody matches this." in html
    assert reverse("segments:edit", args=[made.pk]) in html


def test_a_definition_that_nobody_can_match_is_pointed_out(client):
    italian, unknown = {"property": "country", "op": "is", "value": "IT"}, {"property": "country", "op": "is_unknown"}
    made = active({"all": [italian, unknown]})
    assert "Nobody can ever match this." in at_once(client, made)


def test_an_empty_list_is_called_so_after_a_day_and_asked_nothing_more(client):
    made = static()
    assert "Nobody is in it." not in at_once(client, made)
    Segment.objects.update(created_at=clock.now() - timedelta(days=2))
    assert "Nobody is in it." in at_once(client, made)
    assert looked_for(client, made).strip() == ""


def test_nobody_reachable_by_e_mail_is_said_until_somebody_is(client):
    ada = ContactFactory(email="ada@example.org", budget=1)
    made = static(ada, ContactFactory(email=None, budget=1))
    said = "Nobody in it can be reached by e-mail: no address, or no consent (of 2 members)."
    assert said in looked_for(client, made)
    ConsentFactory(contact=ada)
    assert said not in looked_for(client, made)
    Suppression.objects.create(address="ADA@example.org")
    assert said in looked_for(client, made)


def test_purchasing_power_is_unknown_where_few_show_income_or_spending(client):
    people = [ContactFactory() for _ in range(10)]
    made = static(*people)
    said = "Few members show income or spending"
    assert f"{said} (0 % of 10 members): purchasing power unknown." in looked_for(client, made)
    bought(people[0], amount=100, currency="USD")
    assert f"{said} (10 % of 10 members)" in looked_for(client, made)
    bought(people[1], days=400, amount=100, currency="USD")  # longer ago than a year
    bought(people[2], amount=None)  # without an amount
    assert f"{said} (10 % of 10 members)" in looked_for(client, made)
    people[3].income_band = "high"
    people[3].save()
    assert said not in looked_for(client, made)


def test_too_small_a_list_says_how_many_it_takes_and_from_what_rate(client):
    people = [ContactFactory(budget=1) for _ in range(20)]
    for contact in people[:10]:
        bought(contact)
    html = looked_for(client, static(*people[:5]))
    assert "Too small to measure an effect of 10 %: you need about 3,200, half of them without the message" in html
    assert "50 % of all contacts did “Order Completed” in 30 days, and the list has no rate of its own yet" in html


def test_a_list_with_a_rate_of_its_own_is_measured_by_it(client, monkeypatch):
    monkeypatch.setattr(warnings, "LEAST_MEMBERS", 10)
    monkeypatch.setattr(warnings, "LEAST_DONE", 5)
    people = [ContactFactory(budget=1) for _ in range(20)]
    for contact in people[:5]:
        bought(contact)
    made = static(*people[:10])
    assert "50 % of its members did “Order Completed” in 30 days" in looked_for(client, made)


def test_the_event_of_the_target_is_the_one_that_is_measured(client):
    people = [ContactFactory(budget=1) for _ in range(10)]
    bought(people[0])
    for contact in people[:2]:
        bought(contact, days=50, type=EventTypeFactory(name="Workshop Attended"))
    made = static(*people)
    set_target(made.pk, metric="did", event="Workshop Attended", days=60, value=Decimal(30), actor=SYSTEM)
    html = looked_for(client, made)
    assert "20 % of all contacts did “Workshop Attended” in 60 days" in html


def test_where_nothing_was_ever_bought_no_size_is_asked_for(client):
    made = static(ContactFactory())
    assert warnings.baseline(made, clock.now()) is None
    assert "Too small" not in looked_for(client, made)
    EventTypeFactory()
    assert "Too small" not in looked_for(client, made)


def test_a_list_of_which_all_is_known_warns_of_nothing(client, monkeypatch):
    monkeypatch.setattr(warnings.power, "needed", lambda base: 2)
    people = [ContactFactory(budget=5, country="IT") for _ in range(3)]
    for contact in people:
        ConsentFactory(contact=contact)
    bought(people[0])
    made = active({"property": "country", "op": "is", "value": "IT"})
    assert 'class="notice' not in at_once(client, made)
    assert looked_for(client, made).strip() == ""
