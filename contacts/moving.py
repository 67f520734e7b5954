"""The rows of one contact given to another, set by set, and given back. Everything runs in the caller's transaction.

What is moved is remembered by its ids: events in a table of their own, because there may be very many of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from . import former
from .models import Consent
from .models.consent import ConsentStatus

Names = list[tuple[str, str, bool]]
"""Kind, value, and whether it was a name of the merged contact."""
HISTORIES = ("contacts_attributehistory", "contacts_consenthistory")
_EVENTS = """
    WITH moved AS (UPDATE contacts_event SET contact_id = %s WHERE contact_id = %s RETURNING id)
    INSERT INTO contacts_mergedevent (merge_id, event_id) SELECT %s, id FROM moved
"""
_EVENTS_BACK = """
    UPDATE contacts_event AS event SET contact_id = %s
     WHERE event.contact_id = %s
       AND event.id IN (SELECT event_id FROM contacts_mergedevent WHERE merge_id = %s)
"""
# No is no, whoever of the two said it; otherwise the latest answer counts.
_STRICTER = """
    UPDATE contacts_consent AS kept
       SET status = given.status, method = given.method, text_shown = given.text_shown, changed_at = given.changed_at
      FROM contacts_consent AS given
     WHERE kept.contact_id = %(survivor)s AND given.contact_id = %(merged)s
       AND (kept.channel, kept.topic) = (given.channel, given.topic)
       AND (given.status = 'unsubscribed', given.changed_at) > (kept.status = 'unsubscribed', kept.changed_at)
"""
_OTHERS = """
    INSERT INTO contacts_consent (contact_id, channel, topic, status, method, text_shown, changed_at)
    SELECT %(survivor)s, channel, topic, status, method, text_shown, changed_at
      FROM contacts_consent WHERE contact_id = %(merged)s
    ON CONFLICT (contact_id, channel, topic) DO NOTHING
"""
# What changes a history must make lists look again at what was changed when.
_TELL = """
    INSERT INTO contacts_contactchange (contact_id, keys, at)
    SELECT contact_id, array_agg(DISTINCT CASE key WHEN 'company' THEN 'company:*' ELSE 'attribute:' || key END),
           statement_timestamp()
      FROM contacts_attributehistory WHERE id = ANY(%s)
     GROUP BY contact_id
"""
_DUPLICATES = """
    WITH gone AS (DELETE FROM contacts_duplicate WHERE %(merged)s IN (first_id, second_id) RETURNING *),
         others AS (SELECT gone.*, CASE first_id WHEN %(merged)s THEN second_id ELSE first_id END AS other FROM gone)
    INSERT INTO contacts_duplicate (first_id, second_id, reasons, weight, found_at, dismissed_at, dismissed_by)
    SELECT least(other, %(survivor)s), greatest(other, %(survivor)s), reasons, weight, found_at,
           dismissed_at, dismissed_by
      FROM others WHERE other <> %(survivor)s
    ON CONFLICT (first_id, second_id) DO NOTHING
