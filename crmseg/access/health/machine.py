"""What everything stands on: the database, the broker, the workers, the disk, and which version runs."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import version

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crmseg import heartbeat

from .facts import BAD, GOOD, QUIET, WARN, Fact, graded, register

QUEUES = ("live", "bulk", "send")
_DATABASE = """
    SELECT current_setting('server_version'), pg_database_size(current_database()),
           (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
           current_setting('max_connections')::int,
           (SELECT COALESCE(EXTRACT(EPOCH FROM max(clock_timestamp() - xact_start)), 0)
              FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid())
"""


def connect() -> None:
    register("processes", 10, gettext_lazy("Workers and queues"), processes)
    register("database", 30, gettext_lazy("Database"), database)
    register("broker", 40, gettext_lazy("Broker"), broker)
    register("machine", 50, gettext_lazy("Machine and versions"), machine)


def processes() -> Iterator[Fact]:
    alive = heartbeat.workers_alive(settings.REDIS_URL, (*QUEUES, heartbeat.BEAT))
    silent = _("It has been silent for some seconds. Where nobody starts it again, run `dev.py up`; its log says why.")
    for name, label in (*((q, _("Worker “%(name)s”") % {"name": q}) for q in QUEUES), (heartbeat.BEAT, _("Clock"))):
        is_here = name in alive
        says = _("speaks") if is_here else _("silent")
        yield Fact(f"processes.{name}", label, is_here, says, GOOD if is_here else BAD, "" if is_here else silent)
    with _broker() as client:
        for queue in QUEUES:
            waiting = int(client.llen(queue))
            state = graded(waiting, 100, 5_000)
            advice = _("Tasks arrive faster than they are done. The rows own the work, so none is lost.")
            label = _("Tasks waiting for “%(name)s”") % {"name": queue}
            yield Fact(f"queues.{queue}", label, waiting, str(waiting), state, advice if state != GOOD else "")


def database() -> Iterator[Fact]:
    with connection.cursor() as cursor:
        cursor.execute(_DATABASE)
        server, size, used, most, longest = cursor.fetchone()
    yield Fact("database.version", "PostgreSQL", server, server, QUIET)
    yield Fact("database.bytes", _("Size"), size, filesizeformat(size), QUIET)
    state = graded(used / most, 0.8, 0.95)
    says = _("%(used)s of %(most)s") % {"used": used, "most": most}
    advice = _("Soon nobody else gets in. Look for a program that opens connections and forgets them.")
    yield Fact("database.connections", _("Connections"), used, says, state, advice if state != GOOD else "")
    state = graded(float(longest), 300, 1800)
    advice = _("It keeps old rows from being cleaned away. `pg_stat_activity` names it; a forgotten one may be ended.")
    says = _("%(seconds)s s") % {"seconds": round(float(longest))}
    seconds, label = round(float(longest)), _("Longest transaction")
    yield Fact("database.longest_transaction", label, seconds, says, state, advice if state != GOOD else "")
    executor = MigrationExecutor(connection)
    left = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    says = _("%(count)s to apply") % {"count": left} if left else _("all applied")
    advice = _("Run `dev.py manage migrate`.") if left else ""
    yield Fact("database.migrations_left", _("Migrations"), left, says, BAD if left else GOOD, advice)


def broker() -> Iterator[Fact]:
    with _broker() as client:
        told = client.info()
    name = "Valkey" if "valkey_version" in told else "Redis"
    server = str(told.get("valkey_version") or told.get("redis_version"))
    yield Fact("broker.version", name, server, server, QUIET)
    used, most = int(told["used_memory"]), int(told.get("maxmemory") or 0)
    state = graded(used / most, 0.8, 0.95) if most else GOOD
    says = filesizeformat(used)
    advice = _("Rings for work and the cache are kept here; a full broker refuses them. Give it more memory.")
    yield Fact("broker.bytes", _("Memory"), used, says, state, advice if state != GOOD else "")


def machine() -> Iterator[Fact]:
    disk = shutil.disk_usage(settings.DATA_DIR)
    free = disk.free / disk.total
    state = BAD if free < 0.05 else WARN if free < 0.15 else GOOD
    says = _("%(free)s of %(total)s") % {"free": filesizeformat(disk.free), "total": filesizeformat(disk.total)}
    advice = _("A database without space stops. Delete files of imports and exports, or shorten how long data is kept.")
    yield Fact("disk.free_bytes", _("Free disk"), disk.free, says, state, advice if state != GOOD else "")
    for key, label, told in (
        ("app", "crmseg", settings.APP_VERSION),
        ("python", "Python", platform.python_version()),
        ("django", "Django", version("django")),
        ("celery", "Celery", version("celery")),
    ):
        yield Fact(f"versions.{key}", label, told, told, QUIET)


def _broker() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
