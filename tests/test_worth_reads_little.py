"""What following one order reads: her own rows, found by indexes, however many other people there are."""

from __future__ import annotations

import pytest
from django.db import connection

from contacts.models import Worth
from contacts.worth import bulk
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments.engine import drain
from segments.models import Score
from segments.scoring import build, services
from tests.factories import ContactFactory
from tests.test_worth import active_list, buyers, members, order, settle

pytestmark = pytest.mark.django_db

LARGE = ("contacts_contact", "contacts_worth", "segments_score", "segments_membership", "segments_contactdue")
_READ = """
    SELECT relname, seq_scan FROM pg_stat_xact_user_tables
     WHERE relname = ANY(%s) OR relname LIKE 'contacts\\_event\\_%%'
"""


@pytest.fixture
def ada():
    """A buyer among others, whose worth, score and list follow her orders."""
    ada, recent = ContactFactory(), {"property": "last_order_at", "op": "in_last", "value": 1, "unit": "day"}
    order(ada, 20)
    buyers()
    settle()
    bulk.renew(clock.now(), count=True)
    rules = [{"name": "Ordered lately", "definition": recent, "points": 10}]
    groups = [{"name": "Orders", "kind": "engagement", "rules": rules}]
    services.create_model(key="lately", name="Lately", definition={"groups": groups}, actor=SYSTEM)
    while build.run_waiting():
        pass
    settle()
    return ada


def whole_tables_read() -> dict[str, int]:
    """How often each of the large tables was read from one end to the other, in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [list(LARGE)])
        return dict(cursor.fetchall())


def test_an_order_is_followed_into_worth_score_and_list_without_reading_a_large_table_whole(ada):
    scored = active_list({"property": "lately", "op": "gte", "value": 10})
    order(ada)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # of few rows the server reads all, even with an index
        cursor.execute("DISCARD PLANS")
    before = whole_tables_read()
    assert {*LARGE} <= before.keys()
    drain.drain()
    assert Worth.objects.get(contact=ada).orders == 2
    assert Score.objects.get(contact=ada).points == 10
    assert ada.pk in members(scored)
    assert whole_tables_read() == before
