"""The people a message goes to: those written to after a start, those a start would reach before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from crmseg.common import clock

from .. import audience
from ..models import Campaign, Send


def reached(campaign: Campaign) -> tuple[str, Mapping[str, Any]]:
    """A query for their contact ids, and its parameters."""
    if campaign.pk and campaign.state != Campaign.State.DRAFT:
        sql = "SELECT contact_id FROM campaigns_send WHERE campaign_id = %(of)s AND state <> %(skipped)s"
        return sql, {"of": campaign.pk, "skipped": Send.State.SKIPPED.value}
    return audience.reached(campaign, clock.now())


def some(campaign: Campaign, limit: int) -> tuple[list[int], int]:
    """Some of them, always the same and not the oldest alone; and how many there are."""
    people, parameters = reached(campaign)
    sql = f"""
        WITH people AS MATERIALIZED ({people})
        SELECT contact_id, (SELECT count(*) FROM people) FROM people
         ORDER BY hashint8extended(contact_id, 7), contact_id LIMIT %(some)s
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {**parameters, "some": limit})
        rows = cursor.fetchall()
    return [pk for pk, _all in rows], rows[0][1] if rows else 0
