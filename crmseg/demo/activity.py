"""What leads did before they ever bought: looked at pages, followed links, tried features, came to workshops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import words
from .draw import Draw
from .people import Person
from .world import World

# How busy a lead is at each stage: expected page views, link clicks and uses of the product.
BUSY = {
    "subscriber": (3, 2, 0),
    "lead": (6, 2, 1),
    "marketing-qualified": (10, 4, 5),
    "sales-qualified": (12, 4, 12),
    "opportunity": (14, 5, 18),
}
WORKSHOP_EVERY = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Deed:
    type: str
    at: datetime
    properties: dict[str, object]


def deeds(world: World, number: int, lead: Person) -> list[Deed]:
    """All of one lead's events, in order, none before she was known and none in the future."""
    draw = Draw("activity", number)
    since = lead.columns["created_at"]
    assert isinstance(since, datetime)
    found = [*_visits(draw, world, since, str(lead.columns["lifecycle_stage"])), *_workshops(draw, world, since, lead)]
    return sorted((deed for deed in found if deed.at <= world.midnight), key=lambda deed: deed.at)


def _visits(draw: Draw, world: World, since: datetime, stage: str) -> Iterator[Deed]:
    known_days = (world.midnight - since).total_seconds() / 86400
    views, clicks, uses = BUSY[stage]

    def instant() -> datetime:
        """Interest is keener lately than long ago."""
        return world.ago(min(known_days, 180) * draw.between(0, 1) ** 1.6)

    for _ in range(draw.whole(0, 2 * views)):
        yield Deed("Page Viewed", instant(), {"path": draw.weighted(words.PAGES), "seconds": draw.whole(2, 240)})
    for _ in range(draw.whole(0, 2 * clicks)):
        yield Deed("Link Clicked", instant(), {"link": draw.weighted(words.LINKS), "channel": "email"})
    for _ in range(draw.whole(0, 2 * uses)):
        yield Deed("Feature Used", instant(), {"feature": draw.weighted(words.FEATURES), "minutes": draw.whole(1, 30)})


def _workshops(draw: Draw, world: World, since: datetime, lead: Person) -> Iterator[Deed]:
    """Invitations go to people of the workshop's city, and more gladly to those who like workshops."""
    interests = lead.columns.get("interests")
    keen = isinstance(interests, list) and "workshops" in interests
    town = _workshop_town(lead)
    if town is None or not draw.chance(0.7):
        return
    for topic, begins in _calendar(world, town):
        invited = begins - timedelta(days=draw.between(21, 35))
        if invited < since or not draw.chance(0.35):
            continue
        properties: dict[str, object] = {"city": town, "topic": topic}
        yield Deed("Workshop Invited", _whole(invited), properties)
        if not draw.chance(0.6 if keen else 0.2):
            continue
        yield Deed("Workshop Registered", _whole(invited + timedelta(days=draw.between(0.1, 14))), properties)
        if draw.chance(0.65):
            yield Deed("Workshop Attended", begins, properties)


def _workshop_town(lead: Person) -> str | None:
    if lead.columns.get("region") == "Massachusetts":
        return "Boston"
    return next((town for town in words.WORKSHOP_CITIES if town == lead.columns.get("city")), None)


def _calendar(world: World, town: str) -> Iterator[tuple[str, datetime]]:
    """A workshop every four weeks in every town, on another weekday in each, with topics in turn; the next is ahead."""
    first = world.midnight + timedelta(days=words.WORKSHOP_CITIES.index(town) + 9, hours=17)
    for turn in range(10):
        yield words.TOPICS[turn % len(words.TOPICS)], first - turn * WORKSHOP_EVERY


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
