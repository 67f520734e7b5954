"""How long the worth of everyone takes, and how soon one order is seen in worth, score and list.

    python3 dev.py bench worth [--contacts 1000000] [--orders 10000000] [--trials 100] [--seed 1]

Runs on a PostgreSQL of its own, durable and set up as the product sets up its own. Checks a sample against plain Python
before it reports. Ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from ._ground import Times, build_lists, own_servers, step

EVENT = "Order Completed"
SAMPLE, WARM_UP, PATIENCE = 2_000, 5, 120
_PEOPLE = """
    INSERT INTO contacts_contact (id, email, country, attributes, created_at, updated_at)
    SELECT n, 'p' || n || '@bench.example', (ARRAY['US','GB','IT','FR','DE'])[1 + n %% 5], '{}', now(), now()
      FROM generate_series(1, %(contacts)s::bigint) AS n
"""
_ORDERS = """
    INSERT INTO contacts_event (contact_id, type_id, occurred_at, received_at, properties, amount, currency)
    SELECT contact_id, %s, %s::timestamptz - days_ago * interval '1 day', now(), '{}', amount, 'USD' FROM bench_orders
"""
DAYS = 730
PART = 1_000_000
RATE, DROPOUT, BASKET = (1.2, 1.0), (0.8, 12.0), (6.0, 4.0)
"""Shapes of who buys how often, leaves when, and pays how much: as BG/NBD and Gamma-Gamma suppose."""
# What a report per contact would ask: each by its own.
_NAIVE = """
    WITH did AS (SELECT occurred_at, amount, occurred_at - lag(occurred_at) OVER (ORDER BY occurred_at) AS gap
                   FROM contacts_event WHERE contact_id = %(one)s AND type_id = %(type)s AND occurred_at <= %(now)s)
    SELECT count(*), sum(amount), avg(amount), min(occurred_at), max(occurred_at),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FROM did
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench worth", description=__doc__.splitlines()[0])
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=10_000_000)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with own_servers():
        print(json.dumps(run(asked)), flush=True)


def run(asked: argparse.Namespace) -> dict[str, object]:
    from contacts.models import Event
    from contacts.worth import bulk, rules
    from crmseg.common import clock

    load = os.getloadavg()[0]
    start = clock.now()
    step(f"Making {asked.contacts:,} contacts", lambda: _people(asked))
    step(f"Making {asked.orders:,} orders", lambda: _orders(asked, start))
    orders = Event.objects.count()
    now = clock.now()
    value_s = _timed("Value: reading every order and writing everyone's worth", lambda: bulk.renew(now, count=True))
    rfm_s = _timed("RFM, deciles and activity: comparing everyone anew", lambda: _shifted(bulk, now))
    ltv_s, fitted = _lifetime(clock.now())
    _check(asked, rules.current(), now)
    naive = _naive(asked, now)
    visible = _visible(asked)
    print(f"\nWorth of {asked.contacts:,} contacts with {orders:,} orders, machine load {load:.1f} at the start:")
    print(f"value {value_s} s, RFM {rfm_s} s, lifetime {ltv_s} s ({fitted}), in all {value_s + rfm_s + ltv_s:.1f} s;")
    print(f"each contact asked by itself: {naive:,.0f} s extrapolated, {naive / max(value_s, 0.1):,.0f}×.")
    print(f"An order until worth, score and list say so: p50 {visible.p50} ms, p95 {visible.p95} ms.\n")
    return {
        "bench": "worth",
        "contacts": asked.contacts,
        "orders": orders,
        "rfm_s": rfm_s,
        "value_s": value_s,
        "ltv_s": ltv_s,
        "naive_s": round(naive, 1),
        "score_visible_ms": {"p50": visible.p50, "p95": visible.p95},
        "load": round(load, 1),
    }


