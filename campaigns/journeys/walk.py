"""People on their way through an automation in the past, from one instant to the next.

Everything is asked as it was then (`then`). Whoever walks decides how finely: between two instants each person goes as
far as she would have come, and conditions are asked at the later of the two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contacts.models import Contact
from crmseg.access import account

from . import conditions, timing, triggers
from .replay import Happened
from .schema import Branch, Journey, Send, Step, Wait, WaitForEvent, WaitUntil
from .then import Then


@dataclass
class Person:
    """Somebody on her way: at which step since when, when she goes on, and when what she waits for came."""

    contact_id: int
    entered: datetime
    step: str
    arrived: datetime
    due: datetime | None = None
    came: datetime | None = None


@dataclass
class Book:
    """What is counted."""

    entered: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    by_campaign: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    held_out: int = 0
    people: set[int] = field(default_factory=set)


class Walk:
    def __init__(self, journey: Journey, automation_id: int, now: datetime):
        self.journey, self.automation_id, self.now = journey, automation_id, now
        self.zone = timing.zone_of(account.current().time_zone)
        self.book = Book()
        self.then = Then()
        self.last: dict[int, datetime] = {}
        self.measured: dict[int, datetime] = {}
        self.on_the_way: dict[int, Person] = {}

    def by_itself(self, found: Sequence[Happened], end: datetime) -> None:
        """Everything at its own instant, up to the end."""
        for pk, at in found:
            self._come_to(at)
            self._admit([(pk, at)], at)
        self._come_to(end)

    def at_once(self, found: Sequence[Happened], end: datetime) -> None:
        """All that happened up to the end, with conditions asked at the end."""
        for several in _rounds(found):
            self._move(end, dict(several))
            self._admit(several, end)
        self._move(end)

    def rest(self) -> None:
        self.book.ended["on_the_way"] += len(self.on_the_way)

    def _come_to(self, end: datetime) -> None:
        """Each step that falls due at its own instant."""
        while self.on_the_way:
            self._look_ahead(self.on_the_way.values())
            due = min(self._due(one) for one in self.on_the_way.values())
            if due > end:
                return
            self._move(due)

    def _admit(self, found: Sequence[Happened], at: datetime) -> None:
        """Each contact once."""
        journey, ids = self.journey, [pk for pk, _at in found]
        held = self._hold({"filter": journey.filter, "exit": journey.exit, "goal": journey.goal}, ids, at)
        kept_out = triggers.held_out(self.automation_id, ids, journey.holdout)
        for pk, came in found:
            reason = self._refusal(pk, came, held.get(pk))
            if reason:
                self.book.refused[reason] += 1
                continue
            self.last[pk] = came
            self.book.people.add(pk)
            self.book.entered[self._day(came)] += 1
            if pk not in kept_out:
                self.on_the_way[pk] = Person(pk, came, journey.first, came)
                continue
            self.book.held_out += 1
            if journey.has_goal:
                self.measured[pk] = came + journey.goal_within

    def _refusal(self, pk: int, at: datetime, held: Mapping[str, bool] | None) -> str:
        again = self.journey.again_after
        if held is None:
            return "deleted"
        if self.journey.filter is not None and not held["filter"]:
            return "filter"
        if held["exit"] or held["goal"]:
            return "exit" if held["exit"] else "goal"
        is_busy = pk in self.on_the_way or (pk in self.measured and self.measured[pk] > at)
        if is_busy or (pk in self.last and (again is None or self.last[pk] + again > at)):
            return "again"
        return ""

    def _move(self, end: datetime, only: Mapping[int, datetime] | None = None) -> None:
        """Everybody as far as she comes by the end; or some, each as far as she comes by an instant of her own."""
        going = [self.on_the_way[pk] for pk in only if pk in self.on_the_way] if only else [*self.on_the_way.values()]
        while going:
            self._look_ahead(going)
            due = [one for one in going if self._due(one) <= (only[one.contact_id] if only else end)]
            going = self._sift(due, end)
            self._step(going, end)
            for one in going:
                if not one.step:
                    self._end(one, "finished")
            going = [one for one in going if one.step]

    def _look_ahead(self, people: Iterable[Person]) -> None:
        """When those go on who came to a step just now; an event that is waited for is looked for at once."""
        new = [one for one in people if one.due is None]
        zones = self._zones(new)
        by_step: dict[str, list[Person]] = {}
        for one in new:
            match self.journey.steps[one.step]:
                case Wait(span=span):
                    one.due = one.arrived + span
                case WaitForEvent(span=span):
                    one.due = one.arrived + span
                    by_step.setdefault(one.step, []).append(one)
                case WaitUntil(at=at, weekdays=weekdays):
                    zone = timing.zone_of(zones.get(one.contact_id))
                    one.due = timing.next_moment(at, weekdays, zone, one.arrived)
                case _:
                    one.due = one.arrived
        for step_id, waiting in by_step.items():
            step = self.journey.steps[step_id]
            assert isinstance(step, WaitForEvent)
            asked = [(n, one.contact_id, one.arrived, min(self._due(one), self.now)) for n, one in enumerate(waiting)]
            for n, came in conditions.happened(step.event, asked).items():
                waiting[n].due = waiting[n].came = came

    def _zones(self, people: Sequence[Person]) -> dict[int, str | None]:
        """Of those who wait for an hour on their own clock."""
        steps = ((one.contact_id, self.journey.steps[one.step]) for one in people)
        ids = [pk for pk, step in steps if isinstance(step, WaitUntil) and step.zone == "contact"]
        return dict(Contact.objects.filter(pk__in=ids).values_list("pk", "time_zone")) if ids else {}

    def _due(self, one: Person) -> datetime:
        assert one.due is not None
        return one.due

    def _sift(self, due: list[Person], end: datetime) -> list[Person]:
        """Without those who reached the goal, leave, or are gone."""
        journey = self.journey
        if not due or (not journey.has_goal and journey.exit is None):
            return due
        held = self._hold({"exit": journey.exit, "goal": journey.goal}, [one.contact_id for one in due], end)
        came: dict[int, datetime] = {}
        if journey.goal_event is not None:
            until = [min(self._due(one), one.entered + journey.goal_within) for one in due]
            waiting = [(n, one.contact_id, one.entered, until[n]) for n, one in enumerate(due)]
            came = conditions.happened(journey.goal_event, waiting)
        going = []
        for n, one in enumerate(due):
            holds = held.get(one.contact_id, {"exit": True, "goal": False})
            in_time = self._due(one) <= one.entered + journey.goal_within
            if n in came or (holds["goal"] and in_time):
                self._end(one, "goal")
            elif holds["exit"]:
                self._end(one, "exit")
            else:
                going.append(one)
        return going

    def _end(self, one: Person, how: str) -> None:
        self.book.ended[how] += 1
        del self.on_the_way[one.contact_id]

    def _step(self, going: Sequence[Person], end: datetime) -> None:
        by_step: dict[str, list[Person]] = {}
        for one in going:
            by_step.setdefault(one.step, []).append(one)
        for step_id, people in by_step.items():
            self.book.steps[step_id] += len(people)
            self._pass(self.journey.steps[step_id], people, end)
        for one in going:
            one.arrived, one.due, one.came = self._due(one), None, None

    def _pass(self, step: Step, people: Sequence[Person], end: datetime) -> None:
        match step:
            case Branch(condition=condition, yes=yes, no=no):
                held = self._hold({"yes": condition}, [one.contact_id for one in people], end)
                for one in people:
                    one.step = yes if held.get(one.contact_id, {}).get("yes") else no
            case WaitForEvent(yes=yes, no=no):
                for one in people:
                    one.step = yes if one.came else no
            case Send(campaign=pk, next=to):
                for one in people:
                    self.book.messages[self._day(self._due(one))] += 1
                    self.book.by_campaign[str(pk)] += 1
                    one.step = to
            case _:
                for one in people:
                    one.step = getattr(step, "next", "")

    def _hold(self, asked: dict[str, Any], ids: Sequence[int], at: datetime) -> dict[int, dict[str, bool]]:
        if all(node is None for node in asked.values()):
            return {pk: dict.fromkeys(asked, False) for pk in ids}
        return self.then.hold(asked, ids, at)

    def _day(self, at: datetime) -> str:
        return at.astimezone(self.zone).date().isoformat()


def _rounds(found: Sequence[Happened]) -> Iterable[list[Happened]]:
    """Each contact at most once in a round, in order."""
    rounds: list[list[Happened]] = []
    seen: Counter[int] = Counter()
    for pk, at in found:
        if seen[pk] == len(rounds):
            rounds.append([])
        rounds[seen[pk]].append((pk, at))
        seen[pk] += 1
    return rounds
