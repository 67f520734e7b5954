"""Whom a campaign reaches, and why it does not reach the others.

One rule, in one piece of SQL, says for every person in the lists what becomes of them; the estimate, the freeze at the
start and the last look before each delivery all use it, so that they cannot disagree.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from .models import Campaign

# The words for an outcome, in the order of the waterfall. "queued" is whoever gets the message.
SKIPPED = {
    "excluded": _("In an excluded list"),
    "no_address": _("No e-mail address"),
    "no_consent": _("Not subscribed"),
    "suppressed": _("Address suppressed"),
    "duplicate_address": _("Same address as another contact"),
}
SKIPPED_LATER = {
    "deleted": _("Deleted after the start"),
    "cancelled": _("Campaign cancelled before their turn"),
}
REASONS = SKIPPED | SKIPPED_LATER

_JUDGED = """
    judged AS MATERIALIZED (
        SELECT contact_id, address,
               CASE
                   WHEN outcome IS NOT NULL THEN outcome
                   WHEN row_number() OVER (PARTITION BY outcome, lower(address) ORDER BY contact_id) > 1
                   THEN 'duplicate_address'
                   ELSE 'queued'
               END AS outcome
          FROM (
            SELECT contact.id AS contact_id,
                   btrim(COALESCE(contact.email, '')) AS address,
                   CASE
                       WHEN EXISTS (
                           SELECT FROM segments_membership AS outside
                            WHERE outside.contact_id = contact.id AND outside.segment_id = ANY(%(exclude)s)
                       ) THEN 'excluded'
                       WHEN btrim(COALESCE(contact.email, '')) = '' THEN 'no_address'
                       WHEN whole.status IS DISTINCT FROM 'subscribed'
                         OR COALESCE(NULLIF(topic.status, 'never'), declared."default") = 'unsubscribed'
                       THEN 'no_consent'
                       WHEN EXISTS (
                           SELECT FROM campaigns_suppression AS suppressed
                            WHERE suppressed.channel = %(channel)s
                              AND lower(suppressed.address) = lower(btrim(contact.email))
                       ) THEN 'suppressed'
                   END AS outcome
              FROM ({people}) AS person
              JOIN contacts_contact AS contact ON contact.id = person.contact_id
              LEFT JOIN contacts_consent AS whole
                     ON whole.contact_id = contact.id AND whole.channel = %(channel)s AND whole.topic = ''
              LEFT JOIN contacts_consent AS topic
                     ON topic.contact_id = contact.id AND topic.channel = %(channel)s
                    AND topic.topic = %(topic)s AND topic.topic <> ''
              LEFT JOIN contacts_consenttopic AS declared ON declared.key = %(topic)s
          ) AS person
    )
"""
_IN_LISTS = "SELECT DISTINCT contact_id FROM segments_membership WHERE segment_id = ANY(%(include)s)"
_GIVEN = "SELECT unnest(%(people)s::bigint[]) AS contact_id"

_TALLY = "SELECT outcome, count(*) FROM judged GROUP BY outcome"

# One statement is one snapshot: the rows, the counts and the versions of the lists belong together.
_FREEZE = f"""
    WITH {_JUDGED.format(people=_IN_LISTS)},
    inserted AS (
        INSERT INTO campaigns_send
               (campaign_id, contact_id, address, state, reason, attempts, message_id, event_due)
        SELECT %(campaign)s, contact_id, address,
               CASE outcome WHEN 'queued' THEN 'queued' ELSE 'skipped' END,
               CASE outcome WHEN 'queued' THEN '' ELSE outcome END,
               0, '', false
          FROM judged
         ORDER BY contact_id
    )
    SELECT (SELECT jsonb_object_agg(outcome, people)
              FROM (SELECT outcome, count(*) AS people FROM judged GROUP BY outcome) AS tally),
           (SELECT jsonb_object_agg(id, live_version) FROM segments_segment WHERE id = ANY(%(lists)s))
"""


def waterfall(campaign: Campaign) -> dict[str, int]:
    """What a start would find now. Nothing is written."""
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {_JUDGED.format(people=_IN_LISTS)} {_TALLY}", _parameters(campaign))
        return _with_total(dict(cursor.fetchall()))


def freeze(campaign: Campaign) -> tuple[dict[str, int], dict[str, int]]:
    """Write one row for everyone in the lists; return the waterfall and the versions of the lists it used."""
    with connection.cursor() as cursor:
        cursor.execute(_FREEZE, _parameters(campaign) | {"campaign": campaign.pk})
        tally, versions = cursor.fetchone()
    return _with_total(_read(tally)), _read(versions)


def refusals(campaign: Campaign, contact_ids: Sequence[int]) -> dict[int, str]:
    """Who of these must no longer be written to, and why. A list left since the start is no reason: it was frozen."""
    parameters = _parameters(campaign) | {"people": list(contact_ids), "exclude": []}
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {_JUDGED.format(people=_GIVEN)} SELECT contact_id, outcome FROM judged", parameters)
        outcomes = dict(cursor.fetchall())
    found = {pk: outcomes.get(pk, "deleted") for pk in contact_ids}
    return {pk: outcome for pk, outcome in found.items() if outcome != "queued"}


def _parameters(campaign: Campaign) -> dict[str, Any]:
    include, exclude = campaign.include, campaign.exclude
    return {
        "include": include,
        "exclude": exclude,
        "lists": [*include, *exclude],
        "channel": campaign.channel,
        "topic": campaign.topic,
    }


def _read(counted: Any) -> dict[str, int]:
    """An aggregate over jsonb, which is a text where the driver was told not to decode it, and NULL over nothing."""
    return dict(json.loads(counted) if isinstance(counted, str) else counted or {})


def _with_total(tally: dict[str, int]) -> dict[str, int]:
    steps = {outcome: tally.get(outcome, 0) for outcome in (*SKIPPED, "queued")}
    return {"in_lists": sum(steps.values())} | steps