def _timed(what: str, work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    step(what, work)
    return round(time.perf_counter() - begun, 1)


def _people(asked: argparse.Namespace) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE contacts_contact DISABLE TRIGGER ALL")
        cursor.execute(_PEOPLE, {"contacts": asked.contacts})
        cursor.execute("ALTER TABLE contacts_contact ENABLE TRIGGER ALL")
        cursor.execute("ANALYZE contacts_contact")


def _orders(asked: argparse.Namespace, start: Any) -> None:
    """In pieces, each a transaction; without the change log, which nobody is waiting for here."""
    from django.db import connection

    from contacts import partitions
    from contacts.models import EventType

    months = {partitions.month_of(start - timedelta(days=days)) for days in range(0, DAYS + 32, 25)}
    partitions.ensure_months(months | {partitions.month_of(start)})
    type_id = EventType.objects.get_or_create(name=EVENT)[0].pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'contacts_event'::regclass")
        tables = ["contacts_event", *(name for (name,) in cursor.fetchall())]
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        drawn = _drawn(asked)
        for first in range(0, len(drawn), PART):
            part = drawn[first : first + PART]
            cursor.execute("DROP TABLE IF EXISTS bench_orders")
            cursor.execute("CREATE TEMPORARY TABLE bench_orders (contact_id bigint, days_ago float8, amount bigint)")
            with cursor.copy("COPY bench_orders FROM STDIN (FORMAT binary)") as copy:
                copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8) + part.tobytes() + b"\xff\xff")
            cursor.execute(_ORDERS, [type_id, start])
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE contacts_event")


