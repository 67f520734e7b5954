"""What sets a list apart: figures that were put into the people come out of the profile."""

from datetime import timedelta

import pytest
from django.db.models import F

from contacts.models import Contact
from crmseg.common import clock
from segments.insights.profile import profile as profiles
from segments.insights.profile import rows
from segments.models import Segment

from .factories import ContactFactory
from .profile_worlds import active, shop, static

pytestmark = pytest.mark.django_db
ITALIANS = {"property": "country", "op": "is", "value": "IT"}


@pytest.fixture
def people():
    return shop()


def row(found, key, value="", unit="share"):
    (one,) = (one for one in found.rows if (one.key, one.value, one.unit) == (key, value, unit))
    return one


def test_a_share_is_held_against_everyone_and_its_index_is_100_on_average(people):
    italians = active("Italians", ITALIANS)
    found = profiles.profile(italians, None, clock.now())
    music = row(found, "event:Order Completed", "Music")
    exact = [sum(_bought(one, "Music") for one in side) for side in (people[::3], people)]
    assert music.one == pytest.approx(exact[0] / 200)
    assert music.base == pytest.approx(exact[1] / 600)
    assert music.index == pytest.approx(exact[0] / 200 / (exact[1] / 600) * 100)
    assert music.difference == pytest.approx(music.one - music.base)
    assert music.low < music.difference < music.high
    assert music.differs


def _bought(contact, category):
    return contact.event_set.filter(properties__category=category).exists()


def test_an_average_is_held_against_everyone(people):
    found = profiles.profile(active("Italians", ITALIANS), None, clock.now())
    budget = row(found, "budget", unit="money")
    assert budget.one == pytest.approx(sum(one.budget for one in people[::3]) / 200)
    assert budget.base == pytest.approx(sum(one.budget for one in people) / 600)
    assert budget.differs
    assert found.rows[0].key in {"country", "budget"}


def test_what_was_drawn_without_difference_is_not_called_different(people):
    found = profiles.profile(active("Italians", ITALIANS), None, clock.now())
    assert not row(found, "gender", "female").differs
    assert not row(found, "lifestyle", "known").differs


def test_instants_of_the_same_hour_are_no_trait_however_surely_they_differ(people):
    def created():
        found = profiles.profile(active(f"Italians {Segment.objects.count()}", ITALIANS), None, clock.now())
        return [one.unit for one in found.rows if one.key == "created_at"]

    Contact.objects.filter(country="IT").update(created_at=F("created_at") - timedelta(minutes=9))
    Contact.objects.update(created_at=F("created_at") + F("budget") * timedelta(milliseconds=1))
    assert created() == []
    Contact.objects.filter(country="IT").update(created_at=F("created_at") - timedelta(days=3))
    assert created() == ["days"]


def test_values_are_called_as_people_call_them():
    assert rows.value_text("rfm_group", "cannot_lose") == "Cannot lose them"
    assert rows.value_text("activity", "at_risk") == "At risk"
    assert rows.value_text("lifestyle", "city") == "city"


def test_needs_that_were_put_in_are_found_with_their_uplift(people):
    found = profiles.profile(active("Italians", ITALIANS), None, clock.now())
    speed = row(found, "needs", "speed")
    italian = [one for one in people[::3] if one.needs]
    assert speed.one == pytest.approx(sum("speed" in one.needs for one in italian) / len(italian))
    assert speed.differs
    assert speed.index > 110
    assert speed.definition == {"property": "needs", "op": "contains_any", "value": ["speed"]}


def test_what_the_definition_asks_for_is_marked(people):
    found = profiles.profile(active("Italians", ITALIANS), None, clock.now())
    assert row(found, "country", "IT").asked
    assert not row(found, "budget", unit="money").asked


def test_chance_alone_sets_hardly_anything_apart(people):
    found = profiles.profile(static("Every seventh", people[::7]), None, clock.now())
    assert len(found.rows) > 15
    assert len(found.apart) <= 1


def test_two_lists_are_compared_without_those_in_both(people):
    one, two = static("One", people[:200]), static("Two", people[150:400])
    found = profiles.profile(one, two, clock.now())
    assert (found.sides.one_size, found.sides.two_size, found.sides.both) == (150, 200, 50)
    share = row(found, "gender", "female")
    assert share.one == pytest.approx(sum(person.gender == "female" for person in people[:150]) / 150)
    assert share.base == pytest.approx(sum(person.gender == "female" for person in people[200:400]) / 200)


def test_a_list_inside_another_is_compared_with_the_rest_of_it(people):
    inner, outer = static("Inner", people[:100]), static("Outer", people[:300])
    found = profiles.profile(inner, outer, clock.now())
    assert found.sides.within
    assert (found.sides.one_size, found.sides.two_size) == (100, 200)
    turned = profiles.profile(outer, inner, clock.now())
    assert (turned.sides.one_size, turned.sides.two_size) == (200, 100)


def test_too_few_people_have_no_profile(people):
    few = static("Few", people[:19])
    found = profiles.profile(few, None, clock.now())
    assert not found.enough
    assert found.rows == []


def test_a_list_of_everybody_has_nothing_to_be_held_against(people):
    found = profiles.profile(static("All", people), None, clock.now())
    assert not found.enough


def test_needs_are_crossed_with_what_was_bought(people):
    found = profiles.profile(static("All but a few", people[:500]), None, clock.now())
    assert found.needs.products
    speed = next(one for one in found.needs.rows if one.need == "speed")
    names = [name for name, _count in found.needs.columns]
    having = [one for one in people[:500] if one.needs and "speed" in one.needs]
    cell = speed.cells[names.index("Music")]
    assert speed.people == len(having)
    assert cell.count == sum(_bought(one, "Music") for one in having)
    assert cell.low < cell.share < cell.high


def test_people_without_attributes_and_events_have_a_profile_all_the_same():
    made = [ContactFactory(email=None) for _ in range(60)]
    found = profiles.profile(static("Half", made[::2]), None, clock.now())
    assert found.enough
    assert found.apart == []
