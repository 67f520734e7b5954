"""The people that a page narrows its figures to, as a condition of SQL."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from ..models import Contact

Among = QuerySet[Contact] | None
"""None is everyone."""


def within(among: Among, column: str = "contact_id") -> tuple[str, tuple[Any, ...]]:
    """`column` is one of them."""
    if among is None:
        return "true", ()
    sql, values = among.order_by().values("pk").query.sql_with_params()
    return f"{column} IN ({sql})", values
