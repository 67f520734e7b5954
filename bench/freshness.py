"""On a running instance with sample data, through the API: how soon a list knows that somebody belongs, or no longer.

    python3 dev.py bench freshness [--trials 200] [--exits 40]

Makes contacts of its own and deletes them again. Ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

LIST, WINDOW = "Three orders in 90 days", timedelta(days=90)
EVENT = "Order Completed"
PAUSE = 0.012  # between two looks: below the rate at which a key is slowed down
PATIENCE = 30.0


class Api:
    """One kept connection, one key."""

    def __init__(self, address: str, key: str) -> None:
        parts = urlsplit(address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self.connection = kind(parts.hostname or "", parts.port, timeout=30)
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: object = None) -> Any:
        self.connection.request(method, f"/api/v1/{path}", json.dumps(body) if body else None, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {text.decode()[:500]}")
        return json.loads(text) if text else None

    def changes(self, number: int, after: int) -> list[dict[str, Any]]:
        """The list's entries and exits after a cursor."""
        rows: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", f"segments/{number}/changes/?limit=1000&after={after}")
            rows += page["results"]
            if not page["next"]:
                return rows
            after = rows[-1]["cursor"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench freshness", description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--exits", type=int, default=40)
    asked = parser.parse_args()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmseg.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    if not (settings.RUNNING or os.environ.get("DATABASE_URL")):
        raise SystemExit("No instance runs on this data folder: start one with python3 dev.py up --demo.")
    key = io.StringIO()
    call_command("create_api_key", "bench freshness", scope="full", stdout=key)
    api = Api(f"http://{settings.HOST}:{settings.PORT}", key.getvalue().strip())
    found = [one for one in api.call("GET", "segments/?limit=1000")["results"] if one["name"] == LIST]
    if not found:
        raise SystemExit(f"There is no list “{LIST}”: load the sample data with python3 dev.py up --demo.")

    people: list[int] = []
    try:
        entries, rows = entering(api, found[0]["id"], asked.trials, people)
        exits = leaving(api, found[0]["id"], asked.exits, people)
    finally:
        for contact in people:
            api.call("DELETE", f"contacts/{contact}/")
        revoke(key.getvalue())
    print(f"\nFrom sending a third purchase until its buyer is a member, in ms: {shown(entries)}")
    print(f"From the instant at which time alone ends a membership until the feed says so, in ms: {shown(exits)}\n")
    print(
        json.dumps(
            {
                "bench": "freshness",
                "trials": asked.trials,
                "enter_ms": {"p50": percentile(entries, 0.5), "p95": percentile(entries, 0.95)},
                "ledger_rows": rows,
                "exits": asked.exits,
                "exit_ms": {
                    "p50": percentile(exits, 0.5),
                    "p95": percentile(exits, 0.95),
                    "max": percentile(exits, 1),
                },
            }
        )
    )


def entering(api: Api, number: int, trials: int, people: list[int]) -> tuple[list[float], int]:
    """From sending the third purchase until the contact's own lists name this one; each must have its ledger row."""
    print(f"Making {trials} contacts with two purchases each …", flush=True)
    contacts = make_people(api, "enter", trials, people)
    now = datetime.now(UTC)
    send(api, [order(contact, now - timedelta(days=days)) for contact in contacts for days in (20, 10)])
    time.sleep(3)  # what was made just now is not what is timed
    cursor = last_cursor(api, number)
    took = []
    for contact in contacts:
        begun = time.monotonic()
        send(api, [order(contact, datetime.now(UTC))])
        wait(lambda who=contact: number in lists_of(api, who), begun)
        took.append((time.monotonic() - begun) * 1000)
    entered = [row["contact"] for row in api.changes(number, cursor) if row["change"] == "entered"]
    missing = set(contacts) - set(entered)
    if missing or len(entered) != len(set(entered)):
        raise SystemExit(f"The ledger lacks or repeats entries: {len(missing)} missing of {trials}.")
    return took, len(set(contacts) & set(entered))


def leaving(api: Api, number: int, exits: int, people: list[int]) -> list[float]:
    """From the instant at which the oldest of three purchases leaves the window until the feed shows the exit."""
    print(f"Making {exits} contacts whose membership ends soon, one after the other …", flush=True)
    contacts = make_people(api, "leave", exits, people)
    first = datetime.now(UTC) + timedelta(seconds=12)
    ends = {contact: first + timedelta(milliseconds=500 * place) for place, contact in enumerate(contacts)}
    cursor = last_cursor(api, number)
    recent = datetime.now(UTC) - timedelta(days=1)
    send(api, [order(contact, ends[contact] - WINDOW) for contact in contacts])
    send(api, [order(contact, recent - timedelta(hours=hours)) for contact in contacts for hours in (1, 2)])
    waiting, took = set(contacts), []
    while waiting:
        rows = api.changes(number, cursor)
        seen = datetime.now(UTC)
        for row in rows:
            cursor = row["cursor"]
            if row["change"] == "left" and row["contact"] in waiting:
                waiting.discard(row["contact"])
                took.append((seen - ends[row["contact"]]).total_seconds() * 1000)
        if seen > max(ends.values()) + timedelta(seconds=PATIENCE):
            raise SystemExit(f"{len(waiting)} of {exits} memberships did not end by themselves.")
        time.sleep(PAUSE)
    if min(took) < 0:
        raise SystemExit("A membership ended before its time.")
    return took


def revoke(key: str) -> None:
    from crmseg.access.services import revoke_key
    from crmseg.common.actor import SYSTEM

    revoke_key(key.split(".")[0], actor=SYSTEM)


def make_people(api: Api, why: str, count: int, people: list[int]) -> list[int]:
    run = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    names = [f"bench-{why}-{run}-{place}" for place in range(count)]
    api.call("POST", "contacts/batch/", {"contacts": [{"external_id": name} for name in names]})
    made = [api.call("GET", f"contacts/?external_id={name}")["results"][0]["id"] for name in names]
    people += made
    return made


def order(contact: int, at: datetime) -> dict[str, Any]:
    return {
        "contact": {"id": contact},
        "event": EVENT,
        "occurred_at": at.isoformat(),
        "properties": {"revenue": 19.99, "currency": "USD", "quantity": 1},
        "message_id": f"bench-{contact}-{at.timestamp()}",
    }


def send(api: Api, events: Sequence[dict[str, Any]]) -> None:
    answer = api.call("POST", "events/batch/", {"events": events})
    if answer["problems"] or answer["created"] != len(events):
        raise SystemExit(f"Not every event was taken: {answer}")


def lists_of(api: Api, contact: int) -> set[int]:
    rows = api.call("GET", f"contacts/{contact}/segments/?limit=1000")["results"]
    return {row["segment"]["id"] for row in rows}


def last_cursor(api: Api, number: int) -> int:
    rows = api.changes(number, 0)
    return int(rows[-1]["cursor"]) if rows else 0


def wait(done: Any, begun: float) -> None:
    while not done():
        if time.monotonic() - begun > PATIENCE:
            raise SystemExit(f"Not a member within {PATIENCE:.0f} s.")
        time.sleep(PAUSE)


def percentile(times: Sequence[float], share: float) -> float:
    return round(sorted(times)[min(len(times) - 1, int(share * len(times)))], 1)


def shown(times: Sequence[float]) -> str:
    return f"p50 {percentile(times, 0.5)}, p95 {percentile(times, 0.95)}, longest {percentile(times, 1)}"


if __name__ == "__main__":
    main()
