"""Whom a job is about, kept as it was asked: one statement in the database, however many they are."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from .models import Job

SIZE = 2_000
_FREEZE = """
    INSERT INTO jobs_part (job_id, number, ids)
    SELECT %s, (place - 1) / %s, array_agg(id ORDER BY id)
      FROM (SELECT id, row_number() OVER (ORDER BY id) AS place
              FROM (SELECT DISTINCT id FROM ({chosen}) AS asked (id)) AS once) AS placed
     GROUP BY 2
"""


def freeze(job: Job, rows: QuerySet[Any]) -> int:
    """Keep the ids of `rows` for the job, in their order, each once; return how many they are."""
    try:
        chosen, params = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_FREEZE.format(chosen=chosen), [job.pk, SIZE, *params])
        cursor.execute("SELECT coalesce(sum(cardinality(ids)), 0) FROM jobs_part WHERE job_id = %s", [job.pk])
        return int(cursor.fetchone()[0])