def _drawn(asked: argparse.Namespace) -> Any:
    """About as many orders as asked for, by people who come, buy at their pace, and leave: rows of a binary COPY."""
    draw = np.random.default_rng(asked.seed)
    people = np.arange(1, asked.contacts + 1)
    few, wanted, pace = people[:: max(1, len(people) // 20_000)], asked.orders / asked.contacts, 0.02
    for _turn in range(12):
        pace *= wanted / max(len(_histories(draw, few, pace)[0]) / len(few), 0.5)
    who, ago = _histories(draw, people, pace)
    mean = 4000 / draw.gamma(BASKET[1], 1 / (BASKET[1] - 1), len(people) + 1)
    amounts = np.maximum(1, mean[who] * draw.gamma(BASKET[0], 1 / BASKET[0], len(who)))
    kinds = [("fields", ">i2"), ("l1", ">i4"), ("who", ">i8"), ("l2", ">i4"), ("ago", ">f8"), ("l3", ">i4")]
    rows = np.empty(len(who), dtype=[*kinds, ("amount", ">i8")])
    rows["fields"], rows["l1"], rows["l2"], rows["l3"] = 3, 8, 8, 8
    rows["who"], rows["ago"], rows["amount"] = who, ago, amounts
    return rows


def _histories(draw: Any, people: Any, pace: float) -> tuple[Any, Any]:
    """Who bought, and how many days ago."""
    rate = draw.gamma(RATE[0], RATE[1], len(people)) * pace
    leaves = draw.beta(*DROPOUT, len(people))
    left = draw.random(len(people)) * DAYS
    whose, ago, still = [], [], np.arange(len(people))
    while len(still):
        whose.append(people[still])
        ago.append(left[still])
        still = still[draw.random(len(still)) >= leaves[still]]
        left[still] -= draw.exponential(1 / rate[still])
        still = still[left[still] > 0]
    return np.concatenate(whose), np.concatenate(ago)


def _shifted(bulk: Any, now: Any) -> None:
    """An hour later, when nobody was followed meanwhile."""
    renewal = bulk.renew(now + timedelta(hours=1), count=False)
    print(f"{renewal.rows:,} contacts moved,", end=" ")


def _lifetime(now: Any) -> tuple[float, str]:
    """Fit, hold against the past, predict everyone: what the job does."""
    from types import SimpleNamespace

    from contacts.worth.lifetime import data, job
    from contacts.worth.lifetime.everyone import predict_everyone
    from crmseg.common.actor import SYSTEM

    if not job.is_installed():
        return 0.0, "the packages that fit are not installed"
    fitted: list[Any] = []

    def work() -> None:
        fit = job._fitted(data.readiness(now), now, job.USUAL_WEEKS, SimpleNamespace(actor=SYSTEM))  # type: ignore[arg-type]
        fit.save()
        fitted.append(fit)
        predict_everyone(now)

    seconds = _timed("Lifetime: fitting, checking, predicting everyone", work)
    r, alpha, a, b = fitted[0].purchases["params"]
    return seconds, f"r {r:.3f}, α {alpha:.3f}, a {a:.3f}, b {b:.3f}"


def _check(asked: argparse.Namespace, known: Any, now: Any) -> None:
    """A sample of the rows against plain Python."""
    from contacts.models import Event, Worth
    from tests.worth_oracle import Did, facts_of

    rng = random.Random(asked.seed)
    ids = rng.sample(range(1, asked.contacts + 1), min(SAMPLE, asked.contacts))
    rows = {row.contact_id: row for row in Worth.objects.filter(contact_id__in=ids)}
    events: dict[int, list[Did]] = {}
    for pk, at, amount, currency in Event.objects.filter(contact_id__in=ids).values_list(
        "contact_id", "occurred_at", "amount", "currency"
    ):
        events.setdefault(pk, []).append(Did(pk, EVENT, at, amount, currency))
    for pk in ids:
        truth = facts_of(known, [one for one in events.get(pk, []) if one.at <= now], None)
        row = rows.get(pk)
        wrong = [column for column, value in truth.items() if row and getattr(row, column) != value]
        if wrong or (row is None) != (not truth["orders"]):
            raise SystemExit(f"Contact {pk} differs from plain Python in {wrong}: nothing measured here counts.")
    print(f"{len(ids):,} contacts agree with plain Python.", flush=True)


def _naive(asked: argparse.Namespace, now: Any) -> float:
    """Seconds for everyone, from a sample, had each contact a query of its own."""
    from django.db import connection

    from contacts.models import EventType

    type_id = EventType.objects.get(name=EVENT).pk
    ids = random.Random(asked.seed + 1).sample(range(1, asked.contacts + 1), min(SAMPLE, asked.contacts))
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        for pk in ids:
            cursor.execute(_NAIVE, {"one": pk, "type": type_id, "now": now})
            cursor.fetchone()
    return float((time.perf_counter() - begun) / len(ids) * asked.contacts)


def _visible(asked: argparse.Namespace) -> Times:
    """From sending an order to the API until worth, score and list say so, with a worker beside it."""
    from django.test import Client

    from contacts.models import Worth
    from crmseg.access.services import create_key
    from crmseg.common import clock
    from crmseg.common.actor import SYSTEM

    listed = step("Scoring everyone by a model that reads worth, and listing them by score", _model)
    headers = {"Authorization": f"Bearer {create_key(name='bench worth', scope='full', actor=SYSTEM)[1]}"}
    client, times = Client(headers=headers, SERVER_NAME="localhost"), Times()
    quiet = Worth.objects.filter(last_order_at__lt=clock.now() - timedelta(days=2)).order_by("pk")
    people = list(quiet.values_list("pk", "orders")[: asked.trials + WARM_UP])
    with _worker():
        for trial, (pk, orders) in enumerate(people):
            order = {"contact": {"id": pk}, "event": EVENT, "properties": {"revenue": 50, "currency": "USD"}}
            with (times if trial >= WARM_UP else Times()).one():
                answer = client.post("/api/v1/events/batch/", {"events": [order]}, content_type="application/json")
                if answer.status_code >= 400:
                    raise SystemExit(answer.content.decode())
                _wait(client, pk, orders + 1, listed)
    return times


def _wait(client: Any, pk: int, orders: int, listed: int) -> None:
    from segments.models import Membership

    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = client.get(f"/api/v1/contacts/{pk}/").json()["computed"]
        told = found["total_orders"] == orders and found["bench_score"] == 10
        if told and Membership.objects.filter(segment=listed, contact_id=pk).exists():
            return
        time.sleep(0.005)
    raise SystemExit("An order was not seen in time.")


def _model() -> int:
    """A score model that reads worth, and a list that reads the score; the list."""
    from crmseg.common.actor import SYSTEM
    from segments import services as lists
    from segments.scoring import build, services

    recent = {"property": "last_order_at", "op": "in_last", "value": 1, "unit": "day"}
    rule = {"name": "Ordered lately", "definition": recent, "points": 10}
    groups = [{"name": "Orders", "kind": "engagement", "rules": [rule]}]
    services.create_model(key="bench_score", name="Bench", definition={"groups": groups}, actor=SYSTEM)
    while build.run_waiting():
        pass
    scored = {"property": "bench_score", "op": "gte", "value": 10}
    listed = lists.create_segment(name="Ordered lately", kind="active", definition=scored, actor=SYSTEM)
    build_lists()
    return int(listed.pk)


@contextmanager
def _worker() -> Iterator[None]:
    """The worker that empties the change log when it is rung for, as the product starts it. Begins when it listens."""
    from crmseg.embedded import programs
    from crmseg.heartbeat import workers_alive

    live = programs.worker("live", env=os.environ, log=Path(os.devnull))
    process = subprocess.Popen([str(part) for part in live.argv], cwd=live.cwd, stdout=subprocess.DEVNULL)
    until = time.monotonic() + PATIENCE
    try:
        while not workers_alive(os.environ["REDIS_URL"], ("live",)):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit("The worker did not start.")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    main()
