"""What an automation would have done over the past year, before it is switched on.

Who comes to the door is read from the ledger, the events or the calendar, to the instant. Whether conditions held is
asked once a day, at its end, with the events of then and the attributes of today; what the steps themselves would have
changed is not known. More than `MOST` entries are answered from a share of the contacts, which the result says.
Nothing is written but the result; messages are those that would have been asked for, before consent and caps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from crmseg.access import account

from . import conditions, replay, timing, triggers
from .schema import Branch, Journey, Send, Step, Wait, WaitForEvent, WaitUntil

DAYS: Final = 365
MOST: Final = 100_000
Progress = Callable[[int, int], None]


@dataclass
class _Person:
    """Somebody on her way, as far as this day."""

    contact_id: int
    entered: datetime
    step: str
    arrived: datetime


@dataclass
class _Book:
    """What is counted."""

    entered: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    by_campaign: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    held_out: int = 0
    people: set[int] = field(default_factory=set)


def simulate(
    journey: Journey, now: datetime, *, automation_id: int = 0, days: int = DAYS, progress: Progress | None = None
) -> dict[str, Any]:
    """The result, as JSON; `progress` is told of days done and days in all."""
    since = now - timedelta(days=days)
    total = replay.count(journey, since, now)
    share = min(1.0, MOST / total) if total else 1.0
    walk = _Walk(journey, automation_id, now)
    done = 0
    for chunk in replay.happened(journey, since, now, share):
        for day, found in _by_day(chunk, since + done * timedelta(days=1), now):
            walk.day(day, found)
            done += 1
            if progress:
                progress(min(done, days), days)
    walk.rest()
    return _result(walk.book, journey, since, now, total, share)


def _by_day(
    chunk: Sequence[replay.Happened], begin: datetime, now: datetime
) -> Iterable[tuple[datetime, list[replay.Happened]]]:
    """The end of each day of a chunk, with what happened in it."""
    end, place, last = begin, 0, min(begin + replay.CHUNK, now)
    while end < last:
        end = min(end + timedelta(days=1), last)
        first = place
        while place < len(chunk) and chunk[place][1] < end:
            place += 1
        yield end, list(chunk[first:place])


class _Walk:
    """People on their way, day by day."""

    def __init__(self, journey: Journey, automation_id: int, now: datetime):
        self.journey, self.now, self.automation_id = journey, now, automation_id
        self.zone = timing.zone_of(account.current().time_zone)
        self.book = _Book()
        self.last: dict[int, datetime] = {}
        self.on_the_way: list[_Person] = []

    def day(self, end: datetime, found: Sequence[replay.Happened]) -> None:
        self._move(end)
        self._admit(end, found)
        self._move(end)

    def rest(self) -> None:
        self.book.ended["on_the_way"] += len(self.on_the_way)

    def _admit(self, end: datetime, found: Sequence[replay.Happened]) -> None:
        journey, ids = self.journey, sorted({pk for pk, _at in found})
        held = self._hold({"filter": journey.filter, "exit": journey.exit, "goal": journey.goal}, ids, end)
        kept_out = triggers.held_out(self.automation_id, ids, journey.holdout)
        busy = {one.contact_id for one in self.on_the_way}
        for pk, at in found:
            reason = self._refusal(pk, at, held.get(pk), busy)
            if reason:
                self.book.refused[reason] += 1
                continue
            self.last[pk] = at
            self.book.people.add(pk)
            self.book.entered[self._day(at)] += 1
            if pk in kept_out:
                self.book.held_out += 1
            else:
                busy.add(pk)
                self.on_the_way.append(_Person(pk, at, journey.first, at))

    def _refusal(self, pk: int, at: datetime, held: dict[str, bool] | None, busy: set[int]) -> str:
        again = self.journey.again_after
        if held is None:
            return "deleted"
        if self.journey.filter is not None and not held["filter"]:
            return "filter"
        if held["exit"] or held["goal"]:
            return "exit" if held["exit"] else "goal"
        if pk in busy or (pk in self.last and (again is None or self.last[pk] + again > at)):
            return "again"
        return ""

    def _move(self, end: datetime) -> None:
        """Everybody as far as she comes by the end of the day."""
        moving = [one for one in self.on_the_way if self._due(one) <= end]
        staying = [one for one in self.on_the_way if self._due(one) > end]
        moving = self._sift(moving, end)
        while moving:
            moved = self._step(moving, end)
            staying += [one for one in moved if one.step and self._due(one) > end]
            moving = [one for one in moved if one.step and self._due(one) <= end]
            self.book.ended["finished"] += sum(not one.step for one in moved)
        self.on_the_way = staying

    def _due(self, one: _Person) -> datetime:
        """When she goes on, at the latest; an event that she waits for is asked for when the time is over."""
        match self.journey.steps[one.step]:
            case Wait(span=span) | WaitForEvent(span=span):
                return one.arrived + span
            case WaitUntil(at=at, weekdays=weekdays):
                return timing.next_moment(at, weekdays, self.zone, one.arrived)
        return one.arrived

    def _sift(self, moving: list[_Person], end: datetime) -> list[_Person]:
        """Without those who reached the goal or leave."""
        journey = self.journey
        if not moving or (not journey.has_goal and journey.exit is None):
            return moving
        held = self._hold({"exit": journey.exit, "goal": journey.goal}, [one.contact_id for one in moving], end)
        came: dict[int, datetime] = {}
        if journey.goal_event is not None:
            waiting = [(n, one.contact_id, one.entered, self._due(one)) for n, one in enumerate(moving)]
            came = conditions.happened(journey.goal_event, waiting)
        going = []
        for n, one in enumerate(moving):
            holds = held.get(one.contact_id, {"exit": True, "goal": False})
            if n in came or holds["goal"]:
                self.book.ended["goal"] += 1
            elif holds["exit"]:
                self.book.ended["exit"] += 1
            else:
                going.append(one)
        return going

    def _step(self, moving: list[_Person], end: datetime) -> list[_Person]:
        by_step: dict[str, list[_Person]] = {}
        for one in moving:
            by_step.setdefault(one.step, []).append(one)
        for step_id, people in by_step.items():
            self.book.steps[step_id] += len(people)
            self._pass(self.journey.steps[step_id], people, end)
        return moving

    def _pass(self, step: Step, people: list[_Person], end: datetime) -> None:
        match step:
            case Branch(condition=condition, yes=yes, no=no):
                held = self._hold({"yes": condition}, [one.contact_id for one in people], end)
                for one in people:
                    one.step = yes if held.get(one.contact_id, {}).get("yes") else no
            case WaitForEvent(event=event, yes=yes, no=no):
                waiting = [(n, one.contact_id, one.arrived, self._due(one)) for n, one in enumerate(people)]
                came = conditions.happened(event, waiting)
                for n, one in enumerate(people):
                    one.step, one.arrived = (yes, came[n]) if n in came else (no, self._due(one))
            case Send(campaign=pk, next=to):
                for one in people:
                    self.book.messages[self._day(one.arrived)] += 1
                    self.book.by_campaign[str(pk)] += 1
                    one.step = to
            case _:
                for one in people:
                    one.arrived, one.step = self._due(one), getattr(step, "next", "")

    def _hold(self, asked: dict[str, Any], ids: Sequence[int], at: datetime) -> dict[int, dict[str, bool]]:
        if all(node is None for node in asked.values()):
            return {pk: dict.fromkeys(asked, False) for pk in ids}
        return conditions.hold(asked, ids, at)

    def _day(self, at: datetime) -> str:
        return at.astimezone(self.zone).date().isoformat()


def _result(book: _Book, journey: Journey, since: datetime, now: datetime, total: int, share: float) -> dict[str, Any]:
    def scaled(counted: Counter[str]) -> dict[str, int]:
        return {key: round(n / share) for key, n in sorted(counted.items()) if n}

    known = replay.known_since(journey)
    entered, messages = scaled(book.entered), scaled(book.messages)
    return {
        "since": since.isoformat(),
        "until": now.isoformat(),
        "known_since": known.isoformat() if known and known > since else None,
        "came": total,
        "share": share,
        "entered": sum(entered.values()),
        "people": round(len(book.people) / share),
        "held_out": round(book.held_out / share),
        "messages": sum(messages.values()),
        "days": [
            {"day": day, "entered": entered.get(day, 0), "messages": messages.get(day, 0)}
            for day in sorted({*entered, *messages})
        ],
        "campaigns": scaled(book.by_campaign),
        "steps": scaled(book.steps),
        "refused": scaled(book.refused),
        "ended": scaled(book.ended),
    }
