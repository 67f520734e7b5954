"""What a contact does to the lists of its colleagues: whoever shares its company is looked at again.

Colleagues are not evaluated in the transaction that moves the contact, where they are not locked. They go into the
change log instead, in that same transaction, under keys of their own, which spread no further.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from contacts import signals

from ..definition import depends
from .live import COLLEAGUE, QUIET

LEFT_COMPANY = "left-company:"
_WHOLLY = {depends.EVERYTHING, depends.ANY_COMPANY}
# A company whose contacts moved is gone through once, however many did. A contact that moved alone is no colleague of
# its own.
_TELL = """
    INSERT INTO contacts_contactchange (contact_id, keys, at)
    SELECT other.id, array_agg(DISTINCT told.key) || %(also)s::text[], %(now)s
      FROM (
        SELECT company_id, key, min(mover) AS first, max(mover) AS last
          FROM (
            SELECT contact.company_id, moved.key, contact.id AS mover
              FROM unnest(%(contacts)s::bigint[], %(keys)s::text[]) AS moved (contact_id, key)
              JOIN contacts_contact AS contact ON contact.id = moved.contact_id
             WHERE contact.company_id IS NOT NULL
            UNION ALL
            SELECT company_id, key, NULL
              FROM unnest(%(companies)s::bigint[]) AS company_id, unnest(%(every)s::text[]) AS key
          ) AS each
         GROUP BY company_id, key
      ) AS told
      JOIN contacts_contact AS other ON other.company_id = told.company_id
     WHERE NOT (told.first IS NOT NULL AND told.first = told.last AND told.first = other.id)
     GROUP BY other.id
"""


def tell(moved: Mapping[int, Collection[str]], reads: Collection[str], now: datetime) -> None:
    """Put the colleagues of `moved` into the change log, for those of `reads` that are about what moved."""
    if not reads:
        return
    for also in ([], [QUIET]):
        found = {pk: keys for pk, keys in moved.items() if (QUIET in keys) == (also == [QUIET])}
        if found:
            _tell(found, reads, also, now)


def _tell(moved: Mapping[int, Collection[str]], reads: Collection[str], also: list[str], now: datetime) -> None:
    contacts: list[int] = []
    keys: list[str] = []
    companies = set()
    for pk, own in moved.items():
        told = reads if not _WHOLLY.isdisjoint(own) else [key for key in reads if key[len(COLLEAGUE) :] in own]
        contacts += [pk] * len(told)
        keys += told
        companies |= {int(key[len(LEFT_COMPANY) :]) for key in own if key.startswith(LEFT_COMPANY)}
    if not keys and not companies:
        return
    given: dict[str, Any] = {"contacts": contacts, "keys": keys, "companies": sorted(companies), "every": sorted(reads)}
    with connection.cursor() as cursor:
        cursor.execute(_TELL, given | {"also": also, "now": now})
        if cursor.rowcount:
            signals.ring()
