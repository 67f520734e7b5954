"""Whoever locks several things locks them in one order: nobody waits in a circle, whatever they do at once."""

from __future__ import annotations

import threading
import time
from random import Random

import pytest
from rest_framework.test import APIClient

from crmseg.access.services import create_key
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import InvalidInput
from segments import services
from segments.engine import build, locks

from .at_once import (
    ITALIANS,
    active,
    assert_all_is_true,
    people,
    together,
    work,
    write,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    """Few contacts make many blocks, so that builds take many steps and writers meet them."""
    monkeypatch.setattr(locks, "BLOCK", 4)


def test_deleting_lists_and_draining_do_not_wait_for_each_other_in_a_circle():
    ids = people()
    lists = [active(f"List {n}", ITALIANS) for n in range(12)]
    build.run_waiting()
    until = time.monotonic() + 3

    def deletes() -> None:
        for pk in lists[:-1]:
            services.delete_segment(pk, actor=SYSTEM)
            time.sleep(0.05)

    together(lambda: write(5, list(ids), until), lambda: work(until), deletes)
    assert_all_is_true()


def test_two_people_who_would_close_a_circle_at_once_are_not_both_let():
    for number in range(6):
        ones = [active(f"{letter}{number}", ITALIANS) for letter in "AB"]

        def save(own: int, other: int) -> str:
            try:
                services.update_segment(own, definition={"segment": other, "op": "in"}, actor=SYSTEM)
            except InvalidInput as refused:
                return refused.problems[0].pointer
            return "saved"

        results = together(lambda ones=ones: save(*ones), lambda ones=ones: save(*reversed(ones)))
        assert sorted(results) == ["/definition/segment", "saved"]
    assert build.run_waiting() == 12


def test_edits_and_walking_builds_do_not_wait_for_each_other_in_a_circle():
    people()
    norse = {"property": "country", "op": "is", "value": "NO"}
    edited = threading.Event()

    def edits() -> None:
        try:
            for n in range(40):
                segment = active(f"List {n}", ITALIANS)
                time.sleep(Random(n).random() / 50)
                services.update_segment(segment, definition=norse, actor=SYSTEM)
                services.update_segment(segment, definition={"any": [norse, ITALIANS]}, actor=SYSTEM)
        finally:
            edited.set()

    def builds() -> None:
        while not edited.is_set():
            build.run_waiting()

    together(edits, builds)
    build.run_waiting()
    assert_all_is_true()


def test_conditional_changes_of_a_list_do_not_wait_for_workers_in_a_circle():
    ids = people()
    segment = active("List", ITALIANS)
    build.run_waiting()
    until = time.monotonic() + 4

    def changes() -> None:
        client = APIClient(HTTP_AUTHORIZATION=f"Bearer {create_key(name='all', scope='full', actor=SYSTEM)[1]}")
        at, turn = f"/api/v1/segments/{segment}/", 0
        while time.monotonic() < until:
            turn += 1
            change = [
                {"kind": "static"},
                {"kind": "active"},
                {"definition": ITALIANS if turn % 2 else {"not": ITALIANS}},
            ][turn % 3]
            seen = client.get(at)["ETag"]
            assert client.patch(at, change, format="json", HTTP_IF_MATCH=seen).status_code in (200, 409, 412)

    def builds() -> None:
        while time.monotonic() < until:
            build.run_waiting()

    together(changes, builds, lambda: write(3, list(ids), until), lambda: work(until))
    build.run_waiting()
    assert_all_is_true()
