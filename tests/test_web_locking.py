"""A page never overwrites what its reader has not seen: the shared half of it."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.template.loader import render_to_string
from django.test import RequestFactory

from contacts.models import Contact
from crmseg.web import locking

from .factories import ContactFactory

pytestmark = pytest.mark.django_db
SHOWN = ("first_name", "city")


def request(**posted):
    return RequestFactory().post("/", posted)


def test_what_was_seen_is_saved_while_it_is_still_so():
    ada = ContactFactory(first_name="Ada", city="Rome")
    seen = locking.state_of(ada, SHOWN)
    Contact.objects.filter(pk=ada.pk).update(country="FR")  # not on this page
    with locking.unchanged(request(seen=seen), Contact.objects.all(), ada.pk, SHOWN) as found:
        assert found == ada


def test_what_somebody_else_changed_is_not_overwritten_and_told_beside_what_was_typed():
    ada = ContactFactory(first_name="Ada", city="Rome")
    seen = locking.state_of(ada, SHOWN)
    Contact.objects.filter(pk=ada.pk).update(city="Paris")
    typed = {"first_name": "Ada", "city": "Turin"}
    with (
        pytest.raises(locking.ChangedMeanwhile) as refused,
        locking.unchanged(request(seen=seen), Contact.objects.all(), ada.pk, SHOWN),
    ):
        pytest.fail("it was let through")
    changed = locking.told(refused.value, typed, url="/there/", who="Bea", labels={"city": "City"})
    assert [(one.label, one.theirs, one.yours) for one in changed.differences] == [("City", "Paris", "Turin")]
    html = render_to_string("components/changed_meanwhile.html", {"changed": changed})
    assert "Bea saved it" in html
    assert "<td>Paris</td><td>Turin</td>" in html
    assert f'name="keep" value="{changed.seen}"' in html
    with locking.unchanged(request(seen=seen, keep=changed.seen), Contact.objects.all(), ada.pk, SHOWN) as found:
        assert found.city == "Paris"  # keeping mine sends the new state along


def test_a_page_without_a_state_asks_no_question_and_a_lost_row_is_not_found():
    ada = ContactFactory()
    with locking.unchanged(request(), Contact.objects.all(), ada.pk):
        pass
    with pytest.raises(Http404), locking.unchanged(request(), Contact.objects.all(), ada.pk + 1):
        pass


def test_without_a_word_the_whole_row_counts_and_a_function_may_say_what_does():
    ada = ContactFactory(attributes={"plan": "gold"})
    plan = lambda contact: contact.attributes.get("plan")  # noqa: E731
    whole, said = locking.state_of(ada), locking.state_of(ada, plan)
    ada.attributes = {"plan": "gold", "seats": 3}
    ada.save()
    assert locking.state_of(ada) != whole
    assert locking.state_of(ada, plan) == said
