"""Whom a campaign reaches now, and the rows that are written for them at the start, each in one statement.

One statement is one snapshot: the people, their outcomes, the counts and the versions of the lists belong together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count

from crmseg.common import clock
from crmseg.common.problems import InvalidInput
from segments.models import Segment

from .. import timing
from ..experiments import split
from ..models import Campaign, Send
from ..whom import Compiler, lists_in
from .judge import Judgement
from .outcomes import SKIPPED, with_total

_TALLY = "SELECT outcome, count(*) FROM judged GROUP BY outcome"
_INSERT = """
    INSERT INTO campaigns_send
           (campaign_id, contact_id, channel, address, state, reason, next_attempt_at, attempts, message_id, event_due,
            arm_id, occasion)
    SELECT {campaign}, judged.contact_id, judged.channel, judged.address,
           CASE judged.outcome WHEN 'queued' THEN {queued} ELSE 'skipped' END,
           CASE judged.outcome WHEN 'queued' THEN '' ELSE judged.outcome END,
           CASE judged.outcome WHEN 'queued' THEN {moment} WHEN 'held_out' THEN {moment_held_out} END, 0, '', false,
           CASE judged.outcome WHEN 'queued' THEN {arm} END, {occasion}
      FROM judged {joined}
     ORDER BY judged.contact_id
"""
# Who was skipped when she first entered is judged anew when she enters again; whoever has a message gets no other.
_AGAIN = """
    ON CONFLICT (campaign_id, contact_id, occasion) DO UPDATE
       SET channel = excluded.channel, address = excluded.address, state = excluded.state, reason = excluded.reason,
           next_attempt_at = excluded.next_attempt_at
     WHERE campaigns_send.state = 'skipped' AND excluded.reason <> campaigns_send.reason
"""


def waterfall(campaign: Campaign) -> dict[str, int]:
    """What a start would find now. Nothing is written."""
    asked = Judgement(campaign, campaign.scheduled_at or clock.now())
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {asked.of_lists()} {_TALLY}", asked.parameters())
        return with_total(dict(cursor.fetchall()))


def reached(campaign: Campaign, at: datetime) -> tuple[str, dict[str, Any]]:
    """A query for the contact ids of those whom a start at that instant would write to, and its parameters."""
    asked = Judgement(campaign, at)
    sql = f"WITH {asked.of_lists()} SELECT contact_id FROM judged WHERE outcome = 'queued'"
    return sql, asked.parameters()


def people_at(campaign: Campaign, outcome: str, *, after: int = 0, limit: int = 50) -> list[tuple[int, str, str]]:
    """Of a draft: contact, address and outcome of those whom a start would find there now (everyone where it is empty),
    from the first contact after `after` on."""
    asked = Judgement(campaign, campaign.scheduled_at or clock.now())
    where = f"WHERE contact_id > {asked.sql.add(after, 'bigint')}"
    where += f" AND outcome = {asked.sql.add(outcome, 'text')}" if outcome else ""
    statement = f"""
        WITH {asked.of_lists()}
        SELECT contact_id, address, outcome FROM judged {where} ORDER BY contact_id LIMIT {limit:d}
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, asked.parameters())
        return list(cursor.fetchall())


def some_of(campaign: Campaign, limit: int) -> list[int]:
    """Some of those whom the lists name, whatever becomes of them; nobody where a definition can no longer be read."""
    sql = Compiler()
    try:
        people = sql.named(campaign.include)
    except InvalidInput:
        return []
    with connection.cursor() as cursor:
        statement = f"SELECT contact_id FROM ({people}) AS named LIMIT {limit:d}"
        cursor.execute(statement, sql.at(clock.now()))
        return sorted(pk for (pk,) in cursor.fetchall())


def freeze(campaign: Campaign) -> tuple[dict[str, int], dict[str, int]]:
    """Write one row for everyone in the lists; return the waterfall and the versions of the lists it used."""
    now = clock.now()
    asked = Judgement(campaign, now)
    lists = asked.sql.ids(lists_in([*campaign.include, *campaign.exclude]))
    statement = f"""
        WITH {asked.of_lists()} {timing.table(campaign, now, asked.sql)},
        inserted AS ({_insert(campaign, now, asked, split.drawn(campaign, "judged.contact_id", asked.sql))})
        SELECT (SELECT jsonb_object_agg(outcome, people)
                  FROM (SELECT outcome, count(*) AS people FROM judged GROUP BY outcome) AS tally),
               (SELECT jsonb_object_agg(id, live_version) FROM segments_segment WHERE id = ANY({lists}))
    """
    # What two starts at the same moment would each find of the other is found by the last look before each delivery.
    with connection.cursor() as cursor:
        # Room for what a million people take; it lasts as long as the transaction.
        cursor.execute("SELECT set_config('work_mem', '128MB', true)")
        cursor.execute(statement, asked.parameters())
        tally, versions = cursor.fetchone()
    return with_total(_read(tally)), _read(versions)


