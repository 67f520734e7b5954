"""Do the health answers tell a serving process from a ready product?"""

from __future__ import annotations

import pytest
import redis
from django.conf import settings
from django.test import Client

from crmseg import health
from crmseg.embedded import instance
from crmseg.embedded.instance import Demo
from crmseg.heartbeat import KEY, workers_alive


@pytest.fixture
def broker() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL)


def speak(broker: redis.Redis, *names: str) -> None:
    for name in names:
        broker.set(KEY + name, "test", ex=60)


def test_a_serving_process_is_healthy_whatever_else_is_missing(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_when_the_database_the_broker_and_both_workers_answer(client: Client, broker: redis.Redis) -> None:
    speak(broker, "live", "send")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["workers"] == "waiting for bulk"
    speak(broker, "bulk")
    assert client.get("/readyz").status_code == 200
    assert workers_alive(settings.REDIS_URL, ("live", "other")) == ["live"]


@pytest.mark.django_db
def test_a_check_that_fails_says_so_without_telling_secrets(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise redis.ConnectionError("redis://:secret@127.0.0.1")

    monkeypatch.setitem(health.CHECKS, "broker", fail)
    answer = client.get("/readyz")
    assert answer.json()["checks"]["broker"] == "does not answer"
    assert b"secret" not in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize(("demo", "says"), [("", "ok"), ("loading", "loading"), ("failed", "failed"), ("loaded", "ok")])
def test_after_demo_was_asked_for_the_sample_data_must_be_there(
    demo: Demo, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = instance.Instance(1, "1", "127.0.0.1", 8000, "d", "r", demo)
    monkeypatch.setattr(instance, "read", lambda folder: running)
    assert health.sample_data() == says
