"""Whoever moves people on is killed at random instants: nobody skips a step, and nobody repeats one."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from campaigns.journeys import runner, triggers

from .automation_kills import World, move_on
from .killing import Killed, Killer

pytestmark = pytest.mark.django_db(transaction=True)
STUCK = 300
"""Seconds without a step after which nobody is moved on any more. How long all of it takes is the machine's affair."""


def test_nobody_skips_or_repeats_a_step_whatever_statement_is_the_last(monkeypatch):
    for module in (triggers, runner):
        monkeypatch.setattr(module, "AT_ONCE", 7)
    world, dice, kills = World(24), random.Random(20261122), 0
    for part in range(0, 24, 8):
        world.happen(part, part + 8)
        for _round in range(10):
            try:
                with connection.execute_wrapper(Killer(dice.randrange(60))):
                    move_on()
            except Killed:
                kills += 1
    for _round in range(10):
        move_on()
    assert kills >= 20
    assert world.is_done()
    world.check()


@pytest.mark.slow
def test_nor_do_five_thousand_with_twenty_kills():
    people, kills = 5_000, 20
    world, dice = World(people), random.Random(20261122)
    share = people // kills
    for n in range(kills):
        with workers(2) as working:
            world.happen(n * share, (n + 1) * share)
            time.sleep(dice.uniform(0.05, 2))
            assert [one.poll() for one in working] == [None, None]
    with workers(1) as (last,):
        steps, moved_at = -1, time.monotonic()
        while not world.is_done():
            if (now := world.steps()) != steps:
                steps, moved_at = now, time.monotonic()
            assert time.monotonic() - moved_at < STUCK
            assert last.poll() is None
            time.sleep(1)
    world.check()


@contextmanager
def workers(count: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Some who move people on, until they are killed."""
    started: list[subprocess.Popen[str]] = []
    try:
        for _worker in range(count):
            started.append(worker())
        yield started
    finally:
        for one in started:
            one.send_signal(signal.SIGKILL)
            one.communicate()


def worker() -> subprocess.Popen[str]:
    known = {key: connection.settings_dict[key] for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}
    command = [sys.executable, "-m", "tests.automation_kills", json.dumps(known)]
    root = Path(__file__).parent.parent
    started = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline().strip() == "ready"
    return started