def add(campaign: Campaign, contact_ids: Sequence[int]) -> int:
    """Judge those who entered an ongoing campaign just now, and write their rows. How many get the message."""
    now = clock.now()
    asked = Judgement(campaign, now)
    statement = f"""
        WITH {asked.of_entered(contact_ids)} {timing.table(campaign, now, asked.sql)},
        inserted AS ({_insert(campaign, now, asked)} {_AGAIN} RETURNING state)
        SELECT count(*) FROM inserted WHERE state = 'queued'
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, asked.parameters())
        added: int = cursor.fetchone()[0]
    split.assign(campaign)
    return added


def ask(campaign: Campaign, occasions: Mapping[int, int]) -> dict[int, str]:
    """Judge those to whom an automation writes, by contact the occasion on which, and write their rows. What became of
    each: "queued", or why not; nothing of who is deleted. An occasion that has its row already gets no other."""
    now, contact_ids = clock.now(), sorted(occasions)
    asked = Judgement(campaign, now)
    numbers = asked.sql.ids([occasions[pk] for pk in contact_ids])
    people = f"unnest({asked.sql.ids(contact_ids)}, {numbers}) AS one (contact_id, occasion)"
    occasion = f"(SELECT one.occasion FROM {people} WHERE one.contact_id = judged.contact_id)"
    statement = f"""
        WITH {asked.of_entered(contact_ids)} {timing.table(campaign, now, asked.sql)},
        inserted AS ({_insert(campaign, now, asked, occasion=occasion)} ON CONFLICT DO NOTHING)
        SELECT contact_id, outcome FROM judged
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, asked.parameters())
        outcomes: dict[int, str] = dict(cursor.fetchall())
    split.assign(campaign)
    return outcomes


def versions_of(campaign: Campaign) -> dict[str, int]:
    """The versions that the lists of a campaign follow now, also those that its definitions ask."""
    lists = lists_in([*campaign.include, *campaign.exclude])
    found = Segment.objects.filter(pk__in=lists).values_list("pk", "live_version")
    return {str(pk): version for pk, version in found}


def so_far(campaign: Campaign) -> dict[str, int]:
    """The waterfall: of a draft as a start would find it now, otherwise as it was, or for an ongoing one has become."""
    if campaign.state == Campaign.State.DRAFT:
        return waterfall(campaign)
    if campaign.kind == Campaign.Kind.ONCE:
        return dict(campaign.waterfall)
    rows = Send.objects.filter(campaign=campaign).order_by()
    skipped = dict(rows.filter(state=Send.State.SKIPPED).values_list("reason").annotate(people=Count("pk")))
    settled = {reason: people for reason, people in skipped.items() if reason in SKIPPED}
    everyone = rows.count()
    return with_total(settled | {"queued": everyone - sum(settled.values())})


def refusals(campaign: Campaign, contact_ids: Sequence[int]) -> dict[int, str]:
    """Who of these must no longer be written to, and why. A list left since the start is no reason: it was frozen."""
    asked = Judgement(campaign, clock.now())
    statement = f"WITH {asked.once_more(contact_ids)} SELECT contact_id, outcome FROM judged"
    with connection.cursor() as cursor:
        cursor.execute(statement, asked.parameters())
        outcomes = dict(cursor.fetchall())
    found = {pk: outcomes.get(pk, "deleted") for pk in contact_ids}
    return {pk: outcome for pk, outcome in found.items() if outcome != "queued"}


def _insert(campaign: Campaign, now: datetime, asked: Judgement, drawn: str = "", occasion: str = "0") -> str:
    """`drawn` joins the arms of a test; `occasion` is SQL."""
    moment = "moments.at" if timing.matters(campaign) else "NULL::timestamptz"
    joined = "JOIN moments ON moments.time_zone = COALESCE(judged.time_zone, '')" if timing.matters(campaign) else ""
    # Conversions of those held out count from when they would have been written to.
    at_once = asked.sql.add(now, "timestamptz")
    delayed = f"COALESCE({moment}, {at_once}) + make_interval(mins => part.minutes)"
    return _INSERT.format(
        campaign=asked.sql.add(campaign.pk, "bigint"),
        occasion=occasion,
        queued="CASE WHEN part.arm_id IS NULL THEN 'waiting' ELSE 'queued' END" if drawn else "'queued'",
        moment=f"CASE WHEN part.minutes > 0 THEN {delayed} ELSE {moment} END" if drawn else moment,
        moment_held_out=f"COALESCE({moment}, {at_once})",
        arm="part.arm_id" if drawn else "NULL::bigint",
        joined=f"{joined} {drawn}",
    )


def _read(counted: Any) -> dict[str, int]:
    """An aggregate over jsonb, which is a text where the driver was told not to decode it, and NULL over nothing."""
    return dict(json.loads(counted) if isinstance(counted, str) else counted or {})
