"""What an automation would have done over the past year, before it is switched on.

Who comes to the door is read from the ledger, the events or the calendar, to the instant. Conditions are asked as of
then (`then`): at each instant while no more than `FEW` came, else once a day, at its end. What the steps themselves
would have changed is not known. More than `MOST` entries are answered from a share of the contacts, which the result
says. Nothing is written but the result; messages are those that would have been asked for, before consent and caps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from . import replay, then, unmade
from .schema import Branch, Journey, ListTrigger
from .walk import Book, Walk

DAYS: Final = 365
FEW: Final = 500
MOST: Final = 100_000
Progress = Callable[[int, int], None]


def simulate(
    journey: Journey, now: datetime, *, automation_id: int = 0, days: int = DAYS, progress: Progress | None = None
) -> dict[str, Any]:
    """The result, as JSON; `progress` is told of days done and days in all."""
    since = now - timedelta(days=days)
    before = _before(journey, since, days, progress)
    total = replay.count(journey, since, now) + (before.moves_of_all if before else 0)
    share = min(before.share if before else 1.0, MOST / max(total, 1))
    moves = before.of_share(share) if before else []
    walk = Walk(journey, automation_id, now)
    is_exact = total <= FEW
    go = walk.by_itself if is_exact else walk.at_once
    done, begin, first = 0, since, days if before else 0
    for chunk in replay.happened(journey, since, now, share):
        earlier = [one for one in moves if begin <= one[1] < begin + replay.CHUNK]
        for day, found in _by_day([*earlier, *chunk], begin, now):
            go(found, day)
            done += 1
            if progress:
                progress(first + min(done, days), first + days)
        begin += replay.CHUNK
    walk.rest()
    known = before.since if before else replay.known_since(journey)
    return _result(walk.book, journey, since, now, total, share) | {
        "known_since": known.isoformat() if known and known > since else None,
        "exact": is_exact,
        "list_made_at": before.until.isoformat() if before else None,
        "as_of_today": then.today(_conditions(journey), since),
    }


def _before(journey: Journey, since: datetime, days: int, progress: Progress | None) -> unmade.Unmade | None:
    """What is worked out of the time before a list was made: the first half of the work."""
    if not isinstance(journey.trigger, ListTrigger):
        return None
    return unmade.moves(journey.trigger, since, progress and (lambda done, of: progress(done * days // of, 2 * days)))


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


def _result(book: Book, journey: Journey, since: datetime, now: datetime, total: int, share: float) -> dict[str, Any]:
    def scaled(counted: Counter[str]) -> dict[str, int]:
        return {key: round(n / share) for key, n in sorted(counted.items()) if n}

    entered, messages = scaled(book.entered), scaled(book.messages)
    return {
        "since": since.isoformat(),
        "until": now.isoformat(),
        "came": total,
        "share": share,
        "entered": round(book.entered.total() / share),
        "people": round(len(book.people) / share),
        "held_out": round(book.held_out / share),
        "messages": round(book.messages.total() / share),
        "days": [
            {"day": day, "entered": entered.get(day, 0), "messages": messages.get(day, 0)}
            for day in sorted({*entered, *messages})
        ],
        "campaigns": scaled(book.by_campaign),
        "steps": scaled(book.steps),
        "refused": scaled(book.refused),
        "ended": scaled(book.ended),
    }


def _conditions(journey: Journey) -> dict[str, Any]:
    """By their place in the definition."""
    steps = enumerate(journey.steps.values())
    asked = {f"/steps/{place}/condition": one.condition for place, one in steps if isinstance(one, Branch)}
    return {"/filter": journey.filter, "/goal": journey.goal, "/exit": journey.exit, **asked}
