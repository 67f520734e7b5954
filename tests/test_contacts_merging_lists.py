"""Where merged contacts are in lists, and where they return to."""

from __future__ import annotations

import pytest

from segments import services as lists
from segments.engine import build, drain
from segments.models import LedgerEntry, Pin, Segment
from tests.built import members

from .factories import EventFactory
from .merging import BY, ada, double, merge, unmerge

pytestmark = pytest.mark.django_db
__all__ = ["ada", "double"]


def active(definition: dict, name: str = "Active") -> Segment:
    made = lists.create_segment(name=name, kind="active", definition=definition, actor=BY)
    while build.run_waiting():
        pass
    drain.drain()
    return made


def ledger(segment: Segment) -> list[tuple[int, str, str]]:
    rows = LedgerEntry.objects.filter(segment_id=segment.pk).order_by("pk")
    return list(rows.values_list("contact_id", "change", "cause"))


def test_entries_and_exits_go_through_the_change_log(ada, double):
    EventFactory(contact=double)
    buyers = active({"event": "Order Completed", "op": "did"}, "Buyers")
    assert members(buyers) == {double.pk}
    merge(ada, double)
    drain.drain()
    assert members(buyers) == {ada.pk}
    assert {row[:2] for row in ledger(buyers)[1:]} == {(ada.pk, "entered"), (double.pk, "left")}
    unmerge(ada)
    drain.drain()
    assert members(buyers) == {double.pk}


def test_places_in_static_lists_move_and_return(ada, double):
    both = lists.create_segment(name="Both", kind="static", actor=BY)
    one = lists.create_segment(name="One", kind="static", actor=BY)
    lists.add_members(both.pk, [ada.pk, double.pk], actor=BY)
    lists.add_members(one.pk, [double.pk], actor=BY)
    merge(ada, double)
    drain.drain()
    assert (members(both), members(one)) == ({ada.pk}, {ada.pk})
    assert (ada.pk, "entered", "merge") in ledger(one)
    one.refresh_from_db()
    assert one.size == 1
    unmerge(ada)
    drain.drain()
    assert (members(both), members(one)) == ({ada.pk, double.pk}, {double.pk})


def test_pins_move_where_the_survivor_has_none(ada, double):
    nobody = active({"property": "country", "op": "is", "value": "XX"}, "Nobody")
    lists.pin(nobody.pk, [double.pk], direction="in", reason="a friend", actor=BY)
    drain.drain()
    merge(ada, double)
    drain.drain()
    assert members(nobody) == {ada.pk}
    assert Pin.objects.get(contact_id=ada.pk).reason == "a friend"
    unmerge(ada)
    drain.drain()
    assert members(nobody) == {double.pk}
