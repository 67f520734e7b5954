"""From what others call a person to the one contact that she is.

Whoever was merged into another contact is still known by the names it had: a present name counts before a former one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from crmseg.common.ids import is_id

from . import values
from .fields import CONTACT_FIELDS


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
# The latest of the merges that gave a name away counts.
RESOLVE_FORMER = """
    SELECT DISTINCT ON (asked.position)
           asked.position, contact.id, CASE WHEN alias.of_merged THEN alias.merge_id END
      FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS asked (kind, value, position)
      JOIN contacts_alias alias ON alias.kind = asked.kind
       AND alias.value = CASE asked.kind WHEN 'email' THEN lower(asked.value) ELSE asked.value END
      JOIN contacts_contact contact ON contact.id = alias.contact_id
     ORDER BY asked.position, alias.id DESC
"""


@dataclass(frozen=True)
class Found:
    """`merge_id` is the merge that brought the name by which the contact was found; None for a name of its own."""

    contact_id: int
    merge_id: int | None = None


def read_reference(raw: object) -> Reference:
    """`{"id" | "external_id" | "email"}`; raises ValueError."""
    if isinstance(raw, Mapping) and raw and raw.keys() <= MATCHES.keys():
        given = {key: value for key, value in raw.items() if value is not None}
        id_ = given.get("id")
        if id_ is not None and not is_id(id_):
            raise ValueError(_("Expected the id of a contact."))
        texts: dict[str, Any] = {
            key: values.read(CONTACT_FIELDS[key], given.get(key)) for key in ("external_id", "email")
        }
        if id_ is not None or any(texts.values()):
            return Reference(id_, **texts)
    raise ValueError(_('Expected {"id": …}, {"external_id": …} or {"email": …}.'))


def resolve(references: Sequence[Reference]) -> list[int | None]:
    """The contact of each reference, None where there is none."""
    found = _find(references)
    return [found[ref].contact_id if ref in found else None for ref in references]


def hold(references: Sequence[Reference]) -> list[Found | None]:
    """The same in the caller's transaction: none of them can be deleted or merged before it ends.

    Who is merged, or parted again, between the look and the hold is looked up once more.
    """
    found: dict[Reference, Found] = {}
    waiting = set(references)
    while waiting:
        seen = _find(waiting)
        alive = _hold(one.contact_id for one in seen.values())
        # A merge may have been undone while we waited for it.
        lent = [ref for ref, one in seen.items() if one.merge_id]
        still = _find(lent) if lent else {}
        sure = {
            ref for ref, one in seen.items() if one.contact_id in alive and (not one.merge_id or still.get(ref) == one)
        }
        found |= {ref: seen[ref] for ref in sure}
        waiting = seen.keys() - sure
    return [found.get(ref) for ref in references]


def hold_ids(contact_ids: Iterable[int]) -> dict[int, int]:
    """Of the contacts that exist, or were merged into one that does: its id, held for the caller's transaction."""
    wanted = sorted(set(contact_ids))
    held = hold([Reference(id=contact_id) for contact_id in wanted])
    return {contact_id: one.contact_id for contact_id, one in zip(wanted, held, strict=True) if one}


def survivor_of(contact_id: int) -> int | None:
    """Whom a merged contact has become, as far as both are known."""
    former = former_names([("id", str(contact_id))])
    return former[0].contact_id if former else None


def former_names(names: Sequence[tuple[str, str]]) -> dict[int, Found]:
    """Who had these names (`("email", …)`) before a merge, by their places in `names`."""
    if not names:
        return {}
    kinds, asked = zip(*names, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(RESOLVE_FORMER, [list(kinds), list(asked)])
        return {position - 1: Found(contact_id, merge_id) for position, contact_id, merge_id in cursor.fetchall()}


def _find(references: Collection[Reference]) -> dict[Reference, Found]:
    unique = list(dict.fromkeys(references))
    found: dict[Reference, Found] = {}
    for key, match in MATCHES.items():
        asked = [ref for ref in unique if _first_key(ref) == key]
        if asked:
            found |= _look_up(asked, match)
    former = former_names([(key := _first_key(ref), str(getattr(ref, key))) for ref in unique])
    for place, one in former.items():
        if found.setdefault(unique[place], one).contact_id == one.contact_id:
            found[unique[place]] = one
    return found


def _first_key(ref: Reference) -> str:
    return next(key for key in MATCHES if getattr(ref, key) is not None)


def _look_up(asked: Sequence[Reference], match: str) -> dict[Reference, Found]:
    columns = [[getattr(ref, key) for ref in asked] for key in MATCHES]
    with connection.cursor() as cursor:
        cursor.execute(RESOLVE.format(match=match), columns)
        return {asked[position - 1]: Found(contact_id) for position, contact_id in cursor.fetchall()}


def _hold(contact_ids: Iterable[int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM contacts_contact WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [sorted(set(contact_ids))]
        )
        return {contact_id for (contact_id,) in cursor.fetchall()}
