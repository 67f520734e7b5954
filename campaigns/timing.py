"""When a message may go out: at the reader's own time of day, and not during the quiet hours of her clock.

The clock is that of the contact's time zone, else the account's. “At each person's local time”: everyone gets the
message when her clock shows what the account's clock showed at the start, on that occasion or, where it has passed, a
day later. During quiet hours nobody is written to: the message waits for their end. Both are worked out at the start,
and the quiet hours once more before each delivery, because pauses and retries move messages.
Messages to a service (webhook) know no quiet hours: nobody is woken by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection

from crmseg.access import account
from crmseg.common import clock

from . import policy
from .models import Campaign, SendingPolicy
from .ways import WEBHOOK
from .whom import Compiler


def matters(campaign: Campaign) -> bool:
    """Whether anybody's message may have to wait for its hour."""
    return campaign.in_local_time or _is_quiet_sometimes(campaign, policy.current())


def table(campaign: Campaign, now: datetime, sql: Compiler) -> str:
    """`, moments AS (…)`: the instant before which nothing goes out, by time zone of those who are `judged`.

    Worked out once for each zone, NULL where it may go at once; nothing where it does not matter.
    """
    if not matters(campaign):
        return ""
    zone = f"crmseg_zone(NULLIF(zones.time_zone, ''), {sql.add(account.current().time_zone, 'text')})"
    at = sql.add(now, "timestamptz")
    return f"""
        , moments AS MATERIALIZED (
            SELECT planned.time_zone, NULLIF({_after_quiet(campaign, "planned.at", "planned.zone", sql)}, {at}) AS at
              FROM (SELECT zoned.time_zone, zoned.zone, {_local(campaign, now, sql)} AS at
                      FROM (SELECT zones.time_zone, {zone} AS zone
                              FROM (SELECT DISTINCT COALESCE(time_zone, '') AS time_zone FROM judged) AS zones
                           ) AS zoned
                   ) AS planned
        )
    """


def not_now(campaign: Campaign, contact_ids: Sequence[int]) -> dict[int, datetime]:
    """Those of these contacts for whom quiet hours are now, and the instant at which theirs end."""
    if not contact_ids or not _is_quiet_sometimes(campaign, policy.current()):
        return {}
    sql, now = Compiler(), clock.now()
    at = sql.add(now, "timestamptz")
    zone = f"crmseg_zone(contact.time_zone, {sql.add(account.current().time_zone, 'text')})"
    statement = f"""
        SELECT id, until FROM (
            SELECT zoned.id, {_after_quiet(campaign, at, "zoned.zone", sql)} AS until
              FROM (SELECT contact.id, {zone} AS zone FROM contacts_contact AS contact
                     WHERE contact.id = ANY({sql.ids(contact_ids)})) AS zoned
        ) AS waiting
         WHERE until > {at}
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, {})
        return dict(cursor.fetchall())


def _is_quiet_sometimes(campaign: Campaign, rules: SendingPolicy) -> bool:
    return rules.quiet_from is not None and rules.quiet_until is not None and campaign.channel != WEBHOOK


def _local(campaign: Campaign, now: datetime, sql: Compiler) -> str:
    """The next instant at which the clock of `zoned.zone` shows what the account's shows at `now`."""
    at = sql.add(now, "timestamptz")
    if not campaign.in_local_time:
        return at
    shown = sql.add(now.astimezone(ZoneInfo(account.current().time_zone)).time(), "time")
    today = f"(({at} AT TIME ZONE zoned.zone)::date + {shown})"
    here = f"crmseg_instant({today}, zoned.zone)"
    return f"CASE WHEN {here} >= {at} THEN {here} ELSE crmseg_instant({today} + interval '1 day', zoned.zone) END"


def _after_quiet(campaign: Campaign, at: str, zone: str, sql: Compiler) -> str:
    """`at`, or the end of the quiet hours that it lies in."""
    rules = policy.current()
    if not _is_quiet_sometimes(campaign, rules):
        return at
    begin, end = sql.add(rules.quiet_from, "time"), sql.add(rules.quiet_until, "time")
    local = f"({at} AT TIME ZONE {zone})"
    today = f"crmseg_instant({local}::date + {end}, {zone})"
    if rules.quiet_from < rules.quiet_until:  # type: ignore[operator]
        return f"CASE WHEN {local}::time >= {begin} AND {local}::time < {end} THEN {today} ELSE {at} END"
    tomorrow = f"crmseg_instant({local}::date + 1 + {end}, {zone})"
    return f"CASE WHEN {local}::time >= {begin} THEN {tomorrow} WHEN {local}::time < {end} THEN {today} ELSE {at} END"
