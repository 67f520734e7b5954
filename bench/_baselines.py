"""What the engine is measured against: a sane way without an engine, and the way most products do it.

Both keep their memberships in tables of their own, shaped and indexed like the product's, and write no ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from ._lists import BenchList

PEOPLE = "contacts_contact c LEFT JOIN contacts_company co ON co.id = c.company_id"
TABLE = """
    CREATE TABLE {name} (segment_id bigint, contact_id bigint, entered_at timestamptz, UNIQUE (segment_id, contact_id));
    CREATE INDEX ON {name} (contact_id, segment_id);
"""


class Baseline:
    """Memberships of `lists` in a table of its own, under the numbers that the product gave the lists."""

    def __init__(self, name: str, lists: Sequence[BenchList], numbers: Sequence[int]) -> None:
        self.name, self.lists, self.numbers = name, lists, numbers
        with connection.cursor() as cursor:
            cursor.execute(TABLE.format(name=name))

    def each(self, place: int) -> str:
        return self._with_other(place, self.lists[place].each)

    def everyone(self, place: int) -> str:
        return self._with_other(place, self.lists[place].everyone)

    def _with_other(self, place: int, sql: str) -> str:
        reads = self.lists[place].reads
        if reads is None:
            return sql
        member = f"SELECT FROM {self.name} r WHERE r.contact_id = c.id AND r.segment_id = {self.numbers[reads]}"
        return f"({sql} OR (EXISTS ({member}) AND c.email IS NOT NULL))"

    def fill(self, places: Iterable[int]) -> None:
        """Everybody, list after list, in one statement each."""
        with connection.cursor() as cursor:
            for place in places:
                cursor.execute(
                    f"INSERT INTO {self.name} SELECT {self.numbers[place]}, c.id, now() FROM {PEOPLE}"
                    f" WHERE {self.everyone(place)}",
                    {},
                )
            cursor.execute(f"VACUUM (ANALYZE) {self.name}")

    def differences(self, places: Iterable[int], ids: Sequence[int] | None = None) -> int:
        """Rows here and not in the product's memberships, or the other way round; among `ids` if given."""
        among = {"lists": [self.numbers[place] for place in places], "ids": list(ids or [])}
        chosen = "segment_id = ANY(%(lists)s)" + ("" if ids is None else " AND contact_id = ANY(%(ids)s)")
        here, there = (
            f"SELECT segment_id, contact_id FROM {table} WHERE {chosen}" for table in (self.name, "segments_membership")
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM (({here} EXCEPT {there}) UNION ALL ({there} EXCEPT {here})) AS differing", among
            )
            return int(cursor.fetchone()[0])


class Merge(Baseline):
    """(a) One statement per list, restricted to the contacts that changed; all of them in one transaction."""

    def refresh(self, ids: Sequence[int]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for place, number in enumerate(self.numbers):
                cursor.execute(
                    f"""
                    MERGE INTO {self.name} AS m
                    USING (SELECT c.id, ({self.each(place)}) IS TRUE AS holds
                             FROM {PEOPLE} WHERE c.id = ANY(%(ids)s)) AS t
                       ON m.segment_id = {number} AND m.contact_id = t.id
                     WHEN MATCHED AND NOT t.holds THEN DELETE
                     WHEN NOT MATCHED AND t.holds THEN INSERT VALUES ({number}, t.id, now())
                    """,
                    {"ids": list(ids)},
                )


class Classic(Baseline):
    """(b) The cron job that runs every list again for everyone, in batches of 300, one row and one transaction each."""

    BATCH = 300

    def rebuild(self, place: int, now: datetime) -> None:
        number, holds = self.numbers[place], self.everyone(place)
        inside = f"SELECT contact_id FROM {self.name} WHERE segment_id = {number}"
        missing = f"FROM {PEOPLE} WHERE ({holds}) AND c.id NOT IN ({inside})"
        members = f"SELECT c.id FROM {PEOPLE} WHERE {holds}"
        extra = f"FROM {self.name} WHERE segment_id = {number} AND contact_id NOT IN ({members})"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [number])
            cursor.execute(f"SELECT count(*), max(c.id) {missing}", {})
            count, largest = cursor.fetchone()
            while count:
                batch = f"SELECT c.id {missing} AND c.id <= {largest} AND c.created_at < %(now)s LIMIT {self.BATCH}"
                found = self._ids(cursor, batch, now)
                for contact_id in found:
                    cursor.execute(f"INSERT INTO {self.name} VALUES (%s, %s, now())", [number, contact_id])
                if len(found) < self.BATCH:
                    break
            cursor.execute(f"SELECT count(*) {extra}", {})
            (count,) = cursor.fetchone()
            while count:
                found = self._ids(cursor, f"SELECT contact_id {extra} LIMIT {self.BATCH}", now)
                for contact_id in found:
                    cursor.execute(
                        f"DELETE FROM {self.name} WHERE segment_id = %s AND contact_id = %s", [number, contact_id]
                    )
                if len(found) < self.BATCH:
                    break
            cursor.execute(f"SELECT count(*) FROM {self.name} WHERE segment_id = %s", [number])
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])

    @staticmethod
    def _ids(cursor, sql: str, now: datetime) -> list[int]:
        cursor.execute(sql, {"now": now})
        return [row[0] for row in cursor.fetchall()]
