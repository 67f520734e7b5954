"""What is asked of people on their way: whether conditions hold now, and whether something happened meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection

from segments import catalogue
from segments.definition import compile
from segments.definition.nodes import Node, Performed
from segments.definition.sql import Params
from segments.engine import cutoffs

Waiting = tuple[int, int, datetime, datetime]
"""A number that names the question, a contact, after when, and until when."""


def hold(
    conditions: Mapping[str, Node | None], contact_ids: Sequence[int], now: datetime
) -> dict[int, dict[str, bool]]:
    """By contact, which of the conditions hold; nothing of contacts that are gone. None holds for nobody."""
    if not contact_ids:
        return {}
    asked = {name: node for name, node in conditions.items() if node is not None}
    params = _params()
    for node in asked.values():
        cutoffs.ensure(node)
    columns = [compile.condition(node, params) for node in asked.values()]
    ids = params.add(sorted(set(contact_ids)), "bigint[]")
    statement = f"""
        SELECT {", ".join(["c.id", *columns])}
          FROM contacts_contact AS c
          LEFT JOIN contacts_company AS co ON co.id = c.company_id
         WHERE c.id = ANY({ids})
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, params.at(now))
        rows = cursor.fetchall()
    nobody = dict.fromkeys(conditions, False)
    return {pk: nobody | dict(zip(asked, holds, strict=True)) for pk, *holds in rows}


def happened(event: Performed, waiting: Iterable[Waiting]) -> dict[int, datetime]:
    """By question, when the event first happened to its contact after one instant and until the other."""
    rows = list(waiting)
    if not rows:
        return {}
    params = _params()
    columns = list(zip(*rows, strict=True))
    casts = ("bigint[]", "bigint[]", "timestamptz[]", "timestamptz[]")
    given = ", ".join(params.add(list(column), cast) for column, cast in zip(columns, casts, strict=True))
    statement = f"""
        SELECT one.number, min(e.occurred_at)
          FROM unnest({given}) AS one (number, contact_id, after, until)
          JOIN contacts_contact AS c ON c.id = one.contact_id
          LEFT JOIN contacts_company AS co ON co.id = c.company_id
          JOIN contacts_event AS e
            ON e.contact_id = one.contact_id AND e.occurred_at > one.after AND e.occurred_at <= one.until
         WHERE {compile.events.of_type(event.event, params)} AND {compile.events.event_filter(event.where, params)}
         GROUP BY one.number
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, params.at(max(until for *_rest, until in rows)))
        return dict(cursor.fetchall())


def _params() -> Params:
    known = catalogue.current()
    return Params(known.zone, known.currency, known.fiscal_start)
