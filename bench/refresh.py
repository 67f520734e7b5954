"""How soon all lists are true again after N contacts changed: the engine, a MERGE per list, the classic cron job.

    python3 dev.py bench refresh [--lists 200] [--contacts 200000] [--events 2000000] [--seed 1]

Runs on a PostgreSQL of its own, durable and set up as the product sets up its own. Ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import random

from ._ground import Times, build_lists, create_lists, own_servers, step

CHANGED = {1: 100, 100: 20, 1000: 8}
"""How many contacts change at once, and how often that is timed."""
MERGES = {1: 5, 100: 3, 1000: 1}
CLASSIC_LISTS = 5
WARM_UP = 3


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench refresh", description=__doc__.splitlines()[0])
    parser.add_argument("--lists", type=int, default=200)
    parser.add_argument("--contacts", type=int, default=200_000)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()

    with own_servers():
        print(json.dumps(run(asked)), flush=True)


def run(asked: argparse.Namespace) -> dict[str, object]:
    """Set up, check that all methods agree, measure, check again."""
    from contacts.models import EventType
    from crmseg.common import clock
    from segments.engine import drain
    from segments.models import Membership

    from . import _baselines, _world
    from ._lists import draw_lists

    start, rng = clock.now(), random.Random(asked.seed)
    size = _world.Size(asked.contacts, asked.events, asked.seed)
    step(f"Making {asked.contacts:,} contacts and {asked.events:,} events", lambda: _world.fill(size, start))
    types = dict(EventType.objects.values_list("name", "id"))
    lists = draw_lists(asked.lists, asked.seed, start, types)
    numbers = step(f"Creating {len(lists)} lists", lambda: create_lists(lists))
    step("Building them", build_lists)
    every = range(len(lists))
    merge = _baselines.Merge("bench_merge", lists, numbers)
    step("The same by hand-written SQL", lambda: merge.fill(every))
    agree("after the first build", merge.differences(every))
    print(f"{Membership.objects.count():,} memberships; all methods agree.\n", flush=True)

    engine, merged, touched, turn = {n: Times() for n in CHANGED}, {n: Times() for n in CHANGED}, set(), 0
    for n in CHANGED:
        n_at_most = min(n, asked.contacts)
        for trial in range(WARM_UP + CHANGED[n]):
            turn += 1
            ids = rng.sample(range(1, asked.contacts + 1), n_at_most)
            touched.update(ids)
            _world.change(ids, turn, start)
            with (engine[n] if trial >= WARM_UP else Times()).one():
                drain.drain()
            measured = trial >= WARM_UP and trial < WARM_UP + MERGES[n]
            with (merged[n] if measured else Times()).one():
                if measured:
                    merge.refresh(ids)
                    touched.difference_update(ids)
    merge.refresh(sorted(touched))
    agree("after all changes", merge.differences(every))

    places = [place for place in every if lists[place].reads is None][:: max(1, len(lists) // CLASSIC_LISTS)]
    places = places[:CLASSIC_LISTS]
    classic = _baselines.Classic("bench_classic", lists, numbers)
    classic.fill(places)
    ids = rng.sample(range(1, asked.contacts + 1), min(100, asked.contacts))
    _world.change(ids, turn + 1, start)
    drain.drain()
    timed = Times()
    for place in places:
        with timed.one():
            classic.rebuild(place, clock.now())
    agree("by the classic rebuild", classic.differences(places))
    return report(asked, len(lists), engine, merged, timed)


def agree(when: str, differences: int) -> None:
    if differences:
        raise SystemExit(f"The methods disagree on {differences:,} memberships {when}: nothing measured here counts.")


def report(
    asked: argparse.Namespace, lists: int, engine: dict[int, Times], merged: dict[int, Times], classic: Times
) -> dict[str, object]:
    classic_all = sum(classic.all) / len(classic.all) * lists
    print(f"\nAll {lists} lists true again after N contacts changed, in ms:\n")
    print(f"{'N':>6} {'engine p50':>12} {'engine p95':>12} {'MERGE per list':>16} {'ratio':>8}")
    for n, times in engine.items():
        row = f"{n:>6,} {times.p50:>12,.1f} {times.p95:>12,.1f} {merged[n].p50:>16,.1f}"
        print(f"{row} {merged[n].p50 / times.p50:>7,.0f}×")
    print(
        f"\nThe classic cron rebuild after 100 changes: {sum(classic.all):,.0f} ms measured for {len(classic.all)}"
        f" lists,\nextrapolated to {lists}: {classic_all:,.0f} ms, {classic_all / engine[100].p50:,.0f}× the engine.\n"
    )
    return {
        "bench": "refresh",
        "lists": lists,
        "contacts": asked.contacts,
        "events": asked.events,
        "refresh_ms": {str(n): {"p50": times.p50, "p95": times.p95} for n, times in engine.items()},
        "merge_ms": {"100": merged[100].p50},
        "classic_ms": {"100": round(classic_all, 1)},
        "ratio_100": round(classic_all / engine[100].p50, 1),
        "ratio_merge_100": round(merged[100].p50 / engine[100].p50, 1),
    }


if __name__ == "__main__":
    main()
