"""What is true of one contact: every leaf with the engine's own condition, all in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from ...definition import compile
from ...definition.nodes import Leaf
from ...definition.schema import Catalogue
from ...definition.sql import Params

ONE_CONTACT = """
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


def params_of(known: Catalogue) -> Params:
    return Params(known.zone, known.currency, known.fiscal_start)


def answers(leaves: Sequence[Leaf], contact_id: int, known: Catalogue, now: datetime) -> list[Answer]:
    """Each leaf at `now`, as the database holds the contact at this moment."""
    params = params_of(known)
    columns = [compile.leaf(leaf, params) for leaf in leaves]
    nexts = [_next(compile.flips(leaf, params), params) for leaf in leaves]
    sql = f"""
        SELECT ARRAY[{", ".join(columns)}]::boolean[], ARRAY[{", ".join(nexts)}]::timestamptz[]
        {ONE_CONTACT.format(id=params.add(contact_id, "bigint"))}
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, params.at(now))
        row = cursor.fetchone()
    if row is None:
        raise UnknownContact
    return [Answer(*found) for found in zip(*row, strict=True)]


def _next(moments: list[str], params: Params) -> str:
    """The earliest of them that is still to come."""
    if not moments:
        return "NULL::timestamptz"
    each = ", ".join(dict.fromkeys(moments))
    return f"(SELECT min(moment) FROM unnest(ARRAY[{each}]) AS moment WHERE moment > {params.now()})"
