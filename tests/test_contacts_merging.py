"""Two contacts become one: what wins, what moves, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Campaign, Send
from contacts import identity, services
from contacts.models import Consent, Contact, ContactChange, Event, Merge
from crmseg.access.models import AuditEntry
from crmseg.common import clock
from crmseg.common.problems import Conflict, InvalidInput

from .factories import AttributeFactory, ConsentFactory, ContactFactory, EventFactory
from .merging import BY, ada, double, histories, merge, state, unmerge

pytestmark = pytest.mark.django_db
__all__ = ["ada", "double"]


def test_the_survivor_keeps_its_values_and_gets_those_it_had_not(ada, double):
    AttributeFactory(key="shoe"), AttributeFactory(key="hat")
    services.update_contact(ada.pk, data={"attributes": {"shoe": "37"}}, actor=BY)
    services.update_contact(
        double.pk, data={"attributes": {"shoe": "38", "hat": "blue"}, "phone": "+44201234567"}, actor=BY
    )
    found = merge(ada, double)
    assert (found.first_name, found.last_name, found.phone) == ("Ada", "Lovelace", "+44201234567")
    assert (found.email, found.external_id, found.company_id) == ("ada@example.org", "a1", double.company_id)
    assert found.attributes == {"shoe": "37", "hat": "blue"}
    assert not Contact.objects.filter(pk=double.pk).exists()


def test_chosen_values_come_from_the_other(ada, double):
    found = merge(ada, double, take=["email", "first_name", "company"])
    assert (found.email, found.first_name, found.external_id) == ("lovelace@example.org", "Augusta", "a1")
    assert identity.resolve([identity.Reference(email="ADA@example.org")]) == [ada.pk]


def test_half_a_place_is_not_filled_from_another_place():
    one = ContactFactory(latitude=42.0, longitude=-71.0)
    other = ContactFactory(latitude=1.5, longitude=2.5)
    assert merge(one, other).latitude == 42.0
    nowhere = ContactFactory()
    assert (merge(nowhere, ContactFactory(latitude=0.1, longitude=0.2)).longitude) == 0.2


def test_what_she_did_and_what_was_recorded_of_her_move(ada, double):
    EventFactory(contact=ada), EventFactory(contact=double), EventFactory(contact=double, type__name="Page Viewed")
    services.update_contact(double.pk, data={"country": "IT"}, actor=BY)
    merge(ada, double)
    assert Event.objects.filter(contact=ada).count() == 3
    assert "country" in {row["key"] for row in histories(ada)}
    assert histories(double) == []


@pytest.mark.parametrize(
    ("hers", "other", "result"),
    [
        (("subscribed", 1), ("unsubscribed", 9), "unsubscribed"),
        (("unsubscribed", 9), ("subscribed", 1), "unsubscribed"),
        (("never", 9), ("subscribed", 1), "subscribed"),
        (("subscribed", 1), ("never", 9), "subscribed"),
        (None, ("subscribed", 5), "subscribed"),
        (("unsubscribed", 5), None, "unsubscribed"),
    ],
)
def test_a_no_counts_whoever_said_it_and_otherwise_the_latest_answer(ada, double, hers, other, result):
    for contact, answer in ((ada, hers), (double, other)):
        if answer:
            at = clock.now() - timedelta(days=answer[1])
            ConsentFactory(contact=contact, status=answer[0], method=f"of {contact}", changed_at=at)
    merge(ada, double)
    assert Consent.objects.get(contact=ada, channel="email").status == result
    assert not Consent.objects.filter(contact=double.pk).exists()


def test_topics_are_answers_of_their_own(ada, double):
    ConsentFactory(contact=ada, topic="news", status="subscribed")
    ConsentFactory(contact=double, topic="offers", status="unsubscribed")
    merge(ada, double)
    assert dict(Consent.objects.filter(contact=ada).values_list("topic", "status")) == {
        "news": "subscribed",
        "offers": "unsubscribed",
    }


def test_messages_move_unless_the_survivor_got_that_campaign_too(ada, double):
    first, second = Campaign.objects.create(name="One"), Campaign.objects.create(name="Two")
    Send.objects.create(campaign=first, contact_id=ada.pk, address="a", state="sent")
    Send.objects.create(campaign=first, contact_id=double.pk, address="b", state="sent")
    moving = Send.objects.create(campaign=second, contact_id=double.pk, address="b", state="sent")
    merge(ada, double)
    moving.refresh_from_db()
    assert moving.contact_id == ada.pk
    assert Send.objects.filter(contact_id=double.pk).count() == 1


def test_a_repeat_changes_nothing(ada, double):
    merge(ada, double)
    before, changes = state(ada), ContactChange.objects.count()
    assert merge(ada, double).pk == ada.pk
    assert (state(ada), ContactChange.objects.count(), Merge.objects.count()) == (before, changes, 1)


def test_oneself_a_stranger_and_who_is_merged_already_are_refused(ada, double):
    other = ContactFactory()
    with pytest.raises(InvalidInput, match="itself"):
        merge(ada, ada)
    with pytest.raises(InvalidInput, match="no such contact"):
        services.merge_contacts(ada.pk, 10**9, actor=BY)
    merge(ada, double)
    with pytest.raises(Conflict, match=f"into contact {ada.pk} already"):
        merge(other, double)
    with pytest.raises(Contact.DoesNotExist):
        merge(double, other)
    with pytest.raises(InvalidInput, match="no field"):
        merge(ada, other, take=["frist_name"])


def test_it_is_written_down_who_merged_and_who_undid(ada, double):
    merge(ada, double)
    unmerge(ada)
    entries = AuditEntry.objects.filter(object_type="contact").order_by("pk")
    assert [(one.actor, one.action, one.object_id) for one in entries] == [
        ("user:Grace", "merged", str(ada.pk)),
        ("user:Grace", "unmerged", str(ada.pk)),
    ]
