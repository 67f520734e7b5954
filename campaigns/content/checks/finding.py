"""One thing that a check has to say."""

from __future__ import annotations

from dataclasses import dataclass

STOP, WARN, INFO, GOOD = "stop", "warn", "info", "good"
LEVELS = (STOP, WARN, INFO, GOOD)


@dataclass(frozen=True)
class Finding:
    """`check` is what was looked at, `where` the arm and language that it is about, `people` of `of` whom it concerns;
    `sampled` where `of` is only a part of the audience, looked at for the rest."""

    check: str
    level: str
    message: str
    detail: tuple[str, ...] = ()
    pointer: str = ""
    where: str = ""
    people: int | None = None
    of: int | None = None
    sampled: bool = False
