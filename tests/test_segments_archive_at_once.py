"""Lists are archived and restored while people change, workers work and builds run: nobody waits in a circle."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import pytest

from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict, InvalidInput
from segments import services
from segments.engine import build, locks
from segments.models import Segment

from .at_once import FREQUENT, ITALIANS, active, assert_all_is_true, people, together, work, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    """Few contacts make many blocks, so that builds take many steps and writers meet them."""
    monkeypatch.setattr(locks, "BLOCK", 4)


def test_archiving_and_restoring_do_not_wait_for_workers_and_builds_in_a_circle():
    ids = people()
    lists = [active("Italians", ITALIANS), active("Frequent", FREQUENT)]
    hand = services.create_segment(name="Hand", kind="static", actor=SYSTEM).pk
    services.add_members(hand, ids[:10], actor=SYSTEM)
    build.run_waiting()
    until = time.monotonic() + 4

    def turns() -> None:
        while time.monotonic() < until:
            for pk in (*lists, hand):
                services.archive(pk, actor=SYSTEM)
                time.sleep(0.02)
            for pk in (*lists, hand):
                services.restore(pk, actor=SYSTEM)
            time.sleep(0.05)

    def puts() -> None:
        while time.monotonic() < until:
            with suppress(Conflict):
                services.add_members(hand, ids[:20], actor=SYSTEM)
                services.remove_members(hand, ids[5:15], actor=SYSTEM)
            time.sleep(0.01)

    def builds() -> None:
        while time.monotonic() < until:
            build.run_waiting()

    together(turns, puts, builds, lambda: write(3, list(ids), until), lambda: work(until))
    build.run_waiting()
    assert_all_is_true()


def test_a_list_is_either_archived_or_asked_by_another_never_both():
    people(4)
    for number in range(8):
        asked = active(f"Asked {number}", ITALIANS)
        started = threading.Barrier(2)

        def ask(asked: int = asked, number: int = number, started: threading.Barrier = started) -> str:
            started.wait()
            try:
                active(f"Asking {number}", {"segment": asked, "op": "in"})
            except InvalidInput:
                return "refused"
            return "saved"

        def put_away(asked: int = asked, started: threading.Barrier = started) -> str:
            started.wait()
            try:
                services.archive(asked, actor=SYSTEM)
            except Conflict:
                return "refused"
            return "saved"

        assert sorted(together(ask, put_away)) == ["refused", "saved"]
    build.run_waiting()
    assert Segment.unarchived.exclude(state=Segment.State.LIVE).count() == 0
    assert_all_is_true()
