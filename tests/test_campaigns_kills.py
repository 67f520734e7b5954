"""Processes killed at random instants of a real sending: ledger and mail server compared address by address."""

import contextlib
import json
import os
import random
import signal
import time
import urllib.request
from collections import Counter
from itertools import count

import pytest

from .campaign_worlds import mail_server
from .product import Product

PEOPLE, KILLS = 600, 10


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
            except OSError:  # PostgreSQL may be starting again
                if attempt == 60:
                    raise
                time.sleep(0.5)


@pytest.mark.slow
@pytest.mark.e2e
def test_nobody_is_lost_and_nobody_is_mailed_twice_whatever_is_killed(tmp_path):
    dice = random.Random(20261121)
    with mail_server() as (server, url):
        product = Product(tmp_path, env={"CRMSEG_EMAIL_URL": url})
        try:
            product.start()
            api = Api(product)
            people = [{"email": f"p{n}@example.org", "consent": {"email": "subscribed"}} for n in range(PEOPLE)]
            api("contacts/batch/", {"contacts": people})
            ids = [row["id"] for row in api("contacts/?limit=1000")["results"]]
            segment = api("segments/", {"name": "Everyone", "kind": "static"})["id"]
            api(f"segments/{segment}/members/", {"contact_ids": ids})
            words = {"name": "Kills", "subject": "Hi", "body_text": "Hello", "include": [segment]}
            at = f"campaigns/{api('campaigns/', words)['id']}/"
            assert api(f"{at}start/", {})["waterfall"]["queued"] == PEOPLE

            for _ in range(KILLS):
                time.sleep(dice.uniform(0.2, 3))
                name = dice.choice(["bulk", "bulk", "beat", "postgres", "valkey"])
                with contextlib.suppress(ProcessLookupError):  # it is being started again
                    os.killpg(product.processes()[name], signal.SIGKILL)

            end = time.monotonic() + 180
            # What a killed worker had begun stays open until its attempt is given up, minutes later.
            while (report := api(f"{at}report/"))["queued"] > KILLS or len(server.accepted) < PEOPLE - KILLS:
                assert time.monotonic() < end, report
                time.sleep(1)
            time.sleep(2)
            sends = api(f"{at}sends/?limit=1000")["results"]
        finally:
            product.stop()

    accepted = Counter(server.addresses)
    states = Counter(row["state"] for row in sends)
    print(states)
    assert max(accepted.values()) == 1, "mailed twice"
    assert len(sends) == PEOPLE
    assert all(accepted[row["address"]] for row in sends if row["state"] == "sent")
    assert states["sent"] + states["queued"] + states["uncertain"] == PEOPLE
    assert states["queued"] + states["uncertain"] <= KILLS
