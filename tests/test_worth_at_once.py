"""Everyone's worth is read, written and predicted by several connections at once, as by one."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from contacts.models import Worth
from contacts.worth import bulk
from contacts.worth.lifetime import everyone, job
from crmseg.common import clock, parallel
from crmseg.common.actor import SYSTEM
from crmseg.jobs import running

from .worth_world import NOW, shop

MADE = ("seen_at",)


def rows() -> list[dict[str, object]]:
    found = Worth.objects.order_by("contact_id").values()
    return [{column: value for column, value in row.items() if column not in MADE} for row in found]


@pytest.mark.django_db(transaction=True)
def test_blocks_at_once_write_what_one_after_the_other_writes(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(bulk, "BATCH", 40)
    monkeypatch.setattr(everyone, "BLOCK", 30)
    shop(150)

    def made() -> list[dict[str, object]]:
        Worth.objects.all().delete()
        bulk.renew(NOW, count=True)
        assert everyone.predict_everyone(NOW) == 150
        return rows()

    bulk.renew(NOW)
    running.run(job.start(user=None, actor=SYSTEM).pk)
    at_once = made()
    with transaction.atomic():
        alone = made()
    assert at_once == alone


@pytest.mark.django_db(transaction=True)
def test_an_error_in_one_block_is_raised_and_leaves_no_connection_open():
    def fail(piece: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / %s", [piece])
            return int(cursor.fetchone()[0])

    with pytest.raises(Exception, match="division by zero"):
        parallel.each(fail, [1, 0, 1])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND query LIKE 'SELECT 1 / %'"
        )
        assert cursor.fetchone()[0] == 0


def test_without_pieces_nothing_is_done(db):
    assert parallel.each(lambda piece: piece, []) == []
