"""What campaigns keep about a person goes with her when she asks, and is given to her when she asks that."""

from __future__ import annotations

import pytest

from campaigns import optin
from campaigns.models import OptIn, OutboxMessage, Send
from campaigns.tracking.record import record
from contacts import privacy, services
from contacts.models import Event
from crmseg.common import clock
from crmseg.common.actor import SYSTEM

from .campaign_worlds import list_of, send_all, started, subscriber
from .factories import ContactFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_her_messages_are_in_her_export():
    ada = subscriber(email="ada@example.org")
    send_all(started(list_of(ada), name="Spring"))
    (message,) = privacy.export_contact(ada)["messages"]
    assert (message["campaign"], message["address"], message["state"]) == ("Spring", "ada@example.org", "sent")


def test_erasing_her_leaves_the_count_and_no_address():
    ada = subscriber(email="ada@example.org")
    send_all(started(list_of(ada)))
    privacy.erase_contact(ada.pk, actor=SYSTEM)
    assert Send.objects.get().address == "erased"
    assert not OutboxMessage.objects.exists()


def test_what_she_did_with_them_is_in_her_export_and_erased_with_her():
    ada, bob = subscriber(email="ada@example.org"), subscriber(email="bob@example.org")
    campaign = send_all(started(list_of(ada, bob)))
    hers, his = campaign.sends.get(contact_id=ada.pk), campaign.sends.get(contact_id=bob.pk)
    for send, url in ((hers, "https://a.example/ada"), (hers, "https://a.example/all"), (his, "https://a.example/all")):
        given = {"url": url, "place": 1, "client": "Firefox", "device": "desktop"}
        record(send, "clicked", clock.now(), key=f"{send.pk}{url}", **given)
    Send.objects.update(unsubscribe_reason="I moved to Rome")
    optin.ask(ContactFactory(email="x@example.org").pk, actor=SYSTEM)
    OptIn.objects.update(contact_id=ada.pk)
    (message,) = privacy.export_contact(ada)["messages"]
    assert [r["url"] for r in message["reactions"]] == ["https://a.example/ada", "https://a.example/all"]
    assert message["unsubscribe_reason"] == "I moved to Rome"
    assert len(privacy.export_contact(ada)["asked_to_confirm"]) == 1
    privacy.erase_contact(ada.pk, actor=SYSTEM)
    assert sorted(hers.reactions.values_list("url", "client")) == [("", ""), ("https://a.example/all", "")]
    assert his.reactions.get().client == "Firefox"
    assert not OptIn.objects.exists()
    hers.refresh_from_db()
    assert hers.unsubscribe_reason == "other"


def test_what_became_of_her_messages_moves_when_she_is_merged_and_back():
    ada, double = subscriber(email="ada@example.org"), subscriber(email="ada@work.example")
    send = send_all(started(list_of(double))).sends.get()
    record(send, "clicked", clock.now(), key="k")
    asked = OptIn.objects.create(contact_id=double.pk)
    services.merge_contacts(ada.pk, double.pk, actor=SYSTEM)
    (message,) = privacy.export_contact(ada)["messages"]
    assert [r["kind"] for r in message["reactions"]] == ["clicked"]
    asked.refresh_from_db()
    assert asked.contact_id == ada.pk
    record(send, "clicked", clock.now(), key="later")  # as a page still open tells it, of the merged contact
    assert Event.objects.filter(contact=ada, type__name="Email Clicked").count() == 2
    services.unmerge_contacts(ada.pk, actor=SYSTEM)
    asked.refresh_from_db()
    assert asked.contact_id == double.pk
