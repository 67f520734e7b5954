"""What is true of one contact: every leaf with the engine's own condition, all in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from contacts.models import Event

from ...definition import compile
from ...definition.nodes import Colleagues, Leaf
from ...definition.schema import Catalogue
from ...definition.sql import Params

FEW_EVENTS = 5_000
# Many conditions on few events: named like the table, a copy of the contact's own rows stands in for it, which spares
# the server the look at each partition for each condition.
_OWN_EVENTS = """
    WITH contacts_event AS MATERIALIZED (SELECT * FROM contacts_event WHERE contact_id = {id})
"""
_ONE_CONTACT = """
      FROM contacts_contact AS c
      LEFT JOIN contacts_company AS co ON co.id = c.company_id
     WHERE c.id = {id}
"""


class UnknownContact(Exception):
    """Nobody has this number."""


@dataclass(frozen=True)
class Answer:
    """Whether a leaf holds, and when time alone may next change that: at this instant or not before it."""

    holds: bool
    next: datetime | None


class Asked:
    """The contact that is asked about, and how the account counts."""

    def __init__(self, contact_id: int, known: Catalogue):
        self.contact_id, self.known = contact_id, known
        events = Event.objects.filter(contact_id=contact_id)
        self.has_few_events = events[: FEW_EVENTS + 1].count() <= FEW_EVENTS

    def params(self) -> Params:
        return Params(self.known.zone, self.known.currency, self.known.fiscal_start)

    def select(self, columns: str, leaves: Sequence[Leaf], params: Params, now: datetime) -> tuple[Any, ...]:
        """The columns, written for `leaves` of the contact `c`, at `now`. Raises UnknownContact."""
        own = {"id": params.add(self.contact_id, "bigint")}
        alone = self.has_few_events and not any(isinstance(leaf, Colleagues) for leaf in leaves)
        with connection.cursor() as cursor:
            sql = f"{_OWN_EVENTS.format(**own) if alone else ''} SELECT {columns} {_ONE_CONTACT.format(**own)}"
            cursor.execute(sql, params.at(now))
            row: tuple[Any, ...] | None = cursor.fetchone()
        if row is None:
            raise UnknownContact
        return row


def answers(leaves: Sequence[Leaf], asked: Asked, now: datetime) -> list[Answer]:
    """Each leaf at `now`, as the database holds the contact at this moment."""
    params = asked.params()
    columns = [compile.leaf(leaf, params) for leaf in leaves]
    nexts = [_next(compile.flips(leaf, params), params) for leaf in leaves]
    both = f"ARRAY[{', '.join(columns)}]::boolean[], ARRAY[{', '.join(nexts)}]::timestamptz[]"
    return [Answer(*found) for found in zip(*asked.select(both, leaves, params, now), strict=True)]


def _next(moments: list[str], params: Params) -> str:
    """The earliest of them that is still to come."""
    if not moments:
        return "NULL::timestamptz"
    each = ", ".join(dict.fromkeys(moments))
    return f"(SELECT min(moment) FROM unnest(ARRAY[{each}]) AS moment WHERE moment > {params.now()})"
