"""Do the embedded servers start from what they find, and do others stay out?"""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from crmseg.embedded import instance, postgres, process, throwaway
from crmseg.embedded.postgres import Account, Postgres, ServerFailed
from crmseg.embedded.process import Child
from crmseg.embedded.temporary import wait_ready
from crmseg.embedded.valkey import Valkey
from crmseg.embedded.web import address, bind

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def cluster(tmp_path: Path) -> Postgres:
    sockets = instance.socket_folder(tmp_path / "sockets", postgres.SOCKET_NAME)
    return Postgres(tmp_path / "postgres", sockets, postgres.THROWAWAY, tmp_path / "log")


def start(server: Postgres) -> Child:
    server.prepare()
    child = Child(server.program())
    wait_ready(child, server.is_ready)
    return child


def test_a_lock_left_by_a_dead_server_is_no_obstacle_even_if_its_number_lives_again(cluster: Postgres) -> None:
    start(cluster).stop()
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n")
    start(cluster).stop()


def test_a_server_that_outlived_its_supervisor_is_stopped_before_the_next_one_starts(cluster: Postgres) -> None:
    survivor = start(cluster)
    successor = start(cluster)
    assert process.wait_until(lambda: not survivor.is_running(), seconds=5)
    successor.stop()


def test_a_data_folder_that_was_not_finished_is_made_again(cluster: Postgres) -> None:
    half = cluster.data.with_name(cluster.data.name + ".new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    child = start(cluster)
    cluster.create_database()
    cluster.create_database()
    with psycopg.connect(cluster.url) as connection:
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
        assert connection.execute("SELECT lower('ÀΣ') = 'àσ'").fetchone() == (True,)
    child.stop()


@as_root
def test_where_namespaces_are_forbidden_root_becomes_nobody(cluster: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "account", lambda: Account(user=pwd.getpwnam("nobody")))
    for folder in (cluster.data.parent, *cluster.data.parent.parents):
        if folder.stat().st_mode & 0o001 == 0 and folder.stat().st_uid == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    try:
        child = start(cluster)
    except ServerFailed as error:
        pytest.skip(f"nobody cannot reach the binaries here: {error}")
    assert Path(f"/proc/{child.pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    child.stop()


def test_a_broken_data_folder_is_one_sentence_with_the_servers_own_words(cluster: Postgres) -> None:
    start(cluster).stop()
    (cluster.data / "global" / "pg_control").unlink()
    with pytest.raises(ServerFailed, match=r"postgres could not start: .*pg_control"):
        start(cluster)


def test_valkey_refuses_who_does_not_know_the_password(tmp_path: Path) -> None:
    server = Valkey(tmp_path)
    child = Child(server.program())
    wait_ready(child, server.is_ready)
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=server.port).ping()
    client = redis.Redis.from_url(server.url)
    client.set("kept", "yes")
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    child.stop()
    child = Child(server.program())
    wait_ready(child, server.is_ready)
    assert client.get("kept") == b"yes"
    child.stop()


def test_throwaway_servers_leave_nothing_behind() -> None:
    with throwaway() as servers:
        sockets = Path(servers.database_url.partition("host=")[2])
        assert sockets.exists()
    assert not sockets.parent.exists()


def test_a_child_and_what_it_started_end_with_their_parent(tmp_path: Path) -> None:
    """The parent is killed in the worst way; its child started a child of its own that follows it."""
    script = (
        "import sys, time; from crmseg.embedded.process import Child, Program;"
        "from crmseg.embedded.process import follow_parent;"
        "code = 'import os, time; from crmseg.embedded.process import follow_parent;'"
        "'p = os.fork(); follow_parent() if not p else None; time.sleep(60)';"
        "c = Child(Program('x', [sys.executable, '-c', code])); print(c.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    pid = int(parent.stdout.readline())
    started = process.start_time(pid)
    grandchildren = Path(f"/proc/{pid}/task/{pid}/children")
    assert process.wait_until(lambda: bool(grandchildren.read_text().strip()), seconds=10)
    grandchild = int(grandchildren.read_text())
    born = process.start_time(grandchild)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert process.wait_until(lambda: process.has_ended(pid, started), seconds=5)
    assert process.wait_until(lambda: process.has_ended(grandchild, born), seconds=5)


def test_the_record_is_believed_only_while_its_supervisor_lives(tmp_path: Path) -> None:
    folder = instance.Folder(tmp_path)
    folder.make()
    mine = instance.Instance(os.getpid(), process.start_time(os.getpid()) or "", "127.0.0.1", 8000, "d", "r")
    instance.write(tmp_path, mine)
    assert instance.read(tmp_path) == mine
    instance.write(tmp_path, instance.Instance(os.getpid(), "another start", "127.0.0.1", 8000, "d", "r"))
    assert instance.read(tmp_path) is None
    folder.record.write_text("{ half a rec")
    assert instance.read(tmp_path) is None


def test_an_address_is_named_so_that_a_browser_can_open_it() -> None:
    assert address("127.0.0.1", 8000) == "http://127.0.0.1:8000/"
    assert address("0.0.0.0", 80) == "http://127.0.0.1:80/"
    assert address("::", 80) == "http://[::1]:80/"


def test_an_address_of_another_machine_is_one_sentence() -> None:
    with pytest.raises(ServerFailed, match=r"192\.0\.2\.1 is not an address of this machine"):
        bind("192.0.2.1", 8000)
