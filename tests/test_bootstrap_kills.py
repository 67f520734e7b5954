"""Is what was acknowledged still there, and are the lists still true, after twenty kills at random instants?"""

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
from pathlib import Path

import pytest

from tests.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("supervisor")]

KILLS, VICTIMS = 20, ("web", "live", "bulk", "send", "beat", "valkey", "postgres")
ROWS = 25
LISTS = {
    "In Italy": {"property": "country", "op": "is", "value": "IT"},
    "Not subscribers": {"not": {"property": "lifecycle_stage", "op": "is", "value": "subscriber"}},
    "Two orders in an hour": {
        "event": "Order Completed",
        "op": "gte",
        "value": 2,
        "window": {"last": 1, "unit": "hour"},
    },
    "No order for a minute": {
        "all": [
            {"event": "Order Completed", "op": "did"},
            {"event": "Order Completed", "op": "did_not", "window": {"last": 1, "unit": "minute"}},
        ]
    },
}


class Api:
    """A patient client: it repeats a request until it is answered, and calls only an answer an answer."""

    def __init__(self, product: Product, key: str) -> None:
        self.product, self.key = product, key

    def post(self, path: str, body: object) -> dict[str, object] | None:
        request = urllib.request.Request(
            f"{self.product.url}/api/v1/{path}",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                raise AssertionError(error.read()) from error
        except (OSError, ValueError):
            pass  # cut off in the middle: nothing was acknowledged
        return None


class Writer(threading.Thread):
    """Writes people and their orders, remembers what was acknowledged, repeats what was not."""

    def __init__(self, api: Api, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.api, self.random, self.stopping = api, random.Random(name), threading.Event()
        self.people: set[str] = set()
        self.orders: set[str] = set()
        self.repeated = 0

    def run(self) -> None:
        turn = 0
        while not self.stopping.is_set():
            people = [f"{self.name}-{turn}-{n}" for n in range(ROWS)]
            rows = [{"external_id": p, "country": self.random.choice(["IT", "FR", "US"])} for p in people]
            if not self._until_acknowledged("contacts/batch/", {"contacts": rows}):
                return
            self.people |= set(people)
            orders = {f"order-{p}-{n}": p for p in people for n in range(self.random.randint(0, 3))}
            happened = datetime.now(UTC) - timedelta(seconds=self.random.randint(0, 90))
            events = [
                {
                    "contact": {"external_id": person},
                    "event": "Order Completed",
                    "occurred_at": happened.isoformat(),
                    "properties": {"revenue": 10.5},
                    "message_id": order,
                }
                for order, person in orders.items()
            ]
            if not self._until_acknowledged("events/batch/", {"events": events}):
                return
            self.orders |= set(orders)
            turn += 1

    def _until_acknowledged(self, path: str, body: object) -> bool:
        while (answer := self.api.post(path, body)) is None:
            self.repeated += 1
            if self.stopping.wait(0.1):
                return False
        assert answer["problems"] == []
        return True


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    made = Product(tmp_path / "var").start()
    yield made
    if made.process and made.process.poll() is None:
        made.stop(signal.SIGKILL)


def test_nothing_acknowledged_is_lost_and_the_lists_are_true(product: Product) -> None:
    api = Api(product, product.manage("create_api_key", "kills", "--scope", "full"))
    for name, definition in LISTS.items():
        assert api.post("segments/", {"name": name, "kind": "active", "definition": definition})
    writers = [Writer(api, f"writer{n}") for n in range(2)]
    for writer in writers:
        writer.start()

    chance, killed = random.Random(20), []
    while len(killed) < KILLS:
        time.sleep(chance.uniform(0.2, 2.0))
        victim = chance.choice(VICTIMS)
        with suppress(ProcessLookupError, KeyError):  # it was not up again yet
            os.kill(product.processes()[victim], signal.SIGKILL)
            killed.append(victim)
    product.wait_ready()
    time.sleep(2)
    for writer in writers:
        writer.stopping.set()
        writer.join(60)
    people, orders = set().union(*(w.people for w in writers)), set().union(*(w.orders for w in writers))
    print(
        f"killed {killed}; acknowledged {len(people)} people, {len(orders)} orders; "
        f"repeated {sum(w.repeated for w in writers)} requests"
    )
    assert len(people) > 20 * ROWS

    product.stop(signal.SIGKILL)
    product.start()
    assert people <= values(product, "contacts.Contact", "external_id")
    assert orders <= values(product, "contacts.Event", "message_id")
    found = json.loads(product.manage("segments_audit", "--json").splitlines()[-1])
    assert (found["missing"], found["extra"]) == (0, 0), found
    assert found["segments"] == len(LISTS)
    assert product.stop() == 0


def values(product: Product, model: str, field: str) -> set[str]:
    code = (
        "import json; from django.apps import apps;"
        f"print(json.dumps(list(apps.get_model('{model}').objects.values_list('{field}', flat=True))))"
    )
    return set(json.loads(product.manage("shell", "-v0", "-c", code)))
