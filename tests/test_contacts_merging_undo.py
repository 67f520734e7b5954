"""One contact becomes two again: what returns, what stays, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Campaign, Send
from contacts import privacy, services
from contacts.models import Alias, Consent, ConsentHistory, Event, Merge, MergedEvent
from crmseg.common import clock
from crmseg.common.problems import Conflict

from .factories import AttributeFactory, ConsentFactory, ContactFactory, EventFactory
from .merging import BY, ada, double, histories, merge, send, state, unmerge

pytestmark = pytest.mark.django_db
__all__ = ["ada", "double"]


def test_everything_goes_back_exactly_as_it_was(ada, double):
    AttributeFactory(key="hat")
    services.update_contact(double.pk, data={"attributes": {"hat": "blue"}, "budget": "19.99"}, actor=BY)
    services.update_contact(double.pk, data={"interests": ["looms"], "location": {"lat": 51.5, "lon": -0.12}}, actor=BY)
    ConsentFactory(contact=ada, method="form"), ConsentFactory(contact=double, status="unsubscribed", method="phone")
    ConsentFactory(contact=double, channel="sms")
    EventFactory(contact=ada), EventFactory(contact=double)
    campaign = Campaign.objects.create(name="One")
    Send.objects.create(campaign=campaign, contact_id=double.pk, address="b", state="sent")
    before, past = state(ada, double), (histories(double), ConsentHistory.objects.filter(contact_id=double.pk).count())
    merge(ada, double, take=["email", "first_name"])
    assert state(ada, double) != before
    done = unmerge(ada, double)
    assert state(ada, double) == before
    assert (done.kept, done.restored.pk) == ([], double.pk)
    assert (histories(double), ConsentHistory.objects.filter(contact_id=double.pk).count()) == past
    assert not MergedEvent.objects.exists()
    assert unmerge(ada, double).restored.pk == double.pk, "a repeat changes nothing"
    merge(ada, double)


def test_events_that_came_meanwhile_stay_where_identity_says(ada, double):
    merge(ada, double)
    send({"email": "ada@example.org"}, "Hers")
    send({"email": "lovelace@example.org"}, "Of the other")
    send({"external_id": "a2"}, "Of the other too")
    unmerge(ada)
    assert [event.type.name for event in Event.objects.filter(contact=ada)] == ["Hers"]
    assert Event.objects.filter(contact=double).count() == 2


def test_events_for_a_name_that_filled_a_gap_go_with_it():
    nameless, named = ContactFactory(email=None, external_id="n1"), ContactFactory(email="named@example.org")
    merge(nameless, named)
    send({"email": "named@example.org"}), send({"external_id": "n1"})
    unmerge(nameless)
    assert Event.objects.get(contact=named)
    assert Event.objects.get(contact=nameless)


def test_what_was_changed_since_stays_and_is_said(ada, double):
    merge(ada, double)
    services.update_contact(ada.pk, data={"last_name": "King", "city": "Ockham"}, actor=BY)
    done = unmerge(ada)
    assert [(one.key, one.reason) for one in done.kept] == [("last_name", "changed")]
    assert (done.survivor.last_name, done.survivor.city, done.restored.last_name) == ("King", "Ockham", "Lovelace")


def test_a_no_since_the_merge_counts_for_both(ada, double):
    ConsentFactory(contact=ada), ConsentFactory(contact=double)
    merge(ada, double)
    services.set_consent([ada.pk], channel="email", status="unsubscribed", actor=BY)
    unmerge(ada)
    assert set(Consent.objects.values_list("contact_id", "status")) == {
        (ada.pk, "unsubscribed"),
        (double.pk, "unsubscribed"),
    }


def test_merges_are_undone_last_first_and_within_thirty_days(ada, double):
    third = ContactFactory()
    merge(ada, double), merge(ada, third)
    with pytest.raises(Conflict, match="undo that first"):
        unmerge(ada, double)
    unmerge(ada)
    Merge.objects.filter(merged_id=double.pk).update(at=clock.now() - timedelta(days=31))
    with pytest.raises(Conflict, match="30 days"):
        unmerge(ada, double)
    with pytest.raises(Conflict, match="not merged"):
        unmerge(third, double)


def test_who_took_the_name_meanwhile_is_not_robbed_of_it(ada, double):
    merge(ada, double)
    thief = ContactFactory(email="thief@example.org")
    services.update_contact(thief.pk, data={"email": "lovelace@example.org"}, actor=BY)
    with pytest.raises(Conflict, match="address lovelace"):
        unmerge(ada)
    assert Merge.objects.get().undone_at is None


def test_a_company_that_is_gone_is_left_out(ada, double):
    merge(ada, double)
    services.delete_companies([double.company_id], actor=BY)
    assert unmerge(ada).restored.company_id is None


def test_what_is_kept_for_the_undo_is_forgotten_in_time_and_with_the_person(ada, double):
    merge(ada, double)
    assert privacy.export_contact(ada)["former_names"][0] == {"kind": "id", "value": str(double.pk)}
    Merge.objects.update(at=clock.now() - timedelta(days=31))
    assert services.forget_old_merges() == 1
    assert Merge.objects.get().before is None
    assert send({"external_id": "a2"}).created == 1, "the former names stay"
    privacy.erase_contact(ada.pk, actor=BY)
    assert not Merge.objects.exists()
    assert not Alias.objects.exists()
