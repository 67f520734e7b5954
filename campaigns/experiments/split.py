"""Who gets which arm, and who waits for the winner. Set-based, and the same however often it is asked.

Each person has a place in [0, 1) in each campaign's test, by a hash. Places below the share of the test are divided
among the arms by their weights; the others wait. The hash is another one than that of the holdout: those held out have
low places there, and the arms must not be drawn from what is left of the same order.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from crmseg.common import clock
from crmseg.common.sql import place

from ..models import Arm, Campaign, Send
from ..whom import Compiler

_SEED = "hashtextextended('arms', {campaign})"
PLACE = place("send.contact_id", _SEED.format(campaign="send.campaign_id"))
_ASSIGN = f"""
    UPDATE campaigns_send AS send
       SET arm_id = part.arm_id,
           state = CASE WHEN part.arm_id IS NULL THEN 'waiting' ELSE 'queued' END,
           next_attempt_at = CASE WHEN part.minutes > 0
                                  THEN COALESCE(send.next_attempt_at, %(now)s) + make_interval(mins => part.minutes)
                                  ELSE send.next_attempt_at END
      FROM unnest(%(arms)s::bigint[], %(minutes)s::int[], %(least)s::float8[], %(most)s::float8[])
           AS part (arm_id, minutes, least, most)
     WHERE send.campaign_id = %(campaign)s AND send.state = 'queued' AND send.arm_id IS NULL AND send.attempts = 0
       AND {PLACE} >= part.least AND {PLACE} < part.most
"""


def drawn(campaign: Campaign, contact_id: str, sql: Compiler) -> str:
    """A join with `part`, which has the arm and the delay of a contact in a test that begins; none without a test.

    `contact_id` is SQL. Without an arm, but with minutes, is who waits for the winner.
    """
    arms = [arm for arm in campaign.arms.all() if arm.weight]
    if not arms:
        return ""
    parts = _parts(campaign, arms)
    casts = {"arms": "bigint[]", "minutes": "int[]", "least": "float8[]", "most": "float8[]"}
    columns = ", ".join(sql.add(parts[name], cast) for name, cast in casts.items())
    at = place(contact_id, _SEED.format(campaign=sql.add(campaign.pk, "bigint")))
    return f"""
        LEFT JOIN unnest({columns}) AS part (arm_id, minutes, least, most)
               ON {at} >= part.least AND {at} < part.most
    """


def assign(campaign: Campaign) -> int:
    """Give an arm, or a place in the queue for the winner, to everyone queued who has none. How many got one.

    A campaign without a test is left alone. Once the winner is known, whoever comes later gets it.
    """
    arms = [arm for arm in campaign.arms.all() if arm.weight]
    if campaign.winner_id is not None:
        return unassigned(campaign).update(arm_id=campaign.winner_id)
    if not arms:
        return 0
    parameters: dict[str, Any] = _parts(campaign, arms) | {"campaign": campaign.pk, "now": clock.now()}
    with connection.cursor() as cursor:
        cursor.execute(_ASSIGN, parameters)
        return int(cursor.rowcount)


def unassigned(campaign: Campaign) -> QuerySet[Send]:
    return Send.objects.filter(campaign=campaign, state=Send.State.QUEUED, arm=None, attempts=0)


def _parts(campaign: Campaign, arms: list[Arm]) -> dict[str, list[Any]]:
    """Which arm has which places; the last part, without an arm, is of those who wait."""
    whole, before = sum(arm.weight for arm in arms), 0
    bounds = [0.0]
    for arm in arms:
        before += arm.weight
        bounds.append(campaign.test_share * before / whole)
    ids: list[int | None] = [arm.pk for arm in arms]
    minutes = [arm.delay_minutes for arm in arms]
    if campaign.test_share < 1:
        ids, minutes, bounds = [*ids, None], [*minutes, 0], [*bounds, 1.0]
    return {"arms": ids, "minutes": minutes, "least": bounds[:-1], "most": bounds[1:]}


def longest_delay(arms: list[Arm]) -> timedelta:
    return timedelta(minutes=max((arm.delay_minutes for arm in arms), default=0))
