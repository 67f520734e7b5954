"""What contacts agreed to hear. The history is written by the database itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection

from crmseg.access import audit
from crmseg.common import clock
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import InvalidInput, Problem

from .. import identity, payload, signals
from ..models import Consent, Contact
from ..payload import Answer

UPSERT = """
    INSERT INTO contacts_consent AS known (contact_id, channel, topic, status, method, text_shown, changed_at)
    SELECT contact.id, given.channel, given.topic, given.status, given.method, given.text_shown, %s
      FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
           AS given (contact_id, channel, topic, status, method, text_shown)
      JOIN contacts_contact contact ON contact.id = given.contact_id
     ORDER BY contact.id, given.channel, given.topic
    ON CONFLICT (contact_id, channel, topic) DO UPDATE
       SET status = excluded.status, method = excluded.method, text_shown = excluded.text_shown,
           changed_at = excluded.changed_at
     WHERE known.status <> excluded.status
        OR (excluded.method IS NOT NULL AND known.method IS DISTINCT FROM excluded.method)
        OR (excluded.text_shown IS NOT NULL AND known.text_shown IS DISTINCT FROM excluded.text_shown)
    RETURNING contact_id
"""


def set_consent(
    contact_ids: Iterable[int],
    *,
    channel: str,
    status: str,
    topic: str = "",
    method: str | None = None,
    text_shown: str | None = None,
    actor: Actor,
) -> int:
    """The same answer for many contacts, or for whom they were merged into; returns for how many it is news."""
    given = {"status": status, "topic": topic, "method": method, "text_shown": text_shown}
    draft, problems = payload.parse_contact({"consent": {channel: given}}, {})
    if problems:
        raise InvalidInput([Problem(p.pointer.removeprefix(f"/consent/{channel}"), p.message) for p in problems])
    with acting(actor):
        held = sorted(set(identity.hold_ids(contact_ids).values()))
        changed = record_answers([(contact_id, draft.consents) for contact_id in held])
        if changed:
            one = Contact.objects.get(pk=held[0]) if len(held) == 1 else Contact()
            said = {"consent": {"channel": channel, **given}, "contacts": len(changed)}
            audit.record_person(actor, "updated", one, said)
        signals.ring()
    return len(changed)


def record_answers(given: Sequence[tuple[int, Sequence[Answer]]]) -> set[int]:
    """In the caller's transaction; the last answer on a channel and topic counts. The contacts for whom it is news."""
    latest = {(contact_id, answer.channel, answer.topic): answer for contact_id, answers in given for answer in answers}
    if not latest:
        return set()
    rows = [
        (contact_id, channel, topic, answer.status, answer.method, answer.text_shown)
        for (contact_id, channel, topic), answer in latest.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [clock.now(), *map(list, zip(*rows, strict=True))])
        return {contact_id for (contact_id,) in cursor.fetchall()}


def would_answer(given: Sequence[tuple[int, Sequence[Answer]]]) -> set[int]:
    """The contacts for whom the status of some answer is news; nothing is written."""
    rows = Consent.objects.filter(contact__in=[contact_id for contact_id, _answers in given])
    known = {(row.contact_id, row.channel, row.topic): row.status for row in rows}
    return {
        contact_id
        for contact_id, answers in given
        for answer in answers
        if known.get((contact_id, answer.channel, answer.topic)) != answer.status
    }
