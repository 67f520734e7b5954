"""Any process may be killed at any instant: nothing that was acknowledged is lost, and every list is still true."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from crmseg.embedded import instance
from tests.product import Product

LISTS = {
    "Italians": {"property": "country", "op": "is", "value": "IT"},
    "Buyers": {"event": "Order Completed", "op": "gte", "value": 2, "window": {"last": 30, "unit": "day"}},
    "Recent": {"event": "Order Completed", "op": "did", "window": {"last": 1, "unit": "minute"}},
    "Spenders": {"event": "Order Completed", "measure": "sum", "of": "revenue", "op": "gt", "value": 100},
}


class Writer(threading.Thread):
    """A program that writes without pause and remembers what was acknowledged."""

    def __init__(self, url: str, key: str, seed: int):
        super().__init__(daemon=True)
        self.url, self.key, self.rng = url, key, random.Random(seed)
        self.name_of_run = f"k{seed}"
        self.countries: dict[str, str] = {}
        self.uncertain: set[str] = set()
        self.events: set[str] = set()
        self.number = 0
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.is_set():
            people = [f"{self.name_of_run}-{self.rng.randrange(300)}" for _ in range(5)]
            wanted = {person: self.rng.choice(["IT", "FR"]) for person in people}
            rows = [{"external_id": person, "country": country} for person, country in wanted.items()]
            if self.post("contacts/batch/", {"contacts": rows}):
                self.countries |= wanted
                self.uncertain -= wanted.keys()
            else:
                self.uncertain |= wanted.keys()
            self.number += 1
            message_id = f"{self.name_of_run}-{self.number}"
            past = datetime.now(UTC) - timedelta(seconds=self.rng.randrange(90))
            event = {
                "contact": {"external_id": self.rng.choice(sorted(wanted))},
                "event": "Order Completed",
                "occurred_at": past.isoformat(),
                "properties": {"revenue": 19.99},
                "message_id": message_id,
            }
            answer = self.post("events/batch/", {"events": [event]})
            if answer and not answer["problems"]:
                self.events.add(message_id)

    def post(self, path: str, body: object) -> dict[str, object] | None:
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}",
            method="POST",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            time.sleep(0.1)
            return None


def kill_and_check(product: Product, kills: int, seed: int) -> None:
    rng = random.Random(seed)
    key = product.manage("create_api_key", f"kills {seed}", "--scope", "full")
    writer = Writer(product.url, key, seed)
    for name, definition in LISTS.items():
        assert writer.post("segments/", {"name": f"{name} {seed}", "kind": "active", "definition": definition})
    writer.start()
    victims = list(product.processes())
    for turn in range(kills):
        time.sleep(rng.uniform(0.5, 2.5))
        victim = victims[turn % len(victims)] if turn < len(victims) else rng.choice(victims)
        with suppress(ProcessLookupError, KeyError):
            os.kill(product.processes()[victim], signal.SIGKILL)
        product.wait_ready(seconds=120)
    time.sleep(1)
    writer.done.set()
    writer.join(60)
    product.wait_ready(seconds=120)

    recorded = instance.read(product.data_dir)
    assert recorded is not None
    with psycopg.connect(recorded.database_url) as database:
        rows = database.execute("SELECT external_id, country FROM contacts_contact WHERE external_id IS NOT NULL")
        stored = dict(rows.fetchall())
        kept = {row[0] for row in database.execute("SELECT message_id FROM contacts_event")}
    certain = {person: country for person, country in writer.countries.items() if person not in writer.uncertain}
    assert len(certain) > 20, "the writer hardly got anything through"
    assert {person: stored.get(person) for person in certain} == certain
    assert len(writer.events) > kills
    assert writer.events <= kept
    audit = json.loads(product.manage("segments_audit", "--json"))
    assert (audit["missing"], audit["extra"]) == (0, 0)


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product that nothing else depends on."""
    running = Product(tmp_path_factory.mktemp("mortal"))
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.mark.xdist_group("kills")
def test_killing_each_process_once_loses_nothing(mortal: Product):
    kill_and_check(mortal, kills=len(mortal.processes()), seed=1)
