"""A question that nobody waits for any more is given up, and never a later one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection

from segments.engine import patience

pytestmark = pytest.mark.django_db(transaction=True)


def sleep_as(who: str, seconds: float, begun: Event) -> str:
    try:
        with patience.asking(who, 60) as cursor:
            begun.set()
            cursor.execute("SELECT pg_sleep(%s)", [seconds])
    except patience.TookTooLong as late:
        return late.problems[0].message
    finally:
        connection.close()
    return "slept"


def asleep(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = %s AND state = 'active' AND query LIKE '%%pg_sleep%%'",
            [f"crmseg asks {name}"],
        )
        return bool(cursor.fetchone()[0])


def test_a_newer_question_of_the_same_page_ends_the_one_before_and_no_other():
    began = [Event(), Event()]
    with ThreadPoolExecutor(2) as pool:
        mine = pool.submit(sleep_as, "count 1 a", 50, began[0])
        other = pool.submit(sleep_as, "count 2 b", 3, began[1])
        assert all(one.wait(20) for one in began)
        while not asleep("count 1 a"):
            pass
        with patience.asking("count 1 a", 10) as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
        assert "takes too long" in mine.result(timeout=20)
        assert other.result(timeout=20) == "slept"


def test_the_name_and_the_limit_end_with_the_question():
    with patience.asking("count 1 a", 10):
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('application_name'), current_setting('statement_timeout')")
        name, limit = cursor.fetchone()
    assert "asks" not in name
    assert limit == "0"


def test_other_faults_are_not_taken_for_lateness():
    from django.db import DataError

    with pytest.raises(DataError), patience.asking("count 1 a", 10) as cursor:
        cursor.execute("SELECT 1 / 0")
