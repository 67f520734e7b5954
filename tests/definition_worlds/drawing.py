"""What every kind of question is drawn with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from .. import oracle
from .maker import Maker
from .words import OTHER_ZONES, SPANS, UNITS, WALLS, said

TRIES = 40
WELCOME = (0.12, 0.88)


class Drawing:
    """Draws from the values of one world."""

    def __init__(self, random: Random, maker: Maker, world: oracle.World):
        self.random, self.maker, self.world = random, maker, world

    def one(self, several: Sequence[Any]) -> Any:
        return self.random.choice(several)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def telling(self, draw: Callable[[], oracle.Definition]) -> oracle.Definition:
        """A condition that holds for some and not for others now, if a few tries find one; sometimes any."""
        found, best = draw(), 1.0
        if self.chance(0.04):
            return found
        for _ in range(TRIES):
            raw = draw()
            share = len(oracle.matching(raw, self.world, self.maker.now)) / len(self.world.contacts)
            if abs(share - 0.5) < best:
                found, best = raw, abs(share - 0.5)
            if WELCOME[0] <= share <= WELCOME[1]:
                break
        return found

    def two(self, draw: Callable[[], Any]) -> list[Any]:
        low, high = draw(), draw()
        return sorted((low, high), key=lambda one: (one[:10], one) if isinstance(one, str) else one)

    def moment(self) -> datetime:
        moment: datetime = self.one(self.maker.instants)
        return moment

    def time(self) -> str:
        """An instant, or the day of one."""
        moment = self.moment()
        kind = self.one(("day", "day", "day", "instant", "instant", "wall"))
        if kind == "wall":  # without an offset, and sometimes one that clocks skip or show twice
            wall = moment.astimezone(ZoneInfo(self.maker.zone)).replace(tzinfo=None).isoformat()
            return str(self.one((wall, wall, *WALLS)))
        return said(moment) if kind == "instant" else oracle.local_day(moment, self.maker.zone).isoformat()

    def zone(self, share: float = 0.25) -> dict[str, Any]:
        return {"zone": self.one(OTHER_ZONES)} if self.chance(share) else {}

    def ago(self, units: Sequence[tuple[int, str]] = SPANS) -> tuple[list[int], str]:
        n, unit = self.one(units)
        ends = [n, self.one((0, 0, n // 2, n, 2 * n))]
        self.random.shuffle(ends)
        return ends, unit

    def window(self, *kinds: str) -> dict[str, Any]:
        """A window of one of the kinds."""
        match self.one(kinds or ("last", "ago", "from-to", "this", "previous")):
            case "last":
                n, unit = self.one(SPANS)
                return {"last": n, "unit": unit}
            case "ago":
                ends, unit = self.ago()
                return {"ago": ends, "unit": unit}
            case "this":
                return {"this": self.one(UNITS)}
            case "previous":
                return {"previous": self.one(UNITS)}
            case "since_first":
                n, unit = self.one(SPANS)
                return {"since_first": n, "unit": unit}
            case "both ends":
                first, last = self.two(self.time)
                return {"from": first, "to": last}
            case _:
                first, last = self.two(self.time)
                return dict(self.one(({"from": first}, {"to": last}, {"from": first, "to": last})))

    def maybe_window(self, share: float, *kinds: str) -> dict[str, Any]:
        return {"window": self.window(*kinds)} if self.chance(share) else {}
