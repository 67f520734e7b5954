"""The values that are worked out of contacts, read for many at once in one statement."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from crmseg.common import prepared

from . import computed, values
from .computed import Computed

_OF_CONTACT = re.compile(r"(?<![\w.])c\.")
_READ = "SELECT c.id, {values} FROM contacts_contact AS c WHERE c.id = ANY(%(ids)s::bigint[])"


def read(contact_ids: Sequence[int], keys: Collection[str] | None = None) -> dict[int, dict[str, Any]]:
    """By contact and key, None where unknown; `keys` only, or everything there is."""
    known = computed.fields()
    asked = [field for key, field in known.items() if keys is None or key in keys]
    if not asked or not contact_ids:
        return {pk: {} for pk in contact_ids}
    with connection.cursor() as cursor:
        statement = _READ.format(values=", ".join(_sql(field) for field in asked))
        cursor.execute(*prepared.call(cursor, statement, {"ids": list(contact_ids)}))
        return {pk: dict(zip([field.key for field in asked], found, strict=True)) for pk, *found in cursor.fetchall()}


def out(contact_ids: Sequence[int]) -> Mapping[int, dict[str, Any]]:
    """As the API and files say them."""
    return {pk: {key: values.dump(value) for key, value in found.items()} for pk, found in read(contact_ids).items()}


def of_page(contact_ids: Sequence[int]) -> Mapping[int, dict[str, Any]]:
    """For the columns of one page of a table, however many of them it shows."""
    return read(contact_ids)


def expression(field: Computed) -> RawSQL:
    """For the order of contacts. Whatever it says of the contact `c`, it says of the row of the query."""
    return RawSQL(_OF_CONTACT.sub('"contacts_contact".', _sql(field)), ())


def _sql(field: Computed) -> str:
    return field.sql.replace("%", "%%")
