"""How many personalised messages a second are made, and how many are delivered; beside Django's own send_mail.

    python3 dev.py bench send [--sends 200000] [--people 1000000] [--rendered 6000] [--workers 2]

Runs on a PostgreSQL of its own, durable and set up as the product sets up its own. Ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from typing import Any

from ._ground import own_servers, step
from ._sink import Sink, smtp_sink

LOOP = 3_000
"""How many the loop over Django's send_mail sends."""
SMALL = 10_000
WARM_UP = 0.2
"""The part of the sends after which a worker's memory counts."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench send", description=__doc__.splitlines()[0])
    parser.add_argument("--sends", type=int, default=200_000)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--rendered", type=int, default=6_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--work", choices=["render", "send", "loop"], help=argparse.SUPPRESS)
    parser.add_argument("--campaign", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--place", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        from . import _sending

        _sending.work(asked)
        return
    with smtp_sink() as sink, own_servers():
        os.environ |= {"CRMSEG_EMAIL_URL": sink.url, "CRMSEG_PUBLIC_URL": "https://crm.example.org"}
        print(json.dumps(run(asked, sink)), flush=True)


def run(asked: argparse.Namespace, sink: Sink) -> dict[str, object]:
    from campaigns import services
    from crmseg.common.actor import SYSTEM

    from . import _sending

    people = max(asked.people, asked.sends, SMALL)
    step(f"Making {people:,} people and their consents", lambda: _sending.fill(people))
    snapshot: dict[str, float] = {}
    for name, size in (("small", SMALL), ("large", people), ("sent", asked.sends)):
        campaign = _sending.draft(_sending.some(size))
        begun = time.perf_counter()
        services.start_campaign(campaign.pk, actor=SYSTEM)
        snapshot[name] = round(time.perf_counter() - begun, 2)
        print(f"Started a campaign to {size:,} people: its audience was frozen in {snapshot[name]} s", flush=True)
    _sending.settle()

    rendered = at_work(asked, "render", campaign.pk)
    print(f"Rendered {total(rendered):,} messages in {longest(rendered)} s by {asked.workers} processes", flush=True)
    loops = at_work(asked, "loop", campaign.pk, workers=1)
    both = at_work(asked, "loop", campaign.pk)
    before = sink.messages()
    sent = at_work(asked, "send", campaign.pk)
    sent[0]["messages"] = _sending.delivered(campaign.pk)  # of all together, counted when the last has ended
    arrived = sink.messages() - before
    print(f"Sent {total(sent):,} messages in {longest(sent)} s; {arrived:,} arrived", flush=True)
    if total(sent) != asked.sends:
        raise SystemExit(f"{asked.sends:,} were to be sent: nothing measured here counts.")
    if arrived != total(sent):
        raise SystemExit("The mail server counted other messages than the ledger: nothing measured here counts.")
    for worker in sent:
        print(
            f"A worker's memory: {worker['rss_first']:.1f} MB after its warm-up, {worker['rss_last']:.1f} MB at the end"
        )
    return report(rendered, loops, both, sent, snapshot["small"], snapshot["large"])


def at_work(asked: argparse.Namespace, work: str, campaign: int, workers: int = 0) -> list[dict[str, Any]]:
    """What processes of their own, all at once, say of their work."""
    argv = [sys.executable, "-m", "bench.send", "--work", work, "--campaign", str(campaign)]
    count = workers or asked.workers
    argv += ["--sends", str(asked.sends), "--rendered", str(asked.rendered), "--workers", str(count)]
    processes = [
        subprocess.Popen([*argv, "--place", str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for place in range(count)
    ]
    for process in processes:  # all are ready before any begins
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise SystemExit("A worker failed.")
    return [json.loads(lines.splitlines()[-1]) for lines in said]


def total(workers: list[dict[str, Any]]) -> int:
    return sum(worker.get("messages", 0) for worker in workers)


def longest(workers: list[dict[str, Any]]) -> float:
    return round(max(worker["ended"] for worker in workers) - min(worker["begun"] for worker in workers), 1)


def rate(workers: list[dict[str, Any]]) -> float:
    seconds = max(worker["ended"] for worker in workers) - min(worker["begun"] for worker in workers)
    return round(total(workers) / seconds, 1)


def report(
    rendered: list[dict[str, Any]],
    loops: list[dict[str, Any]],
    both: list[dict[str, Any]],
    sent: list[dict[str, Any]],
    small: float,
    large: float,
) -> dict[str, object]:
    growth = max(worker["rss_last"] - worker["rss_first"] for worker in sent)
    print(f"\n{'':<44}{'messages/s':>12}{'ratio':>8}{'own CPU, ms each':>18}")
    for what, workers in (
        ("rendered: personalised, MJML, tracked, MIME", rendered),
        ("sent: from the ledger to the server and back", sent),
        ("send_mail in a loop, one process", loops),
        (f"send_mail in a loop, {len(both)} processes at once", both),
    ):
        each = 1000 * sum(worker["cpu"] for worker in workers) / total(workers)
        print(f"{what:<44}{rate(workers):>12,.1f}{rate(workers) / rate(loops):>7.1f}×{each:>18.2f}")
    print()
    return {
        "bench": "send",
        "rendered_per_s": rate(rendered),
        "sent_per_s": rate(sent),
        "sendmail_loop_per_s": rate(loops),
        "snapshot_10k_s": small,
        "snapshot_1m_s": large,
        "rss_growth_mb": round(growth, 1),
    }


if __name__ == "__main__":
    main()
