"""Which campaigns carried a survey's link to how many people, and how many of them answered by it.

An answer belongs to the latest message with the link that its person had got when she began it. A message carries the
link where its words, those of its version in a test, or a block in them name it.
"""

from __future__ import annotations

from typing import Any

from segments.insights.power import interval

from ..models import Survey
from .figures import Asked, rows_of

MOST_CAMPAIGNS = 100
Row = dict[str, Any]
_BODIES = ("body_mjml", "body_html", "body_text")
# Blocks are named in single quotes too, escaped in HTML, and escaped in the JSON of other languages.
_SAID = """regexp_replace(concat_ws(' ', {fields}), $$\\\\?"|'|&quot;$$, '"', 'g')"""
_NAMING = """
    WITH piece AS (SELECT name FROM campaigns_block WHERE body_mjml ~ %(named)s),
         worded AS (
            SELECT campaign.id, NULL::bigint AS arm_id, {campaign} AS said FROM campaigns_campaign AS campaign
             UNION ALL
            SELECT arm.campaign_id, arm.id, {arm} FROM campaigns_arm AS arm WHERE {own}),
         naming AS (
            SELECT id, arm_id,
                   said ~ %(named)s OR EXISTS (
                       SELECT FROM piece WHERE strpos(said, 'block "' || piece.name || '"') > 0) AS so
              FROM worded)
"""
_CARRIED = """
    , carried AS (
        SELECT send.campaign_id, send.contact_id, send.sent_at
          FROM campaigns_send AS send
         WHERE send.state = 'sent' AND send.campaign_id IN (SELECT id FROM naming WHERE so) AND {meant}
           AND coalesce((SELECT so FROM naming WHERE arm_id = send.arm_id),
                        (SELECT so FROM naming WHERE id = send.campaign_id AND arm_id IS NULL))),
    came AS (
        SELECT DISTINCT ON (response.id) carried.campaign_id, carried.contact_id
          FROM campaigns_surveyresponse AS response JOIN carried USING (contact_id)
         WHERE response.survey_id = %(survey)s AND response.channel = 'link' AND response.completed_at IS NOT NULL
           AND carried.sent_at <= response.started_at
         ORDER BY response.id, carried.sent_at DESC)
    SELECT campaign.id AS campaign, campaign.name, got.sent, coalesce(back.answered, 0) AS answered, got.latest
      FROM (SELECT campaign_id, count(DISTINCT contact_id) AS sent, max(sent_at) AS latest
              FROM carried GROUP BY campaign_id) AS got
      JOIN campaigns_campaign AS campaign ON campaign.id = got.campaign_id
      LEFT JOIN (SELECT campaign_id, count(DISTINCT contact_id) AS answered FROM came GROUP BY campaign_id) AS back
             ON back.campaign_id = got.campaign_id
     ORDER BY got.latest DESC, campaign.id DESC LIMIT {most}
"""


def by_campaign(survey: Survey, asked: Asked) -> list[Row]:
    """The latest first: `sent` people got the link in the time that was asked about, `answered` of them by now."""
    meant = ["true"]
    if asked.since:
        meant.append("send.sent_at >= %(since)s")
    if asked.until:
        meant.append("send.sent_at < %(until)s")
    if asked.segment_id:
        meant.append("send.contact_id IN (SELECT contact_id FROM segments_membership WHERE segment_id = %(segment)s)")
    naming = _NAMING.format(
        campaign=_said("campaign", "translations::text"),
        arm=_said("arm"),
        own=" OR ".join(f"arm.{body} <> ''" for body in _BODIES),
    )
    sql = naming + _CARRIED.format(meant=" AND ".join(meant), most=MOST_CAMPAIGNS)
    found = rows_of(sql, asked.parameters | {"named": rf"\msurveys\.{survey.key}\M"})
    return [_rated(row) for row in found]


def _said(table: str, *more: str) -> str:
    return _SAID.format(fields=", ".join(f"{table}.{one}" for one in (*_BODIES, *more)))


def _rated(row: Row) -> Row:
    low, high = interval(row["answered"], row["sent"])
    del row["latest"]
    return row | {"rate": row["answered"] / row["sent"], "low": low, "high": high}
