"""Between the rule of a list and its members: delays of entries and exits, and above them pins.

For each contact a list holds an answer: the rule's, as it was when it last had lasted long enough. Members are those it
holds, except where a pin says otherwise. Without a pin the membership row is the answer held; under a pin the pin
remembers it, so that delays go on underneath and the contact is right at once when the pin is gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.models import QuerySet

from contacts.models import Contact

from ..models import Membership, PendingMove, Pin
from . import changes
from .live import DELAY, PIN, PIN_EXPIRED, Delays, Live
from .plan import Column, Ids

Place = tuple[int, int]
"""A list and a contact."""
PINNED, UNPINNED, EXPIRED, DELAYED = "pin", "pin removed", "pin expired", "delay"
_PIN = """
    INSERT INTO segments_pin AS pin
           (segment_id, contact_id, direction, reason, author, created_at, expires_at, held)
    SELECT %(segment)s, contact.id, %(direction)s, %(reason)s, %(author)s, %(now)s, %(expires_at)s,
           EXISTS (SELECT FROM segments_membership AS member
                    WHERE member.segment_id = %(segment)s AND member.contact_id = contact.id)
      FROM contacts_contact AS contact
     WHERE contact.id = ANY(%(contacts)s)
        ON CONFLICT (segment_id, contact_id) DO UPDATE
       SET direction = excluded.direction, reason = excluded.reason, author = excluded.author,
           created_at = excluded.created_at, expires_at = excluded.expires_at
    RETURNING contact_id
"""
_RESCHEDULE = """
    UPDATE segments_pendingmove
       SET due_at = since + COALESCE(CASE WHEN entering THEN %(entry)s::interval ELSE %(exit)s::interval END, '0')
     WHERE segment_id = %(segment)s
    RETURNING contact_id
