"""From what others call a person to the one contact that she is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from . import values
from .fields import CONTACT_FIELDS
from .payload import LARGEST_ID


@dataclass(frozen=True)
class Reference:
    """One of the three; the id counts before the external id, and that before the e-mail address."""

    id: int | None = None
    external_id: str | None = None
    email: str | None = None


RESOLVE = """
    SELECT asked.position, contact.id
      FROM unnest(%s::bigint[], %s::text[], %s::text[]) WITH ORDINALITY AS asked (id, external_id, email, position)
      JOIN contacts_contact contact ON {match}
"""
MATCHES = {
    "id": "contact.id = asked.id",
    "external_id": "contact.external_id = asked.external_id",
    "email": "lower(contact.email) = lower(asked.email)",
}


def read_reference(raw: object) -> Reference:
    """`{"id" | "external_id" | "email"}`; raises ValueError."""
    if isinstance(raw, Mapping) and raw and raw.keys() <= MATCHES.keys():
        given = {key: value for key, value in raw.items() if value is not None}
        id_ = given.get("id")
        if id_ is not None and not (isinstance(id_, int) and not isinstance(id_, bool) and 0 < id_ <= LARGEST_ID):
            raise ValueError(_("Expected the id of a contact."))
        texts: dict[str, Any] = {
            key: values.read(CONTACT_FIELDS[key], given.get(key)) for key in ("external_id", "email")
        }
        if id_ is not None or any(texts.values()):
            return Reference(id_, **texts)
    raise ValueError(_('Expected {"id": …}, {"external_id": …} or {"email": …}.'))


def resolve(references: Sequence[Reference], *, hold: bool = False) -> list[int | None]:
    """The contact of each reference, None where there is none.

    With `hold`, in the caller's transaction, none of them can be deleted before it ends.
    """
    unique = list(dict.fromkeys(references))
    found: dict[Reference, int] = {}
    for key, match in MATCHES.items():
        asked = [ref for ref in unique if _first_key(ref) == key]
        if asked:
            found |= _look_up(asked, match)
    if hold:
        alive = _hold(found.values())
        found = {ref: contact_id for ref, contact_id in found.items() if contact_id in alive}
    return [found.get(ref) for ref in references]


def _first_key(ref: Reference) -> str:
    return next(key for key in MATCHES if getattr(ref, key) is not None)


def _look_up(asked: Sequence[Reference], match: str) -> dict[Reference, int]:
    columns = [[getattr(ref, key) for ref in asked] for key in MATCHES]
    with connection.cursor() as cursor:
        cursor.execute(RESOLVE.format(match=match), columns)
        return {asked[position - 1]: contact_id for position, contact_id in cursor.fetchall()}


def _hold(contact_ids: Iterable[int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM contacts_contact WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [sorted(set(contact_ids))]
        )
        return {contact_id for (contact_id,) in cursor.fetchall()}
