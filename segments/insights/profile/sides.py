"""Whom a profile compares: the members of a list with everybody else, or those of two lists without those in both.

The two sides never share a person, as the tests ask. Of many, some are drawn by the hash of their ids: the same ones
each time, so that a figure only changes when people do.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction

from contacts import headcount

from ...models import Segment

MOST = 10_000
"""People looked at on each side; with so many a share is known to within one point."""
_HASH = "hashint8extended({id}, 20)"


@dataclass(frozen=True)
class Sides:
    """The people looked at on each side, and how many there are. `against` is None where everybody else is meant.

    `both` are in both lists and on neither side; `within`: the list lies in the other, so that it is compared with the
    rest of it.
    """

    one: list[int]
    two: list[int]
    one_size: int
    two_size: int
    against: int | None = None
    both: int = 0
    within: bool = False

    @property
    def drawn(self) -> bool:
        return len(self.one) < self.one_size or len(self.two) < self.two_size

    @property
    def weight(self) -> float:
        """The part of everyone that the list is; nothing where another list is compared."""
        return 0.0 if self.against else self.one_size / max(self.one_size + self.two_size, 1)


def of_everyone(segment: Segment) -> Sides:
    """The members, and everybody who is none."""
    inside = f"SELECT contact_id AS id FROM segments_membership WHERE segment_id = {segment.pk:d}"
    outside = f"SELECT c.id FROM contacts_contact AS c WHERE NOT EXISTS ({inside} AND contact_id = c.id)"
    one = draw(inside)
    return Sides(one, draw(outside), segment.size, max(headcount.everybody() - segment.size, 0))


def of_two(segment: Segment, other: Segment) -> Sides:
    """Who is in one of the lists only; a list inside the other is compared with the rest of that one."""
    a, b = segment.pk, other.pk
    only = (
        "SELECT contact_id AS id FROM segments_membership AS m WHERE segment_id = {0:d} AND NOT EXISTS"
        " (SELECT FROM segments_membership AS o WHERE o.segment_id = {1:d} AND o.contact_id = m.contact_id)"
    )
    count = (
        "SELECT count(*) FROM segments_membership AS m JOIN segments_membership AS o USING (contact_id)"
        f" WHERE m.segment_id = {a:d} AND o.segment_id = {b:d}"
    )
    with connection.cursor() as cursor:
        cursor.execute(count)
        both: int = cursor.fetchone()[0]
    rest = draw(only.format(b, a))
    if both == segment.size:
        inside = f"SELECT contact_id AS id FROM segments_membership WHERE segment_id = {a:d}"
        return Sides(draw(inside), rest, segment.size, other.size - both, b, both, within=True)
    if both == other.size:
        inside = f"SELECT contact_id AS id FROM segments_membership WHERE segment_id = {b:d}"
        return Sides(draw(only.format(a, b)), draw(inside), segment.size - both, other.size, b, both)
    return Sides(draw(only.format(a, b)), rest, segment.size - both, other.size - both, b, both)


def draw(people: str, most: int = MOST) -> list[int]:
    """At most so many of those whose `id` the statement gives, in ascending order."""
    chosen = f"SELECT id FROM ({people}) AS people ORDER BY {_HASH.format(id='id')} LIMIT {most:d}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(f"SELECT id FROM ({chosen}) AS drawn ORDER BY id")
        return [pk for (pk,) in cursor.fetchall()]
