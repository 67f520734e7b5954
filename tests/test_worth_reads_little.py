"""What following one order reads: her own rows, found by indexes, however many other people there are."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Worth
from contacts.worth import bulk, follow, rules
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments.engine import drain
from segments.models import Score, Segment
from segments.scoring import build, services
from tests.factories import ContactFactory
from tests.test_worth import active_list, members, order, settle
from tests.worth_world import shop

pytestmark = pytest.mark.django_db

_READ = """
    SELECT CASE WHEN relname LIKE 'contacts\\_event\\_%%' THEN 'contacts_event' ELSE relname END,
           sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int
      FROM pg_stat_xact_user_tables
     WHERE relname LIKE 'contacts\\_event\\_%%' OR relname = ANY(%s) GROUP BY 1
"""
LARGE = ("contacts_contact", "contacts_worth", "segments_score", "segments_membership", "segments_contactdue")

SLACK = 5
"""Rows; of each crowd there are hundreds."""


@pytest.fixture
def scored():
    """A list of those who ordered lately, by a score that reads their worth."""
    recent = {"property": "last_order_at", "op": "in_last", "value": 1, "unit": "day"}
    rules = [{"name": "Ordered lately", "definition": recent, "points": 10}]
    groups = [{"name": "Orders", "kind": "engagement", "rules": rules}]
    services.create_model(key="lately", name="Lately", definition={"groups": groups}, actor=SYSTEM)
    return active_list({"property": "lately", "op": "gte", "value": 10})


def rows_read() -> dict[str, int]:
    """Of each of the large tables, in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [list(LARGE)])
        return dict(cursor.fetchall())


def plan_as_for_large_tables() -> None:
    """Have the server go by indexes wherever there is one: of tables as small as these it may rather read all."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE contacts_event, {', '.join(LARGE)}")
        for way in ("seqscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute("DISCARD PLANS")


def read_for_an_order(scored: Segment) -> dict[str, int]:
    """The rows read until worth, score and list know of the second order of somebody who ordered long ago."""
    one = ContactFactory()
    order(one, 20)
    while build.run_waiting():
        pass
    settle()
    bulk.renew(clock.now(), count=True)
    settle()
    plan_as_for_large_tables()
    order(one)
    before = rows_read()
    drain.drain()
    after = rows_read()
    assert Worth.objects.get(contact=one).orders == 2
    assert Score.objects.get(contact=one).points == 10
    assert one.pk in members(scored)
    return {table: after[table] - before[table] for table in after}


def test_an_order_is_followed_by_the_same_few_rows_however_many_other_people_there_are(scored):
    shop(400)
    among_some = read_for_an_order(scored)
    shop(400, seed=4)
    among_many = read_for_an_order(scored)
    assert set(among_some) == {*LARGE, "contacts_event"}
    assert {table: rows for table, rows in among_many.items() if rows > among_some[table] + SLACK} == {}
    assert max(among_some.values()) < 100


def test_the_settings_of_worth_are_not_read_for_each_who_is_looked_at():
    people = ContactFactory.create_batch(3)
    for one in people:
        order(one)
    rules.row()
    with CaptureQueriesContext(connection) as read:
        follow.follow({one.pk: {"event:Order Completed"} for one in people}, clock.now())
    assert Worth.objects.filter(orders=1).count() == 3
    assert sum("contacts_worthsettings" in one["sql"] for one in read) == 2  # to see whom it affects, and held still


def test_a_change_that_touches_no_worth_does_not_wait_for_those_that_do():
    ada = ContactFactory()
    with CaptureQueriesContext(connection) as asked:
        assert follow.follow({ada.pk: {"attribute:plan"}}, clock.now()) == {}
    assert not any("advisory" in one["sql"] for one in asked)
