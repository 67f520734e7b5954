"""Who is held out, and who gets which version, is as if drawn by lot."""

from __future__ import annotations

import pytest
from django.db import connection

from crmseg.common.sql import place

pytestmark = pytest.mark.django_db
PEOPLE, SEEDS = 2_000, 400


@pytest.mark.parametrize("share", [0.05, 0.4])
@pytest.mark.parametrize("seed", ["seed", "hashtextextended('arms', seed)", "-1000 - seed"])
def test_a_share_of_neighbours_strays_as_far_as_chance_would_have_it(share, seed):
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*) FILTER (WHERE {place("person", seed)} < %s)
                  FROM generate_series(1::bigint, %s) AS seed, generate_series(1::bigint, %s) AS person
                 GROUP BY seed""",
            [share, SEEDS, PEOPLE],
        )
        counts = [count for (count,) in cursor.fetchall()]
    deviations = [(count - PEOPLE * share) ** 2 / (PEOPLE * share * (1 - share)) for count in counts]
    # The mean of 400 squared deviations has a standard error of 0.07.
    assert 0.75 < sum(deviations) / len(deviations) < 1.25


def test_places_of_two_seeds_have_nothing_to_do_with_each_other():
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT corr({place("person", "1")}, {place("person", "2")})
                  FROM generate_series(1::bigint, 20000) AS person"""
        )
        assert abs(cursor.fetchone()[0]) < 4 / 20_000**0.5
