"""Who is found under the names of merged contacts."""

from __future__ import annotations

import pytest

from campaigns.models import Campaign, Send
from contacts import identity, services
from contacts.models import Alias, Consent, Contact, Event
from crmseg.common.problems import Conflict

from .factories import ContactFactory
from .merging import BY, ada, double, merge, send, unmerge

pytestmark = pytest.mark.django_db
__all__ = ["ada", "double"]


@pytest.mark.parametrize("name", [{"external_id": "a2"}, {"email": "Lovelace@Example.org"}, {"id": None}])
def test_later_events_for_a_former_name_land_on_the_survivor(ada, double, name):
    merge(ada, double)
    result = send({"id": double.pk} if "id" in name else name)
    assert (result.created, result.problems) == (1, [])
    assert Event.objects.get().contact_id == ada.pk


def test_rows_for_a_former_name_update_the_survivor_and_leave_its_names(ada, double):
    merge(ada, double)
    rows = [{"external_id": "a2", "email": "lovelace@example.org", "city": "London"}]
    result = services.upsert_contacts(rows, actor=BY)
    assert (result.created, result.updated, result.problems) == (0, 1, [])
    found = Contact.objects.get()
    assert (found.pk, found.external_id, found.email, found.city) == (ada.pk, "a1", "ada@example.org", "London")


def test_a_row_with_a_former_and_a_present_name_is_about_the_survivor(ada, double):
    merge(ada, double)
    result = services.upsert_contacts([{"external_id": "a2", "email": "ada@example.org", "city": "Rome"}], actor=BY)
    assert (result.updated, result.problems) == (1, [])
    assert Contact.objects.get().external_id == "a1"


def test_a_former_name_does_not_make_another_contact(ada, double):
    merge(ada, double)
    with pytest.raises(Conflict, match="before a merge"):
        services.create_contact(data={"email": "LOVELACE@example.org"}, actor=BY)


def test_a_chain_of_merges_leads_to_the_last_survivor_and_back(ada, double):
    last = ContactFactory(email="last@example.org")
    merge(ada, double)
    merge(last, ada)
    send({"external_id": "a2"}), send({"external_id": "a1"}), send({"email": "last@example.org"})
    assert Event.objects.filter(contact=last).count() == 3
    unmerge(last)
    assert identity.survivor_of(double.pk) == ada.pk
    assert Event.objects.filter(contact=ada).count() == 2
    unmerge(ada)
    assert Event.objects.filter(contact=double).count() == 1
    assert Event.objects.filter(contact=ada).count() == 1
    assert not Alias.objects.exists()


def test_the_link_to_unsubscribe_in_an_older_message_still_works(ada, double):
    from campaigns import unsubscribe

    campaign = Campaign.objects.create(name="One")
    Send.objects.create(campaign=campaign, contact_id=double.pk, address="b", state="sent")
    merge(ada, double)
    unsubscribe.unsubscribe(unsubscribe.read(unsubscribe.token(campaign.pk, double.pk)))
    assert Consent.objects.get().contact_id == ada.pk
    assert Send.objects.get().unsubscribed_at is not None
