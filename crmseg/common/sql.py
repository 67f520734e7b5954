"""Small habits of our SQL."""

from __future__ import annotations

from typing import Any


def scratch_table(cursor: Any, name: str, columns: str) -> None:
    """An empty table of this connection that ends with the transaction, whatever an earlier step left of it."""
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP")
