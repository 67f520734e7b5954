"""What campaigns keep about a person goes with her when she asks, and is given to her when she asks that."""

from __future__ import annotations

import pytest

from campaigns.models import OutboxMessage, Send
from contacts import privacy
from crmseg.common.actor import SYSTEM

from .campaign_worlds import list_of, send_all, started, subscriber

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
