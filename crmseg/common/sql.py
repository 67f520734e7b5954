"""Small habits of our SQL."""

from __future__ import annotations

from typing import Any


def place(number: str, seed: str) -> str:
    """SQL of a number from 0 to below 1 that a bigint keeps for ever, another one for every seed (SQL of a bigint too).

    Hashed twice: after one pass, neighbouring ids crowd into parts of the range, and the share of some thousand people
    that falls below a bound strays half as far again as chance would have it. 53 bits are what a float holds exactly.
    """
    once = f"hashint8extended({number}, {seed})"
    return f"((hashint8extended({once}, {seed}) & 9007199254740991)::float8 / 9007199254740992)"


def scratch_table(cursor: Any, name: str, columns: str) -> None:
    """An empty table of this connection that ends with the transaction, whatever an earlier step left of it."""
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP")
