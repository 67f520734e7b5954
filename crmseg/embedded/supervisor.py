"""Everything an instance needs, under one command: started in order, watched, restarted, stopped in reverse order.

However it ends (Ctrl-C once or twice, SIGTERM, SIGHUP, an error, kill -9) nothing it started is left running, and
whatever ends of what it started is started again, later and later while it keeps ending.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from crmseg.embedded import instance, postgres, process, programs, web
from crmseg.embedded.instance import Demo, Folder, Instance
from crmseg.embedded.postgres import SOCKET_NAME, Postgres, ServerFailed, settings_for_this_machine
from crmseg.embedded.process import Child, Program
from crmseg.embedded.service import FIRST_PAUSE, Service, how_it_ended, last_words, shorten
from crmseg.embedded.valkey import Valkey

POSTGRES, VALKEY, WORKERS, WEB = range(4)


class Stopped(Exception):
    """Somebody asked the instance to stop."""


@dataclass
class Supervisor:
    folder: Folder
    host: str
    port: int
    demo: bool = False
    database_url: str = ""
    redis_url: str = ""
    services: list[Service] = field(default_factory=list)
    errands: list[Child] = field(default_factory=list)
    web_socket: socket.socket | None = None
    sockets: Path | None = None
    stops: int = 0

    def run(self) -> None:
        """Start everything, then watch it until somebody asks to stop."""
        try:
            self.folder.make()
        except OSError as error:
            raise ServerFailed(f"The data folder cannot be used: {error}.") from error
        with open(self.folder.run / "lock", "w") as lock:
            self._be_alone(lock.fileno())
            self._listen_to_signals()
            process.adopt_orphans()
            try:
                self._end_leftovers()
                self._start()
                while True:
                    self._wait(1 if all(service.child for service in self.services) else FIRST_PAUSE)
                    self._watch()
            except Stopped:
                say("Stopping …")
            finally:
                self._stop()
        say("Stopped.")

    # Starting

    def _be_alone(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            running = instance.read(self.folder.root)
            where = f" at {web.address(running.host, running.port)}" if running else ""
            raise ServerFailed(f"An instance already runs on {self.folder.root}{where}.") from None

    def _end_leftovers(self) -> None:
        """What a killed supervisor started ends by itself; make sure of it before its data is touched."""
        try:
            left = json.loads(self.folder.processes.read_text())
        except (OSError, ValueError):
            return
        for pid, started in left.values():
            if not process.wait_until(partial(process.has_ended, pid, started), seconds=20):
                process.kill_group(pid)

    def _start(self) -> None:
        self.web_socket = web_socket = web.bind(self.host, self.port)
        logs = self.folder.logs
        env = {
            "CRMSEG_DATA_DIR": os.fspath(self.folder.root),
            "CRMSEG_HOST": self.host,
            "CRMSEG_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
        }
        started = process.start_time(os.getpid()) or ""
        self.record = Instance(os.getpid(), started, self.host, self.port, "", "", "loading" if self.demo else "")

        self.record = self.record.at(self._start_postgres(), self._start_valkey())
        instance.write(self.folder.root, self.record)
        asked = ["--demo"] if self.demo else []
        self._finish(self._send(programs.manage("begin", *asked, env=env, log=logs / "begin.log")))
        self.record = instance.read(self.folder.root) or self.record

        web_socket.listen(256)
        site = self._serve(WEB, partial(programs.web, web_socket.fileno(), env=env, log=logs / "web.log"))
        for queue in programs.QUEUES:
            log = logs / f"worker-{queue}.log"
            self._serve(WORKERS, partial(programs.worker, queue, env=env, log=log))
        self._serve(WORKERS, partial(programs.beat, env=env, log=logs / "beat.log"))
        self._until(lambda: web.answers(self.host, self.port), site, seconds=180)
        say(f"crmseg answers at {web.address(self.host, self.port)}")
        if self.record.demo == "loading":
            self._finish(self._send(programs.manage("ensure_admin", env=env)))
            self._load_demo(self._send(programs.manage("load_demo", env=env)))
        say("Stop it with Ctrl-C.")

    def _start_postgres(self) -> str:
        if self.database_url:
            return self.database_url
        other_user = postgres.account().user is not None
        sockets = instance.socket_folder(self.folder.run / "postgres", SOCKET_NAME, shared=other_user)
        self.sockets = sockets
        log = self.folder.logs / "postgres.log"
        server = Postgres(self.folder.postgres, sockets, settings_for_this_machine(), log)

        def program() -> Program:
            server.prepare()
            return server.program()

        self._until(server.is_ready, self._serve(POSTGRES, program), seconds=300)
        server.create_database()
        return server.url

    def _start_valkey(self) -> str:
        if self.redis_url:
            return self.redis_url
        server = Valkey(self.folder.valkey, log=self.folder.logs / "valkey.log")
        self._until(server.is_ready, self._serve(VALKEY, server.program), seconds=120)
        return server.url

    def _serve(self, stage: int, make: Callable[[], Program]) -> Child:
        """Start a program and keep it running from now on."""
        service = Service(make, stage)
        self.services.append(service)
        child = service.start()
        self._write_processes()
        return child

    def _until(self, ready: Callable[[], bool], child: Child, *, seconds: float) -> None:
        """Wait until a service answers for the first time; one that ends before is a failure to start."""
        end = time.monotonic() + seconds
        while not ready():
            if not child.is_running():
                raise ServerFailed(f"{child.program.name} could not start: {last_words(child.program.log)}")
            if time.monotonic() > end:
                raise ServerFailed(f"{child.program.name} did not answer within {seconds:.0f} seconds.")
            self._wait(0.03)

    def _send(self, program: Program) -> Child:
        """Start a command that runs once, beside the services."""
        child = Child(program)
        self.errands.append(child)
        return child

    def _finish(self, child: Child) -> None:
        while child.is_running():
            self._wait(0.05)
        self.errands.remove(child)
        if child.process.returncode:
            name, log = child.program.name, child.program.log
            raise ServerFailed(f"{name} failed: {last_words(log)} (see {log})" if log else f"{name} failed.")

    def _load_demo(self, child: Child) -> None:
        """The instance is in use, and watched, while the sample data loads."""
        while child.is_running():
            self._wait(0.2)
            self._watch()
        try:
            self._finish(child)
        except ServerFailed:
            self._note_demo("failed")
            say("The sample data could not be loaded; what was said about it stands above.")
        else:
            self._note_demo("loaded")
            say("The sample data is loaded.")

    def _note_demo(self, demo: Demo) -> None:
        self.record = self.record.with_demo(demo)
        instance.write(self.folder.root, self.record)

    # Watching

    def _watch(self) -> None:
        for service in self.services:
            if service.has_ended() and (child := service.child):
                child.kill_group()
                if service.postpone():
                    say(f"{child.program.name} {how_it_ended(child)}; starting it again.")
                self._end_strays()
            elif service.child is None and time.monotonic() >= service.due:
                with suppress(ServerFailed):
                    service.start()
                    self._write_processes()
        for log in self.folder.logs.glob("*.log"):
            shorten(log)

    def _end_strays(self) -> None:
        """End what a dead child left behind, such as the sessions of a killed PostgreSQL."""
        own = {child.pid for child in [*self.errands, *(s.child for s in self.services if s.child)]}
        for pid in process.children():
            if pid not in own:
                with suppress(ProcessLookupError, ChildProcessError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)

    def _write_processes(self) -> None:
        running = {s.child.program.name: (s.child.pid, s.child.started) for s in self.services if s.child}
        instance.write_private(self.folder.processes, json.dumps(running))

    # Stopping

    def _stop(self) -> None:
        """Nobody loses what it needs before it ends: web, beat and workers first, then Valkey, then PostgreSQL."""
        if self.web_socket:
            self.web_socket.close()
        process.stop(self.errands, hurry=self._in_a_hurry)
        for stage in sorted({service.stage for service in self.services}, reverse=True):
            children = [s.child for s in self.services if s.stage == stage and s.child]
            process.stop(children, hurry=self._in_a_hurry)
        self.services, self.errands = [], []
        self._end_strays()
        for path in (self.folder.record, self.folder.processes):
            path.unlink(missing_ok=True)
        if self.sockets and self.folder.root not in self.sockets.parents:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _in_a_hurry(self) -> bool:
        return self.stops > 1

    def _listen_to_signals(self) -> None:
        """Signals wake the only place that waits; what they mean is decided there."""
        self.wake, notify = socket.socketpair()
        self.wake.setblocking(False)
        notify.setblocking(False)
        self.notify = notify
        signal.set_wakeup_fd(notify.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._ask_to_stop)

    def _ask_to_stop(self, *_: object) -> None:
        self.stops += 1

    def _wait(self, seconds: float) -> None:
        select.select([self.wake], [], [], seconds)
        with suppress(BlockingIOError):
            self.wake.recv(4096)
        if self.stops:
            raise Stopped


def say(line: str) -> None:
    """To whoever is listening; the terminal may be gone."""
    with suppress(OSError):
        print(line, flush=True)
