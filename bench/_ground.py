"""What the benchmarks stand on: servers of their own, lists made as a person makes them, and times taken."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@contextmanager
def own_servers(*, durable: bool = True) -> Iterator[str]:
    """Django on a migrated PostgreSQL of its own; yields its data folder.

    Durable: set up as the product sets up its own, for honest times. Otherwise nothing waits for the disk.
    """
    from crmseg.embedded import postgres
    from crmseg.embedded.temporary import throwaway

    settings = postgres.settings_for_this_machine() if durable else postgres.THROWAWAY
    with tempfile.TemporaryDirectory() as folder, throwaway(settings=settings) as servers:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "crmseg.settings",
            "CRMSEG_DATA_DIR": folder,
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield folder


@dataclass
class Times:
    """Durations in milliseconds."""

    all: list[float] = field(default_factory=list)

    @contextmanager
    def one(self) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.all.append((time.perf_counter() - start) * 1000)

    def percentile(self, share: float) -> float:
        return round(sorted(self.all)[min(len(self.all) - 1, int(share * len(self.all)))], 1)

    @property
    def p50(self) -> float:
        return self.percentile(0.5)

    @property
    def p95(self) -> float:
        return self.percentile(0.95)


def step(what: str, work: Callable[[], T]) -> T:
    """Do the work, and say what it is and how long it took."""
    print(f"{what} …", end=" ", flush=True)
    begun = time.perf_counter()
    done = work()
    print(f"{time.perf_counter() - begun:.1f} s", flush=True)
    return done


def create_lists(lists: Sequence[Any]) -> list[int]:
    """The lists, as a person would create them."""
    from crmseg.common.actor import SYSTEM
    from segments import services

    numbers: dict[int, int] = {}
    for place, bench_list in enumerate(lists):
        definition = bench_list.definition(numbers)
        segment = services.create_segment(name=bench_list.name, kind="active", definition=definition, actor=SYSTEM)
        numbers[place] = segment.pk
    return list(numbers.values())


def build_lists() -> None:
    from segments.engine import build, drain

    while build.run_waiting():
        pass
    drain.drain()
