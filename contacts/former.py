"""What a write replaces, as rows of JSON that the database wrote and can read again, so that it can be put back.

Values go by column, those of custom attributes by `attributes.KEY`; null is unknown. A value is put back only where
the one that replaced it still stands: what somebody changed since is reported and stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection

from crmseg.common import json

from .models import Contact

CUSTOM = "attributes."
_STAMPS = {"id", "attributes", "created_at", "updated_at"}
COLUMNS = [str(field.column) for field in Contact._meta.concrete_fields if field.column not in _STAMPS]
Reason = Literal["changed", "taken", "missing"]

_NAMED = ", ".join(f'"{column}"' for column in COLUMNS)
_ASSIGN = f"""
    UPDATE contacts_contact AS contact
       SET ({_NAMED}) = (
               SELECT {", ".join(f'whole."{column}"' for column in COLUMNS)}
                 FROM jsonb_populate_record(contact, patch.columns) AS whole),
           attributes = (contact.attributes - patch.keys) || patch.custom,
           updated_at = statement_timestamp()
"""
# Coordinates mean something only together. An identity somebody else has now, or a company that is gone, cannot return.
_PUT_BACK = f"""
    WITH asked AS (
        SELECT * FROM unnest(%s::bigint[], %s::jsonb[], %s::jsonb[]) AS one (contact_id, before, after)
    ), parts AS (
        SELECT contact.id AS contact_id, part.key, part.value AS former,
               coalesce(asked.after -> part.key, 'null') AS given,
               coalesce(CASE WHEN part.key LIKE 'attributes.%%' THEN contact.attributes -> substr(part.key, 12)
                             ELSE to_jsonb(contact) -> part.key END, 'null') AS present,
               CASE WHEN part.key IN ('latitude', 'longitude') THEN 'location' ELSE part.key END AS fact
          FROM asked
          JOIN contacts_contact AS contact ON contact.id = asked.contact_id
         CROSS JOIN jsonb_each(asked.before) AS part
    ), verdicts AS MATERIALIZED (
        SELECT *, CASE
               WHEN NOT bool_and(given = present) OVER (PARTITION BY contact_id, fact) THEN 'changed'
               WHEN former = 'null' THEN ''
               WHEN key = 'email' AND EXISTS (
                    SELECT FROM contacts_contact AS other
                     WHERE lower(other.email) = lower(former #>> '{{}}') AND other.id <> contact_id) THEN 'taken'
               WHEN key = 'external_id' AND EXISTS (
                    SELECT FROM contacts_contact AS other
                     WHERE other.external_id = former #>> '{{}}' AND other.id <> contact_id) THEN 'taken'
               WHEN key = 'company_id' AND NOT EXISTS (
                    SELECT FROM contacts_company AS company WHERE to_jsonb(company.id) = former) THEN 'missing'
               ELSE '' END AS reason
          FROM parts
    ), patches AS (
        SELECT contact_id,
               coalesce(jsonb_object_agg(key, former) FILTER (WHERE key NOT LIKE 'attributes.%%'), '{{}}') AS columns,
               coalesce(array_agg(substr(key, 12)) FILTER (WHERE key LIKE 'attributes.%%'), '{{}}') AS keys,
               coalesce(jsonb_object_agg(substr(key, 12), former)
                        FILTER (WHERE key LIKE 'attributes.%%' AND former <> 'null'), '{{}}') AS custom
          FROM verdicts
         WHERE reason = ''
         GROUP BY contact_id
    ), written AS (
        {_ASSIGN} FROM patches AS patch WHERE contact.id = patch.contact_id
    )
    SELECT contact_id, key, reason, former, given, present FROM verdicts WHERE reason <> '' ORDER BY contact_id, key
"""


@dataclass(frozen=True)
class Kept:
    """A value that was not put back: somebody `changed` it since, another contact has `taken` it, or what it points to
    is `missing`."""

    contact_id: int
    key: str
    reason: Reason
    former: Any
    given: Any
    present: Any


def put_back(rows: Sequence[tuple[int, Mapping[str, Any], Mapping[str, Any]]]) -> list[Kept]:
    """In the caller's transaction, for locked contacts: `(contact, before, after)` → what could not be put back."""
    if not rows:
        return []
    ids, befores, afters = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_PUT_BACK, [list(ids), _texts(befores), _texts(afters)])
        return [Kept(pk, key, reason, *map(read, values)) for pk, key, reason, *values in cursor.fetchall()]


def assign(contact_id: int, changes: Mapping[str, Any]) -> None:
    """Give a contact these values and say that it was written now."""
    custom = {key.removeprefix(CUSTOM): value for key, value in changes.items() if key.startswith(CUSTOM)}
    columns = {key: value for key, value in changes.items() if not key.startswith(CUSTOM)}
    known = {key: value for key, value in custom.items() if value is not None}
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_ASSIGN} FROM (SELECT %s::jsonb AS columns, %s::text[] AS keys, %s::jsonb AS custom) AS patch"
            " WHERE contact.id = %s",
            [text(columns), list(custom), text(known), contact_id],
        )


def assign_many(rows: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Likewise to many, in one statement; all of them get values for the same keys."""
    if not rows:
        return
    custom = [key.removeprefix(CUSTOM) for key in rows[0][1] if key.startswith(CUSTOM)]
    columns = [{key: value for key, value in changes.items() if not key.startswith(CUSTOM)} for _pk, changes in rows]
    known = [
        {key: value for key in custom if (value := changes[f"{CUSTOM}{key}"]) is not None} for _pk, changes in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_ASSIGN} FROM (SELECT one.*, %s::text[] AS keys"
            " FROM unnest(%s::bigint[], %s::jsonb[], %s::jsonb[]) AS one (contact_id, columns, custom)) AS patch"
            " WHERE contact.id = patch.contact_id",
            [custom, [pk for pk, _changes in rows], _texts(columns), _texts(known)],
        )


def lock_rows(contact_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The whole rows of those that exist, locked in one order for everybody until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, to_jsonb(contact) FROM contacts_contact AS contact WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            [sorted(set(contact_ids))],
        )
        return {contact_id: read(row) for contact_id, row in cursor.fetchall()}


def lock_ids(contact_ids: Sequence[int]) -> list[int]:
    """Those that exist, likewise."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM contacts_contact WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [sorted(set(contact_ids))]
        )
        return [contact_id for (contact_id,) in cursor.fetchall()]


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row by column and `attributes.KEY`, without what only the database writes."""
    found = {column: row.get(column) for column in COLUMNS}
    return found | {f"{CUSTOM}{key}": value for key, value in row["attributes"].items()}


def _texts(values: Sequence[Any]) -> list[str]:
    return [text(value) for value in values]


def text(value: Any) -> str:
    return json.dumps(value).decode()


def read(stored: Any) -> Any:
    return json.loads(stored.encode()) if isinstance(stored, str) else stored
