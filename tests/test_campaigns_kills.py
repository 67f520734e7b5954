"""Processes killed at random instants of a real sending: ledger and mail server compared address by address."""

import asyncio
import contextlib
import json
import os
import random
import signal
import time
import urllib.request
import zlib
from collections import Counter
from itertools import count

import pytest

from .campaign_worlds import Server, mail_server
from .product import Product


class Api:
    def __init__(self, product):
        self.root = f"{product.url}/api/v1/"
        self.key = product.manage("create_api_key", "kills", "--scope", "full").splitlines()[-1]

    def __call__(self, path, body=None, method="GET"):
        request = urllib.request.Request(self.root + path, method="POST" if body is not None else method)
        request.add_header("Authorization", f"Bearer {self.key}")
        data = None
        if body is not None:
            request.add_header("Content-Type", "application/json")
            data = json.dumps(body).encode()
        for attempt in count():
            try:
                with urllib.request.urlopen(request, data, timeout=30) as answer:
                    return json.load(answer)
            except OSError as error:  # PostgreSQL may be starting again
                if attempt == 60 or getattr(error, "code", 500) < 500:
                    raise
                time.sleep(0.5)


class Moody(Server):
    """What it does with an address hangs on the address: most are taken, some later, late, never, or in silence."""

    def __init__(self):
        super().__init__()
        self.asked = Counter()
        self.dropped = set()

    async def handle_DATA(self, server, session, envelope):
        [address] = envelope.rcpt_tos
        self.asked[address] += 1
        match mood(address):
            case "later" if self.asked[address] == 1:
                return "451 Try later"
            case "never":
                return "550 5.1.1 No such user"
            case "slow":
                await asyncio.sleep(0.5)
            case "silent":
                self.dropped.add(address)
                server.transport.abort()
                return "421 Gone"
        return await super().handle_DATA(server, session, envelope)


def mood(address):
    return {0: "later", 1: "never", 2: "slow", 3: "silent"}.get(zlib.crc32(address.encode()) % 200, "willing")


@pytest.mark.e2e
def test_nobody_is_lost_and_nobody_is_mailed_twice_whatever_is_killed(tmp_path):
    compare(tmp_path, people=400, kills=6, seed=20261121)


@pytest.mark.slow
@pytest.mark.e2e
def test_nor_in_twenty_thousand_sends_with_twenty_kills(tmp_path):
    compare(tmp_path, people=20_000, kills=20, seed=20261122)


def compare(tmp_path, *, people, kills, seed):
    dice = random.Random(seed)
    at_once = 4
    with mail_server(Moody()) as (server, url):
        product = Product(tmp_path, env={"CRMSEG_EMAIL_URL": f"{url}?connections={at_once}"})
        try:
            product.start()
            api = Api(product)
            addresses = [f"p{n}@example.org" for n in range(people)]
            for start in range(0, people, 500):
                batch = [{"email": at, "consent": {"email": "subscribed"}} for at in addresses[start : start + 500]]
                api("contacts/batch/", {"contacts": batch})
            definition = {"property": "email", "op": "is_known"}
            segment = api("segments/", {"name": "Everyone", "kind": "active", "definition": definition})["id"]
            while api(f"segments/{segment}/")["size"] != people:
                time.sleep(0.5)
            words = {"name": "Kills", "subject": "Hi", "body_text": "Hello", "include": [segment], "holdout": 0}
            at = f"campaigns/{api('campaigns/', words)['id']}/"
            assert api(f"{at}start/", {})["waterfall"]["queued"] == people

            killed = Counter()
            for _ in range(kills):
                time.sleep(dice.uniform(0.2, 3))
                before = len(server.accepted)
                name = dice.choice(["send", "send", "beat", "postgres", "valkey"])
                with contextlib.suppress(ProcessLookupError, KeyError):  # it is being started again
                    os.killpg(product.processes()[name], signal.SIGKILL)
                    killed[name] += 1
                if people > 10_000:  # spread over the whole of it
                    wait_until(
                        lambda n=before: len(server.accepted) >= min(n + people // kills - 200, people * 0.9), 300
                    )

            # What a killed worker had begun stays leased until its attempt is given up, minutes later.
            seen = []
            wait_until(lambda: is_settled(seen, ledger(product)), 900)
            sends = seen[-1]
        finally:
            product.stop()

    accepted = Counter(server.addresses)
    states = Counter(row["state"] for row in sends)
    with_state = {state: {row["address"] for row in sends if row["state"] == state} for state in states}
    print(f"killed {dict(killed)}; ledger {dict(states)}; accepted {len(accepted):,}; in silence {len(server.dropped)}")
    assert max(accepted.values()) == 1, "mailed twice"
    assert Counter(row["address"] for row in sends) == Counter(addresses), "lost"
    assert with_state["sent"] <= accepted.keys()
    assert with_state.get("failed", set()) == {at for at in addresses if mood(at) == "never"} - in_doubt(with_state)
    assert accepted.keys() - with_state["sent"] <= in_doubt(with_state), "accepted, and the ledger does not know"
    assert len(in_doubt(with_state)) <= killed["send"] * 2 * at_once + len(server.dropped)


def in_doubt(with_state):
    return with_state.get("uncertain", set()) | with_state.get("leased", set())


def ledger(product):
    """Every row, read past the product's own code."""
    sql = "SELECT address, state, attempt_at IS NOT NULL FROM campaigns_send ORDER BY id"
    read = f"from django.db import connection as c; u = c.cursor(); u.execute('{sql}'); import json; "
    for _ in range(60):  # PostgreSQL may be starting again
        with contextlib.suppress(AssertionError):
            found = json.loads(product.manage("shell", "-c", read + "print(json.dumps(u.fetchall()))").splitlines()[-1])
            return [dict(zip(("address", "state", "begun"), row, strict=True)) for row in found]
        time.sleep(1)
    raise AssertionError("the database is away")


def is_settled(seen, rows):
    """Nobody waits, and what is in doubt has stayed the same."""
    seen.append(rows)
    waits = any(row["state"] == "queued" or (row["state"] == "leased" and not row["begun"]) for row in rows)
    return not waits and len(seen) > 1 and seen[-2] == rows


def wait_until(comes_true, seconds):
    end = time.monotonic() + seconds
    while not comes_true():
        assert time.monotonic() < end, "nothing moves"
        time.sleep(0.5)
