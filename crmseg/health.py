"""Is it alive, is it ready: answers for supervisors, load balancers and people who just started it.

`/healthz` is 200 once this process serves. `/readyz` is 200 once the database, the broker and the workers answer and,
where sample data was asked for, it is loaded and its lists are live; its body says which of them is missing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import redis
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from crmseg.embedded import instance
from crmseg.heartbeat import workers_alive

OK = "ok"
WORKERS = ("live", "bulk", "send")
log = logging.getLogger(__name__)


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    checks = {name: _answer(name, check) for name, check in CHECKS.items()}
    ready = all(answer == OK for answer in checks.values())
    response = JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)
    # "Not yet" is an answer, not an error: Django would log each one while an instance starts.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _answer(name: str, check: Callable[[], str]) -> str:
    """What went wrong is for the log: the page is open to all."""
    try:
        return check()
    except Exception as error:
        log.warning("Readiness: %s does not answer: %s", name, error)
        return "does not answer"


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return OK


def broker() -> str:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
        client.ping()
    return OK


def workers() -> str:
    alive = workers_alive(settings.REDIS_URL, WORKERS)
    missing = [name for name in WORKERS if name not in alive]
    return f"waiting for {', '.join(missing)}" if missing else OK


def sample_data() -> str:
    running = instance.read(settings.DATA_DIR)
    if running is None or not running.demo:
        return OK
    if running.demo != "loaded":
        return running.demo
    segments = apps.get_model("segments", "Segment").objects
    building = segments.filter(state="building", live_version=0).count()
    return f"{building} lists are building" if building else OK


CHECKS: dict[str, Callable[[], str]] = {
    "database": database,
    "broker": broker,
    "workers": workers,
    "sample_data": sample_data,
}
