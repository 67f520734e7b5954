"""Long statements that the server keeps by name, so that a repeated one is neither sent, nor read, nor planned again.

A name belongs to one connection and ends with it. Behind a pooler that shares connections between transactions this
needs one that knows prepared statements made in SQL.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.utils import CursorWrapper

MOST = 100
"""Statements kept on one connection; all are forgotten when there would be more."""
_kept: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()


def call(cursor: CursorWrapper, sql: str, params: dict[str, Any]) -> tuple[str, list[Any]]:
    """What to execute for `sql`, whose named parameters must each carry a cast; prepares it the first time."""
    kept = _kept.setdefault(connection.connection, {})
    used = {key: value for key, value in params.items() if f"%({key})s" in sql}
    if sql not in kept:
        if len(kept) >= MOST:
            cursor.execute("DEALLOCATE ALL")
            kept.clear()
        name = f"crmseg_{len(kept)}"
        places = {key: f"${place}" for place, key in enumerate(used, start=1)}
        cursor.execute(f"PREPARE {name} AS {sql % places}")
        kept[sql] = name
    marks = ", ".join(["%s"] * len(used))
    return f"EXECUTE {kept[sql]} ({marks})", list(used.values())
