"""Long statements that the server keeps by name, so that a repeated one is neither sent, nor read, nor planned again.

A name belongs to one connection and ends with it. Behind a pooler that shares connections between transactions this
needs one that knows prepared statements made in SQL.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.utils import CursorWrapper

MOST = 100
"""Statements kept on one connection; all are forgotten when there would be more."""


class _Kept(NamedTuple):
    """The name of a statement, and the parameters that stand in it, in their order."""

    name: str
    keys: tuple[str, ...]


_kept: WeakKeyDictionary[Any, dict[str, _Kept]] = WeakKeyDictionary()


def call(cursor: CursorWrapper, sql: str, params: dict[str, Any]) -> tuple[str, list[Any]]:
    """What to execute for `sql`, whose named parameters must each carry a cast; prepares it the first time."""
    kept = _kept.setdefault(connection.connection, {})
    if sql not in kept:
        if len(kept) >= MOST:
            cursor.execute("DEALLOCATE ALL")
            kept.clear()
        # Those it does not hold would have no type. Looked for once: the statements are long.
        keys = tuple(key for key in params if f"%({key})s" in sql)
        name = f"crmseg_{len(kept)}"
        places = {key: f"${place}" for place, key in enumerate(keys, start=1)}
        cursor.execute(f"PREPARE {name} AS {sql % places}")
        kept[sql] = _Kept(name, keys)
    name, keys = kept[sql]
    marks = ", ".join(["%s"] * len(keys))
    return f"EXECUTE {name} ({marks})", [params[key] for key in keys]
