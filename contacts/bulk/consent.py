"""The same answer recorded for many contacts, with the reason why it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import connection
from django.utils.translation import gettext as _

from crmseg.common.actor import acting
from crmseg.common.problems import InvalidInput, Problem
from crmseg.jobs.models import Job
from crmseg.jobs.step import Step

from .. import former, payload, signals
from ..models import BulkTouch
from ..payload import Answer
from ..services.consents import record_answers
from . import touches

_PRESENT = """
    SELECT contact_id, to_jsonb(known) - 'id' - 'contact_id'
      FROM contacts_consent AS known
     WHERE contact_id = ANY(%s) AND channel = %s AND topic = %s
"""
# An answer returns where the one that replaced it is the last.
_BACK = """
    WITH touched AS (
        SELECT touch.contact_id, touch.before, consent.id AS consent_id,
               to_jsonb(consent) - 'id' - 'contact_id' IS NOT DISTINCT FROM touch.after AS same
          FROM contacts_bulktouch AS touch
          LEFT JOIN contacts_consent AS consent
            ON consent.contact_id = touch.contact_id AND consent.channel = %(channel)s AND consent.topic = %(topic)s
         WHERE touch.job_id = %(job)s AND touch.contact_id = ANY(%(ids)s)
    ), returned AS (
        UPDATE contacts_consent AS consent
           SET status = was.status, method = was.method, text_shown = was.text_shown, changed_at = was.changed_at
          FROM touched, jsonb_populate_record(NULL::contacts_consent, touched.before) AS was
         WHERE consent.id = touched.consent_id AND touched.same AND touched.before IS NOT NULL
    ), withdrawn AS (
        DELETE FROM contacts_consent AS consent USING touched
         WHERE consent.id = touched.consent_id AND touched.same AND touched.before IS NULL
    )
    SELECT contact_id FROM touched WHERE NOT same
"""


def read(channel: str, topic: str, status: str, reason: str) -> Answer:
    """InvalidInput says at `/channel`, `/topic`, `/status` or `/reason` what is wrong."""
    given = {"status": status, "topic": topic, "method": reason}
    draft, problems = payload.parse_contact({"consent": {channel: given}}, {})
    start = f"/consent/{channel}"
    found = [Problem(one.pointer.removeprefix(start) or "/channel", one.message) for one in problems]
    found = [Problem("/reason", one.message) if one.pointer == "/method" else one for one in found]
    if not reason.strip():
        found.append(Problem("/reason", _("Say why: it is the proof that these answers are true.")))
    if found:
        raise InvalidInput(found)
    return draft.consents[0]


def run(job: Job, step: Step) -> None:
    answer = read(*(job.params[name] for name in ("channel", "topic", "status", "reason")))
    for part in step.parts():
        with acting(step.actor):
            ids = former.lock_ids(part.ids)
            before = _present(ids, answer)
            new = record_answers([(pk, [answer]) for pk in ids])
            after = _present(sorted(new), answer)
            touches.note(job.pk, ((pk, before.get(pk), after[pk]) for pk in sorted(new)))
            signals.ring()
            step.advance(
                job.done + len(part.ids),
                cursor=part.number + 1,
                changed=len(new),
                unchanged=len(ids) - len(new),
                gone=len(part.ids) - len(ids),
            )


def _present(ids: Sequence[int], answer: Answer) -> dict[int, object]:
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, [list(ids), answer.channel, answer.topic])
        return {pk: former.read(row) for pk, row in cursor.fetchall()}


def undo(job: Job, step: Step) -> None:
    touches.walk_back(job, step, _back)


def _back(job: Job, rows: Sequence[BulkTouch], step: Step) -> Mapping[int, str]:
    ids = [row.contact_id for row in rows]
    given = {"job": job.pk, "ids": ids, "channel": job.params["channel"], "topic": job.params["topic"].strip()}
    with connection.cursor() as cursor:
        cursor.execute(_BACK, given)
        return {pk: "changed" for (pk,) in cursor.fetchall()}
