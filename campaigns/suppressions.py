"""Addresses, mail domains and lists that nobody may write to, whatever consent says.

An address (`ada@example.org`, `+39061234567`) or a whole domain (`@example.org`, without its subdomains) also counts as
unreachable in lists. A suppressed list counts in campaigns alone: a list that asks who can be reached would otherwise
ask itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from contacts.values import normal
from crmseg.access import audit
from crmseg.common import csv, json
from crmseg.common.actor import Actor
from crmseg.common.ids import is_id
from crmseg.common.problems import InvalidInput, Problem
from segments.models import Segment

from .models import SuppressedList, Suppression
from .ways import ADDRESSED, has_domain

LONGEST_NOTE = 500
# No row is written again that is there already: who bounced once stays somebody who bounced.
_INSERT = """
    INSERT INTO campaigns_suppression (channel, address, reason, note, created_at, created_by)
    SELECT %(channel)s, given.address, %(reason)s, given.note, now(), %(by)s
      FROM unnest(%(addresses)s::text[], %(notes)s::text[]) AS given(address, note)
    ON CONFLICT DO NOTHING
    RETURNING id
"""


@dataclass
class Added:
    """How many are new, how many were suppressed before, and what could not be read."""

    created: int = 0
    known: int = 0
    problems: list[Problem] = field(default_factory=list)


def read_channel(raw: object) -> str:
    if raw not in ADDRESSED:
        said = _("The channels are: %(channels)s.") % {"channels": ", ".join(ADDRESSED)}
        raise InvalidInput([Problem("/channel", said)])
    return str(raw)


def read_address(channel: str, raw: object) -> str:
    """As it is stored, or ValueError: an address of the channel or, on those of e-mail, a domain."""
    text = raw.strip() if isinstance(raw, str) else ""
    if not text or not json.is_storable(text):
        raise ValueError(_("Expected an address."))
    if not has_domain(channel):
        return normal.phone(text, None)
    if text.startswith("@"):
        return "@" + normal.domain(text[1:])
    return normal.email(text)


@transaction.atomic
def suppress(
    *,
    channel: object,
    addresses: Sequence[object],
    reason: Suppression.Reason = Suppression.Reason.MANUAL,
    note: str = "",
    actor: Actor,
) -> Added:
    """Suppress what can be read of the addresses; the others are told, each at its place."""
    place, done = read_channel(channel), Added()
    if len(note) > LONGEST_NOTE or not json.is_storable(note):
        said = _("Use at most %(limit)s characters.") % {"limit": LONGEST_NOTE}
        raise InvalidInput([Problem("/note", said)])
    found: list[tuple[str, str]] = []
    for index, raw in enumerate(addresses):
        try:
            found.append((read_address(place, raw), note))
        except ValueError as error:
            done.problems.append(Problem(f"/addresses/{index}", str(error)))
    write(place, found, reason, actor, done)
    return done


def write(
    channel: str, found: Sequence[tuple[str, str]], reason: Suppression.Reason, actor: Actor, done: Added
) -> None:
    """Store addresses that were read, each with its note."""
    once = {address.lower(): (address, note) for address, note in reversed(found)}
    if not once:
        return
    with connection.cursor() as cursor:
        addresses, notes = zip(*once.values(), strict=True)
        given = {"channel": channel, "reason": str(reason), "by": str(actor)}
        cursor.execute(_INSERT, given | {"addresses": list(addresses), "notes": list(notes)})
        ids = [pk for (pk,) in cursor.fetchall()]
    done.created += len(ids)
    done.known += len(found) - len(ids)
    if len(ids) == 1:
        audit.record(actor, "created", Suppression.objects.get(pk=ids[0]), {"reason": str(reason)})
    elif ids:
        told = Suppression(address=_("%(count)s addresses") % {"count": f"{len(ids):,}"})
        audit.record(actor, "created", told, {"channel": channel, "reason": str(reason), "addresses": len(ids)})


@transaction.atomic
def lift(ids: Iterable[int], *, actor: Actor) -> int:
    """These may be written to again. What is gone already is no fault."""
    rows = list(Suppression.objects.select_for_update().filter(pk__in=list(ids)))
    for row in rows:
        audit.record(actor, "deleted", row, {"channel": row.channel, "reason": row.reason})
    Suppression.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


@transaction.atomic
def suppress_list(*, segment: object, channel: object, actor: Actor) -> SuppressedList:
    """Nobody who is in the list when a campaign goes out gets it on this channel."""
    place = read_channel(channel)
    known = Segment.unarchived.filter(pk=segment).first() if is_id(segment) else None
    if known is None:
        raise InvalidInput([Problem("/segment", _("There is no list %(id)s.") % {"id": str(segment)[:50]})])
    row, created = SuppressedList.objects.get_or_create(
        segment_id=known.pk, channel=place, defaults={"created_by": str(actor)}
    )
    if created:
        audit.record(actor, "suppressed", known, {"channel": place})
    return row


@transaction.atomic
def lift_list(suppressed_id: int, *, actor: Actor) -> None:
    row = SuppressedList.objects.filter(pk=suppressed_id).first()
    if row is not None:
        audit.record(actor, "deleted", row)
        row.delete()


def found(*, q: str = "", channel: str = "", reason: str = "", kind: str = "") -> QuerySet[Suppression]:
    """`kind`: `address`, `domain`, or either."""
    rows = Suppression.objects.all()
    if q.strip():
        rows = rows.filter(address__icontains=q.strip())
    if channel:
        rows = rows.filter(channel=channel)
    if reason:
        rows = rows.filter(reason=reason)
    if kind == "domain":
        rows = rows.filter(address__startswith="@")
    elif kind == "address":
        rows = rows.exclude(address__startswith="@")
    return rows


def lists() -> list[tuple[SuppressedList, Segment | None]]:
    rows = list(SuppressedList.objects.order_by("channel", "pk"))
    known = Segment.objects.in_bulk([row.segment_id for row in rows])
    return [(row, known.get(row.segment_id)) for row in rows]


def as_csv(rows: QuerySet[Suppression]) -> Iterator[str]:
    """A file that the page takes back as it is."""
    yield csv.line(["address", "channel", "reason", "note", "created_at", "created_by"])
    for row in rows.iterator(chunk_size=2_000):
        yield csv.line([row.address, row.channel, row.reason, row.note, row.created_at.isoformat(), row.created_by])
