"""One fault, and where the code is that faults are put into."""

from __future__ import annotations

from dataclasses import dataclass

OPERATORS, COMPILE = "segments/definition/operators", "segments/definition/compile"
SQL, WINDOWS, PLAN = "segments/definition/sql.py", "segments/definition/windows.py", "segments/engine/plan.py"
MIGRATIONS = "segments/migrations"


@dataclass(frozen=True)
class Fault:
    """`old` stands exactly once in `file`; `new` is put in its place."""

    kind: str
    what: str
    file: str
    old: str
    new: str


def numbers(kind: str, what: str, old: str, new: str) -> Fault:
    return Fault(kind, what, f"{OPERATORS}/numbers.py", old, new)


def events(kind: str, what: str, old: str, new: str) -> Fault:
    return Fault(kind, what, f"{COMPILE}/events.py", old, new)


def windows(kind: str, what: str, old: str, new: str) -> Fault:
    return Fault(kind, what, WINDOWS, old, new)