"""


class Pinned(NamedTuple):
    inside: bool
    expires_at: datetime | None
    held: bool

    def counts(self, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at


class Waiting(NamedTuple):
    entering: bool
    since: datetime
    due_at: datetime


class Overrides:
    """The pins and delays of some contacts at one instant: asked list by list, and written when all were asked."""

    def __init__(
        self,
        now: datetime,
        pins: Mapping[Place, Pinned],
        delays: Mapping[int, Delays],
        waiting: Mapping[Place, Waiting],
        members: Mapping[int, Collection[int]],
    ):
        self.now, self.pins, self.delays, self.waiting, self.members = now, pins, delays, waiting, members
        self.begun: dict[Place, Waiting] = {}
        self.ended: set[Place] = set()
        self.held: dict[Place, bool] = {}
        self.completed: set[Place] = set()
        self.expired = {place for place, pin in pins.items() if not pin.counts(now)}
        self._pinned, self._waiting = _by_list(pins), _by_list(waiting)

    def overdue(self) -> dict[int, set[str]]:
        """By contact, the keys of the lists in which a pin has expired or a pending move has come due."""
        found: dict[int, set[str]] = {}
        for segment_id, pk in self.expired:
            found.setdefault(pk, set()).add(f"{PIN_EXPIRED}{segment_id}")
        for (segment_id, pk), waiting in self.waiting.items():
            if waiting.due_at <= self.now:
                found.setdefault(pk, set()).add(f"{DELAY}{segment_id}")
        return found

    def apply(self, segment_id: int, ids: Ids, rule: Column) -> Column:
        """Who of `ids` is a member, where `rule` is what the definition says of each."""
        delays, pinned = self.delays.get(segment_id), self._pinned.get(segment_id)
        if delays is None and pinned is None:
            return rule
        answer = rule.copy()
        if delays is not None:
            self._delay(segment_id, ids.tolist(), answer, delays)
        for pk in pinned or ():
            place = int(np.searchsorted(ids, pk))
            if place < len(ids) and ids[place] == pk:
                pin = self.pins[segment_id, pk]
                self.held[segment_id, pk] = bool(answer[place])
                if pin.counts(self.now):
                    answer[place] = pin.inside
        return answer

    def cause(self, segment_id: int, contact_id: int, moved: Collection[str]) -> str | None:
        """What moved the contact, if a pin or a delay did and not a change of its own."""
        pin = self.pins.get((segment_id, contact_id))
        if pin is not None and pin.counts(self.now):
            return PINNED
        if pin is not None:
            return UNPINNED if f"{PIN}{segment_id}" in moved else EXPIRED
        return DELAYED if (segment_id, contact_id) in self.completed else None

    def due(self) -> dict[int, datetime]:
        """By contact, the next instant at which a pin expires or a pending move comes due."""
        coming = [
            (pk, pin.expires_at)
            for (_, pk), pin in self.pins.items()
            if pin.expires_at is not None and pin.counts(self.now)
        ]
        # What is overdue and has not ended belongs to a list that cannot be read any more: it waits for a build.
        coming += [
            (place[1], one.due_at)
            for place, one in self.waiting.items()
            if place not in self.ended and one.due_at > self.now
        ]
        coming += [(place[1], one.due_at) for place, one in self.begun.items()]
        found: dict[int, datetime] = {}
        for pk, instant in coming:
            found[pk] = min(found.get(pk, instant), instant)
        return found

    def write(self, gone: Sequence[int]) -> None:
        """Keep what was found; forget the pins that expired, and everything about contacts that are gone."""
        lost = set(gone)
        _delete(Pin.objects.all(), self.expired | {place for place in self.pins if place[1] in lost})
        _delete(PendingMove.objects.all(), self.ended | {place for place in self.waiting if place[1] in lost})
        _remember({place: held for place, held in self.held.items() if self.pins[place].held != held})
        PendingMove.objects.bulk_create(
            [
                PendingMove(segment_id=place[0], contact_id=place[1], **one._asdict())
                for place, one in self.begun.items()
            ]
        )

    def _delay(self, segment_id: int, ids: list[int], answer: Column, delays: Delays) -> None:
        """Keep the answer held wherever the rule has not said otherwise for long enough."""
        members = self.members.get(segment_id, ())
        stays = set()
        for place, (pk, rule) in enumerate(zip(ids, answer.tolist(), strict=True)):
            pin = self.pins.get((segment_id, pk))
            held = pk in members if pin is None else pin.held
            delay = delays.entry if rule else delays.exit
            if rule == held or not delay:
                continue
            waiting = self.waiting.get((segment_id, pk))
            if waiting is None or waiting.entering != rule:
                self.begun[segment_id, pk] = Waiting(rule, self.now, self.now + delay)
            elif waiting.due_at <= self.now:
                self.completed.add((segment_id, pk))
                continue
            else:
                stays.add(pk)
            answer[place] = held
        self.ended |= {(segment_id, pk) for pk in self._waiting.get(segment_id, ()) if pk not in stays}


def of_contacts(
    live: Live, contact_ids: Sequence[int], members: Mapping[int, Collection[int]], now: datetime
) -> Overrides:
    """Pins and delays where there are any; without any, nothing is asked of the database."""
    ids = list(contact_ids)
    pins = _pins(Pin.objects.filter(contact_id__in=ids)) if live.pinned else {}
    waiting = _waiting(PendingMove.objects.filter(contact_id__in=ids)) if live.delays else {}
    return Overrides(now, pins, live.delays, waiting, members)


def pins_of_block(first_id: int, last_id: int, now: datetime) -> Overrides:
    """The pins alone: a build lets the rule count at once."""
    return Overrides(now, _pins(Pin.objects.filter(contact_id__range=(first_id, last_id))), {}, {}, {})


def settle_build(segment_id: int, rule: Ids, now: datetime) -> Ids:
    """The members of a list that goes live with `rule`: corrected by its pins, and nothing pending any more."""
    PendingMove.objects.filter(segment=segment_id).delete()
    Pin.objects.filter(segment=segment_id, expires_at__lte=now).delete()
    pins = _pins(Pin.objects.filter(segment=segment_id))
    if not pins:
        return rule
    pinned = np.array([pk for _, pk in pins], np.int64)
    held = set(rule[np.isin(rule, pinned)].tolist())
    _remember({place: place[1] in held for place, pin in pins.items() if (place[1] in held) != pin.held})
    inside = _existing(pk for (_, pk), pin in pins.items() if pin.inside)
    return np.union1d(np.setdiff1d(rule, pinned, assume_unique=True), inside)


def settle_delayed(segment_id: int, rule: Ids, delays: Delays, now: datetime) -> tuple[Ids, Overrides, Ids]:
    """The members of a list that was looked at as a whole, but by no edit: its delays count as after any change.

    Also returns what its pins and delays came to, and the contacts of whom the rule says something else.
    """
    pins = _pins(Pin.objects.filter(segment=segment_id))
    waiting = _waiting(PendingMove.objects.filter(segment=segment_id))
    members = _ids(Membership.objects.filter(segment=segment_id).values_list("contact_id", flat=True))
    moving = np.setxor1d(rule, members)
    ids = _existing({*moving.tolist(), *(pk for _, pk in pins), *(pk for _, pk in waiting)})
    held = set(members[np.isin(members, ids)].tolist())
    overrides = Overrides(now, pins, {segment_id: delays}, waiting, {segment_id: held})
    says = np.isin(ids, rule)
    answer = overrides.apply(segment_id, ids, says)
    overrides.write([])
    others = np.setdiff1d(rule, np.union1d(moving, ids), assume_unique=True)
    return np.union1d(others, ids[answer]), overrides, ids[answer != says]


def pin(
    segment_id: int,
    contact_ids: Collection[int],
    *,
    direction: str,
    reason: str,
    author: str,
    expires_at: datetime | None,
    now: datetime,
) -> list[int]:
    """Pin those contacts that exist, while they are locked, and have them looked at again; return their ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            _PIN,
            {
                "segment": segment_id,
                "contacts": sorted(set(contact_ids)),
                "direction": direction,
                "reason": reason,
                "author": author,
                "expires_at": expires_at,
                "now": now,
            },
        )
        pinned = [pk for (pk,) in cursor]
    changes.tell(pinned, [f"{PIN}{segment_id}"], now)
    return pinned


