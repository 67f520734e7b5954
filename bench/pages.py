"""How long the server takes for each page with a million contacts, beside the same tables in Django's own admin site.

    python3 dev.py bench pages [--contacts 1000000] [--events 2000000] [--lists 200] [--only WORDS] [--plans]

Every page is asked for through the whole stack of the product, with the slowest of its queries. Runs on a PostgreSQL
of its own, durable and set up as the product sets up its own. Ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ._addresses import HOME, PARTS, addresses
from ._ground import Times, build_lists, create_lists, own_servers, step

LIMIT_MS, LIMIT_KB = 150.0, 350.0
WARM_UP, TRIALS = 3, 20
PEERS = {"contacts": "/admin/contacts/contact/", "lists": "/admin/segments/segment/"}
"""The page of Django's admin site that shows the same rows."""
COMPRESSED = {"HTTP_ACCEPT_ENCODING": "gzip"}


@dataclass
class Measured:
    """What was seen of one page."""

    times: Times = field(default_factory=Times)
    queries: int = 0
    slowest: str = ""
    slowest_ms: float = 0
    kilobytes: float = 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench pages", description=__doc__.splitlines()[0])
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--lists", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="pages whose name holds this")
    parser.add_argument(
        "--plans", action="store_true", help="the plan of the slowest query of every page, not only of slow pages"
    )
    asked = parser.parse_args()
    with own_servers() as folder:
        print(json.dumps(run(asked, Path(folder))), flush=True)


def run(asked: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Fill the database, ask for every page, print what was seen."""
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from crmseg.common.memory import settle

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STATIC_ROOT = folder / "static"
    step("Gathering the browser's files", lambda: call_command("collectstatic", interactive=False, verbosity=0))
    ids = fill(asked)
    client = Client(**COMPRESSED)
    client.force_login(administrator())
    settle()  # as each web process does
    pages = {name: address for name, address in addresses(ids).items() if asked.only in name}
    print(f"\n{'page':<32}{'p50 ms':>9}{'p95 ms':>9}{'queries':>9}{'slowest query ms':>18}{'kB sent':>9}", flush=True)
    seen = {name: show(name, measure(client, address), asked.plans) for name, address in pages.items()}
    ratios = {}
    for name, address in PEERS.items():
        if name in seen:
            peer = show(f"  admin: {name}", measure(client, address), plans=False)
            ratios[name] = round(peer.times.p50 / seen[name].times.p50, 1)
            print(f"{'':<32}{ratios[name]:>8}× as long as the page of the product")
    first_load = round(weight(client, pages[HOME]), 1) if HOME in pages else None
    p95 = {name: page.times.p95 for name, page in seen.items() if name not in PARTS}
    parts = {name: page.times.p95 for name, page in seen.items() if name in PARTS}
    print(
        f"\nFirst load of the home page with everything it needs: {first_load} kB compressed (at most {LIMIT_KB:.0f})."
    )
    for what, times in (("Pages", p95), ("Parts asked for once a page stands", parts)):
        slow = [name for name, ms in times.items() if ms > LIMIT_MS]
        print(f"{what} over {LIMIT_MS:.0f} ms: {', '.join(slow) or 'none'}.")
    print()
    return {
        "bench": "pages",
        "contacts": asked.contacts,
        "p95_ms": p95,
        "worst_ms": max(p95.values(), default=None),
        "parts_p95_ms": parts,
        "first_load_kb": first_load,
        "ratio_admin": ratios,
    }


def fill(asked: argparse.Namespace) -> dict[str, int]:
    """A world with lists, a campaign and an import; return one id of each, of things with much to show."""
    import random

    from contacts.models import Company, Contact, EventType
    from contacts.worth import bulk
    from crmseg.common import clock
    from segments.models import Membership, Segment

    from . import _world
    from ._lists import draw_lists

    start = clock.now()
    size = _world.Size(asked.contacts, asked.events, asked.seed)
    step(f"Making {asked.contacts:,} contacts and {asked.events:,} events", lambda: _world.fill(size, start))
    types = dict(EventType.objects.values_list("name", "id"))
    lists = draw_lists(asked.lists, asked.seed, start, types)
    step(f"Creating {len(lists)} lists", lambda: create_lists(lists))
    step("Building them", build_lists)
    step("Working out what everybody is worth", bulk.renew)
    step("Looking at what is there", _analyze)
    print(f"{Membership.objects.count():,} memberships", flush=True)
    drawn = random.Random(asked.seed)
    largest = Segment.objects.order_by("-size")
    busy = Contact.objects.filter(company__isnull=False).order_by("pk")[drawn.randrange(50)]
    return {
        "contact": busy.pk,
        "company": Company.objects.order_by("pk")[0].pk,
        "list": largest[0].pk,
        "second_list": largest[min(1, len(largest) - 1)].pk,
        "event_type": types["Order Completed"],
        "campaign": draft(largest[0].pk),
    }


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def administrator() -> Any:
    from crmseg.access.models import User

    return User.objects.create_superuser("bench@example.org", "a long bench password", name="Bench", role="admin")


def draft(segment_id: int) -> int:
    """A campaign to the list."""
    from campaigns import services
    from crmseg.common.actor import SYSTEM

    data = {"name": "Bench", "subject": "Hello", "body_text": "Hello", "include": [segment_id]}
    return int(services.create_campaign(data=data, actor=SYSTEM).pk)


def measure(client: Any, address: str) -> Measured:
    """Ask for the page often; once more for its queries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    measured = Measured()
    for trial in range(WARM_UP + TRIALS):
        with (measured.times if trial >= WARM_UP else Times()).one():
            answer = client.get(address)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}: nothing measured here counts.")
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    measured.queries = len(captured)
    slowest = max(captured.captured_queries, key=lambda query: float(query["time"]), default=None)
    if slowest is not None:
        measured.slowest, measured.slowest_ms = slowest["sql"], float(slowest["time"]) * 1000
    measured.kilobytes = len(body) / 1024
    return measured


def show(name: str, page: Measured, plans: bool) -> Measured:
    """Print the page's row; of a slow page also its slowest query and how the server answers it."""
    print(
        f"{name:<32}{page.times.p50:>9,.1f}{page.times.p95:>9,.1f}{page.queries:>9}{page.slowest_ms:>18,.0f}"
        f"{page.kilobytes:>9,.1f}",
        flush=True,
    )
    if page.slowest and (plans or page.times.p95 > LIMIT_MS):
        print("    " + " ".join(page.slowest.split())[:600])
        for line in plan(page.slowest):
            print(f"    | {line}")
    return page


def plan(sql: str) -> list[str]:
    """How PostgreSQL answers the query; nothing for what it does not explain."""
    from django.db import DatabaseError, connection, transaction

    if not sql.lstrip().upper().startswith(("SELECT", "WITH")):
        return []
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {sql.replace('%', '%%')}", [])
            return [row[0] for row in cursor][:25]
    except DatabaseError:
        return []


def weight(client: Any, address: str) -> float:
    """Kilobytes that a browser without a cache is sent for the page: itself, its styles, scripts and pictures."""
    answer = client.get(address)
    total = len(answer.content)
    text = answer.content.decode()
    asked = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', text))
    for link in sorted(asked):
        file = client.get(link)
        total += len(b"".join(file.streaming_content) if file.streaming else file.content)
    return total / 1024


if __name__ == "__main__":
    main()
