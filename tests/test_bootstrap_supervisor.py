"""Does an instance survive what happens to it, and does it leave nothing behind? With real processes and signals."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crmseg.embedded import instance
from tests.product import Product

pytestmark = pytest.mark.xdist_group("supervisor")


def processes_of(data_dir: Path) -> dict[int, str]:
    """Every process of an instance: those that carry its folder in their environment, or stand in it."""
    mark, found = f"CRMSEG_DATA_DIR={data_dir}\0".encode(), {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            standing = (folder / "cwd").readlink()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if command and (mark in (folder / "environ").read_bytes() or data_dir in standing.parents):
                found[int(folder.name)] = command
        except OSError:
            continue
    return found


def comes_true(condition: Callable[[], object], *, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    made = Product(tmp_path / "var")
    yield made
    if made.process and made.process.poll() is None:
        made.stop(signal.SIGKILL)


def test_whatever_is_killed_is_running_again_and_what_was_written_is_still_there(product: Product) -> None:
    (product.data_dir).mkdir()
    (product.data_dir / "notes.txt").write_text("the folder may hold other files")
    product.start()
    product.manage("shell", "-c", WRITE)
    for name in ("web", "live", "bulk", "send", "beat", "valkey", "postgres"):
        pid = product.processes()[name]
        os.kill(pid, signal.SIGKILL)
        assert comes_true(lambda name=name, pid=pid: product.processes().get(name, pid) != pid), name
        product.wait_ready()
    assert product.manage("shell", "-c", READ).endswith("kept")
    running = len(processes_of(product.data_dir))
    assert product.process
    product.process.send_signal(signal.SIGINT)
    assert comes_true(lambda: len(processes_of(product.data_dir)) < running)
    # A second Ctrl-C, from somebody in a hurry, does not leave anything either.
    assert product.stop(signal.SIGINT) == 0
    assert processes_of(product.data_dir) == {}
    assert instance.read(product.data_dir) is None


WRITE = (
    "from django.db import connection as c; c.cursor().execute("
    "\"CREATE TABLE IF NOT EXISTS probe AS SELECT 'kept' AS word\")"
)
READ = (
    "from django.db import connection as c; u = c.cursor(); u.execute('SELECT word FROM probe'); print(u.fetchone()[0])"
)


def test_a_start_that_is_interrupted_stops_what_it_started(product: Product) -> None:
    product.start(ready=False)
    assert comes_true(lambda: product.data_dir.joinpath("run", "processes.json").exists())
    assert product.stop(signal.SIGTERM) == 0
    assert processes_of(product.data_dir) == {}


def test_one_instance_a_folder_two_side_by_side_and_no_orphan_of_one_that_is_killed(
    tmp_path: Path, product: Product
) -> None:
    product.start()
    again = Product(product.data_dir).start(ready=False)
    assert again.process
    assert again.process.wait(60) == 1
    assert f"An instance already runs on {product.data_dir} at {product.url}/." in product.output()
    other = Product(tmp_path / ("deep/" * 20) / "var").start()
    try:
        assert product.status("/readyz") == other.status("/readyz") == 200
        assert len(processes_of(product.data_dir)) > 10
        product.stop(signal.SIGKILL)
        assert comes_true(lambda: not processes_of(product.data_dir)), processes_of(product.data_dir)
        assert instance.read(product.data_dir) is None
        assert other.status("/readyz") == 200
    finally:
        assert other.stop(signal.SIGHUP) == 0
    product.start()  # the next start takes over
    assert product.stop() == 0


def test_a_port_in_use_is_one_clear_sentence(product: Product) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", product.port))
        taken.listen()
        product.start(ready=False)
        assert product.process
        assert product.process.wait(60) == 1
    assert product.output().strip().splitlines() == [
        f"Port {product.port} is in use by another program: choose another with --port."
    ]


def test_the_record_of_the_servers_is_for_its_owner_alone_and_no_command_line_tells_a_password(
    product: Product,
) -> None:
    product.start()
    running = instance.read(product.data_dir)
    assert running
    password = running.redis_url.split(":")[2].partition("@")[0]
    assert len(password) > 20
    assert not any(password in command for command in processes_of(product.data_dir).values())
    folder = instance.Folder(product.data_dir)
    assert folder.record.stat().st_mode & 0o077 == 0
    assert folder.run.stat().st_mode & 0o077 == 0
    assert product.stop() == 0
