"""What an import does to each contact, noted in the transaction that does it, so that all of it can be undone.

Of several chunks about one contact, the earliest `before` and the latest `after` count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from . import former

_MADE = """
    INSERT INTO contacts_importtouch (contact_import_id, contact_id, made, stamp)
    SELECT %s, id, true, updated_at FROM contacts_contact WHERE id = ANY(%s)
    ON CONFLICT (contact_import_id, contact_id) DO UPDATE SET made = true, stamp = excluded.stamp
"""
_CHANGED = """
    INSERT INTO contacts_importtouch AS known (contact_import_id, contact_id, before, after)
    SELECT %s, * FROM unnest(%s::bigint[], %s::jsonb[], %s::jsonb[])
    ON CONFLICT (contact_import_id, contact_id) DO UPDATE
       SET before = excluded.before || known.before, after = known.after || excluded.after
"""
_RESTAMP = """
    UPDATE contacts_importtouch AS touch SET stamp = contact.updated_at
      FROM contacts_contact AS contact
     WHERE touch.contact_import_id = %s AND touch.contact_id = ANY(%s) AND touch.made
       AND contact.id = touch.contact_id
"""
_LISTED = """
    INSERT INTO contacts_importtouch (contact_import_id, contact_id, listed)
    SELECT %s, contact_id, true FROM unnest(%s::bigint[]) AS contact_id
    ON CONFLICT (contact_import_id, contact_id) DO UPDATE SET listed = true
"""
_ASKED = """
    INSERT INTO contacts_importanswer (contact_import_id, contact_id, channel, topic, before)
    SELECT DISTINCT ON (given.contact_id, given.channel, given.topic)
           %s::bigint, given.contact_id, given.channel, given.topic, to_jsonb(known) - 'id' - 'contact_id'
      FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS given (contact_id, channel, topic)
      LEFT JOIN contacts_consent AS known
        ON (known.contact_id, known.channel, known.topic) = (given.contact_id, given.channel, given.topic)
    ON CONFLICT (contact_import_id, contact_id, channel, topic) DO NOTHING
"""
_ANSWERED = """
    UPDATE contacts_importanswer AS answer SET after = to_jsonb(known) - 'id' - 'contact_id'
      FROM contacts_consent AS known
     WHERE answer.contact_import_id = %s AND answer.contact_id = ANY(%s)
       AND (known.contact_id, known.channel, known.topic) = (answer.contact_id, answer.channel, answer.topic)
"""
_NO_NEWS = """
    DELETE FROM contacts_importanswer
     WHERE contact_import_id = %s AND contact_id = ANY(%s) AND before IS NOT DISTINCT FROM after
"""
_BY_ANSWERS = """
    INSERT INTO contacts_importtouch (contact_import_id, contact_id)
    SELECT DISTINCT contact_import_id, contact_id FROM contacts_importanswer
     WHERE contact_import_id = %s AND contact_id = ANY(%s)
    ON CONFLICT (contact_import_id, contact_id) DO NOTHING
"""


def note_made(import_id: int, contact_ids: Collection[int]) -> None:
    _run(_MADE, [import_id, list(contact_ids)])


def note_changes(import_id: int, rows: Iterable[tuple[int, Mapping[str, Any], Mapping[str, Any]]]) -> None:
    """Contact, and its columns before and after."""
    ids, befores, afters = [], [], []
    for contact_id, before, after in rows:
        old, new = _flat(before), _flat(after)
        changed = [key for key in old.keys() | new.keys() if old.get(key) != new.get(key)]
        ids.append(contact_id)
        befores.append(former.text({key: old.get(key) for key in changed}))
        afters.append(former.text({key: new.get(key) for key in changed}))
    _run(_CHANGED, [import_id, ids, befores, afters])


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in row.items() if key != "attributes"}
    return found | {f"{former.CUSTOM}{key}": value for key, value in row["attributes"].items()}


def note_written(import_id: int, contact_ids: Collection[int]) -> None:
    """After that: whoever the import itself has made is not changed by anybody else."""
    _run(_RESTAMP, [import_id, list(contact_ids)])


def note_listed(import_id: int, contact_ids: Collection[int]) -> None:
    _run(_LISTED, [import_id, list(contact_ids)])


def note_asked(import_id: int, places: Sequence[tuple[int, str, str]]) -> None:
    """Before consents are recorded: contact, channel and topic of each."""
    if places:
        _run(_ASKED, [import_id, *map(list, zip(*places, strict=True))])


def note_answered(import_id: int, contact_ids: Collection[int]) -> None:
    """After that; an answer that was there already is no news."""
    for statement in (_ANSWERED, _NO_NEWS, _BY_ANSWERS):
        _run(statement, [import_id, list(contact_ids)])


def _run(statement: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