"""


def move_events(merge_id: int, merged_id: int, survivor_id: int) -> None:
    _run(_EVENTS, [survivor_id, merged_id, merge_id])


def return_events(merge_id: int, merged_id: int, survivor_id: int) -> None:
    """Those it had, and those that came since under a name of its own."""
    _run(_EVENTS_BACK, [merged_id, survivor_id, merge_id])
    _run("DELETE FROM contacts_mergedevent WHERE merge_id = %s", [merge_id])


def move_histories(merged_id: int, survivor_id: int) -> dict[str, list[int]]:
    moved = {}
    for table in HISTORIES:
        statement = f"UPDATE {table} SET contact_id = %s WHERE contact_id = %s RETURNING id"
        moved[table] = [pk for (pk,) in _rows(statement, [survivor_id, merged_id])]
    _run(_TELL, [moved[HISTORIES[0]]])
    return moved


def return_histories(moved: Mapping[str, Sequence[int]], merged_id: int, survivor_id: int) -> None:
    """In place of what putting the contact back has written itself."""
    _run(_TELL, [list(moved[HISTORIES[0]])])
    _forget_histories(merged_id)
    for table, ids in moved.items():
        statement = f"UPDATE {table} SET contact_id = %s WHERE contact_id = %s AND id = ANY(%s)"
        _run(statement, [merged_id, survivor_id, list(ids)])


def _forget_histories(contact_id: int) -> None:
    for table in HISTORIES:
        _run(f"DELETE FROM {table} WHERE contact_id = %s", [contact_id])


def consents(contact_id: int) -> list[dict[str, Any]]:
    """As rows of JSON, without their ids."""
    statement = """SELECT to_jsonb(consent) - 'id' - 'contact_id' FROM contacts_consent AS consent
                    WHERE contact_id = %s ORDER BY channel, topic"""
    return [former.read(row) for (row,) in _rows(statement, [contact_id])]


def join_consents(merged_id: int, survivor_id: int) -> None:
    who = {"survivor": survivor_id, "merged": merged_id}
    _run(_STRICTER, who)
    _run(_OTHERS, who)
    _run("DELETE FROM contacts_consent WHERE contact_id = %s", [merged_id])


def part_consents(
    merged_id: int, survivor_id: int, before: Mapping[str, list[dict[str, Any]]], after: list[dict[str, Any]]
) -> None:
    """Each as it was. What was answered since stays with the survivor, and a no counts for both."""
    was, given, now = map(_by_topic, (before["survivor"], after, consents(survivor_id)))
    answered = {place: now[place] for place in now if now[place] != given.get(place)}
    for (channel, topic), row in given.items():
        if now.get((channel, topic)) != row or was.get((channel, topic)) == row:
            continue
        found = Consent.objects.filter(contact_id=survivor_id, channel=channel, topic=topic)
        if (channel, topic) in was:
            found.update(**{key: was[channel, topic][key] for key in ("status", "method", "text_shown", "changed_at")})
        else:
            found.delete()
    refused = {place: row for place, row in answered.items() if row["status"] == ConsentStatus.UNSUBSCRIBED}
    for row in (_by_topic(before["merged"]) | refused).values():
        Consent.objects.create(contact_id=merged_id, **row)


def _by_topic(rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["channel"], row["topic"]): row for row in rows}


def move_aliases(merged_id: int, survivor_id: int) -> list[int]:
    """Whoever was merged into the merged contact is now the survivor."""
    statement = "UPDATE contacts_alias SET contact_id = %s WHERE contact_id = %s RETURNING id"
    return [pk for (pk,) in _rows(statement, [survivor_id, merged_id])]


def name_formerly(merge_id: int, survivor_id: int, names: Names) -> None:
    kinds, given, whose = map(list, zip(*names, strict=True))
    _run(
        """INSERT INTO contacts_alias (contact_id, kind, value, of_merged, merge_id)
           SELECT %s, kind, CASE kind WHEN 'email' THEN lower(value) ELSE value END, of_merged, %s
             FROM unnest(%s::text[], %s::text[], %s::boolean[]) AS name (kind, value, of_merged)""",
        [survivor_id, merge_id, kinds, given, whose],
    )


def return_aliases(merge_id: int, moved: Sequence[int], merged_id: int) -> None:
    _run("DELETE FROM contacts_alias WHERE merge_id = %s", [merge_id])
    _run("UPDATE contacts_alias SET contact_id = %s WHERE id = ANY(%s)", [merged_id, list(moved)])


def repoint_duplicates(merged_id: int, survivor_id: int) -> None:
    _run(_DUPLICATES, {"merged": merged_id, "survivor": survivor_id})


def remove(contact_id: int) -> None:
    """The contact, with what the end of its consents has just written."""
    _run("DELETE FROM contacts_contact WHERE id = %s", [contact_id])
    _forget_histories(contact_id)


def insert(row: Mapping[str, Any]) -> None:
    """A removed contact as it was, with its id; without its company, should that be gone."""
    _run(
        """INSERT INTO contacts_contact
           SELECT (jsonb_populate_record(NULL::contacts_contact, given.row || jsonb_build_object('company_id',
                       (SELECT id FROM contacts_company WHERE to_jsonb(id) = given.row -> 'company_id')))).*
             FROM (SELECT %s::jsonb AS row) AS given""",
        [former.text(row)],
    )


def names_taken(email: str | None, external_id: str | None) -> list[str]:
    """Which of these somebody has."""
    asked = [
        ("email", "SELECT FROM contacts_contact WHERE lower(email) = lower(%s)", email),
        ("external_id", "SELECT FROM contacts_contact WHERE external_id = %s", external_id),
    ]
    return [key for key, statement, name in asked if name and _rows(f"SELECT 1 WHERE EXISTS ({statement})", [name])]


def _run(statement: str, params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def _rows(statement: str, params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
