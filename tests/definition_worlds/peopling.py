"""Questions about lists, answers, addresses, colleagues and chance."""

from __future__ import annotations

from typing import Any

from .. import oracle
from .happening import Happening
from .past import LONG_PAST
from .words import CHANNELS, SPANS, TOPICS, said


class Peopling(Happening):
    def segment(self, op: str) -> oracle.Definition:
        if op in {"in", "not_in"}:
            return {"segment": self.one([*self.world.members, *self.world.definitions]), "op": op}
        node: oracle.Definition = {"segment": self.one([*self.world.members]), "op": op}
        match op:
            case "member_for":
                n, unit = self.one(SPANS)
                return node | {"value": n, "unit": unit}
            case "was_in":
                moment = self.one(LONG_PAST)
                at = said(moment) if self.chance(0.6) else moment.date().isoformat()
                return node | dict(self.one(({"at": at}, {"value": at}, {"value": {"at": at}}))) | self.zone(0.2)
        return node | {"window": self.window()} | self.zone(0.2)

    def consent(self, op: str) -> oracle.Definition:
        node = {"consent": self.one(CHANNELS), "op": op}
        topic = self.one(TOPICS)
        return node | ({"topic": topic} if topic else {})

    def reachable(self) -> oracle.Definition:
        return {"reachable": self.one(CHANNELS)}

    def bucket(self) -> oracle.Definition:
        of = self.one((1, 2, 10, 10_000))
        low, high = sorted((self.random.randrange(of), self.random.randrange(of)))
        salt = {"salt": self.one(("spring", "ß", "it's"))} if self.chance(0.7) else {}
        return {"bucket": [low, high], "of": of} | salt

    def colleagues(self, who: Any, below: oracle.Definition) -> oracle.Definition:
        return {"colleagues": who, "of": below}