def unpin(segment_id: int, contact_ids: Collection[int], now: datetime) -> list[int]:
    """Let the pins of the contacts end now, while these are locked; return their ids.

    A pin goes when its contact is looked at again, which goes on from what the pin remembers.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE segments_pin SET expires_at = %(now)s WHERE segment_id = %(segment)s"
            " AND contact_id = ANY(%(contacts)s) AND (expires_at IS NULL OR expires_at > %(now)s) RETURNING contact_id",
            {"now": now, "segment": segment_id, "contacts": sorted(set(contact_ids))},
        )
        unpinned = [pk for (pk,) in cursor]
    changes.tell(unpinned, [f"{PIN}{segment_id}"], now)
    return unpinned


def reschedule(segment_id: int, delays: Delays, now: datetime) -> None:
    """Let new delays count for those who wait already. Everybody is locked."""
    given: dict[str, Any] = {"entry": delays.entry, "exit": delays.exit, "segment": segment_id}
    with connection.cursor() as cursor:
        cursor.execute(_RESCHEDULE, given)
        waiting = [pk for (pk,) in cursor]
    if not any(delays):
        PendingMove.objects.filter(segment=segment_id).delete()
    changes.tell(waiting, [f"{DELAY}{segment_id}"], now)


def forget(segment_id: int) -> None:
    """A list that has become static has members, and nothing else."""
    Pin.objects.filter(segment=segment_id).delete()
    PendingMove.objects.filter(segment=segment_id).delete()


def _pins(rows: QuerySet[Pin]) -> dict[Place, Pinned]:
    values = rows.values_list("segment_id", "contact_id", "direction", "expires_at", "held")
    return {
        (segment_id, pk): Pinned(direction == Pin.Direction.IN, expires_at, held)
        for segment_id, pk, direction, expires_at, held in values
    }


def _waiting(rows: QuerySet[PendingMove]) -> dict[Place, Waiting]:
    values = rows.values_list("segment_id", "contact_id", "entering", "since", "due_at")
    return {(segment_id, pk): Waiting(entering, since, due_at) for segment_id, pk, entering, since, due_at in values}


def _existing(ids: Iterable[int]) -> Ids:
    """Those of the contacts that there are, in ascending order."""
    return _ids(Contact.objects.filter(pk__in=list(ids)).order_by("pk").values_list("pk", flat=True))


def _ids(rows: Iterable[int]) -> Ids:
    return np.fromiter(rows, np.int64)


def _by_list(places: Collection[Place]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for segment_id, pk in places:
        found.setdefault(segment_id, []).append(pk)
    return found


def _delete(rows: QuerySet[Pin] | QuerySet[PendingMove], places: Collection[Place]) -> None:
    if places:
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {rows.model._meta.db_table} AS row USING unnest(%s::bigint[], %s::bigint[])"
                " AS one (segment_id, contact_id)"
                " WHERE row.segment_id = one.segment_id AND row.contact_id = one.contact_id",
                [[place[0] for place in places], [place[1] for place in places]],
            )


def _remember(held: Mapping[Place, bool]) -> None:
    if held:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE segments_pin AS pin SET held = one.held"
                "  FROM unnest(%s::bigint[], %s::bigint[], %s::boolean[]) AS one (segment_id, contact_id, held)"
                " WHERE pin.segment_id = one.segment_id AND pin.contact_id = one.contact_id",
                [[place[0] for place in held], [place[1] for place in held], list(held.values())],
            )
