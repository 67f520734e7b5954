"""Campaigns ready to look at: two that were sent, with what people did, one that greets newcomers, and a draft.

Whom they reached, whom they left out and who was held out is decided by the rules of the product, over the sample's
people; that these opened and clicked is drawn, and what they bought is what the purchase file says they bought. Nobody
was really written to, so a sent campaign can have changed nothing: its report is to say so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from campaigns import audience, services
from campaigns.experiments import arms, split
from campaigns.models import Campaign, EventReading
from campaigns.sending import events
from crmseg.common.actor import Actor
from segments.models import Segment

from . import write
from .world import World
from .write import Happened

MESSAGE = """<mjml>
  <mj-head><mj-attributes><mj-all font-family="Helvetica, Arial, sans-serif" /></mj-attributes></mj-head>
  <mj-body background-color="#f3f4f6">
    <mj-section background-color="#ffffff"><mj-column>
      <mj-text font-size="22px" font-weight="700">{title}</mj-text>
      <mj-text>Dear {{{{ contact.first_name | default: "listener" }}}}, {text}</mj-text>
      <mj-button href="https://shop.example.com/{path}" background-color="#0b5cad">{button}</mj-button>
      <mj-text><a href="https://shop.example.com/new">Everything new</a> ·
        <a href="https://shop.example.com/about">Who we are</a></mj-text>
    </mj-column></mj-section>
  </mj-body>
</mjml>"""


@dataclass(frozen=True)
class ReadyCampaign:
    """`days_ago` for one that was sent; `include` names lists."""

    name: str
    include: tuple[str, ...]
    subject: str
    title: str
    text: str
    path: str
    button: str
    days_ago: int | None = None
    opened: float = 0.0
    arms: tuple[dict[str, object], ...] = ()
    more: dict[str, object] = field(default_factory=dict)

    @property
    def words(self) -> dict[str, object]:
        body = MESSAGE.format(title=self.title, text=self.text, path=self.path, button=self.button)
        return {"name": self.name, "subject": self.subject, "body_mjml": body}


CAMPAIGNS = (
    ReadyCampaign(
        "Summer clearance",
        ("Mailing of the season",),
        "Summer clearance: a last look",
        "A last look at summer",
        "these records leave the shelves on Sunday.",
        "summer",
        "See what is left",
        days_ago=76,
        opened=0.31,
    ),
    ReadyCampaign(
        "Autumn on vinyl",
        ("Mailing of the season",),
        "Autumn on vinyl",
        "Autumn on vinyl",
        "we chose twelve records for long evenings.",
        "autumn",
        "Hear them",
        days_ago=20,
        opened=0.34,
        arms=({"name": "Plain"}, {"name": "Question", "subject": "Which record for a long evening?"}),
        more={"holdout": 0.1, "test_metric": "opened", "test_hours": 24},
    ),
    ReadyCampaign(
        "Welcome to new customers",
        ("Customers",),
        'Welcome, {{ contact.first_name | default: "listener" }}',
        "Welcome",
        "thank you for your first order. Here is how we pack.",
        "welcome",
        "See how",
        more={"kind": "ongoing", "holdout": 0},
    ),
    ReadyCampaign(
        "Win back",
        ("Gone quiet, but valuable", "One order, over a year ago"),
        "We kept something for you",
        "We kept something for you",
        "it has been a while. These came in since.",
        "back",
        "Have a look",
    ),
)

_CHANCE = "(mod(abs(hashint8extended(send.contact_id, {seed})::numeric), 100000)::float8 / 100000)"
_SENT = f"""
    UPDATE campaigns_send AS send
       SET state = 'sent', attempts = 1, message_id = 'sample-' || send.id, next_attempt_at = NULL,
           sent_at = drawn.sent_at, delivered_at = drawn.sent_at + interval '20 seconds',
           opened_at = drawn.opened_at,
           clicked_at = CASE WHEN drawn.clicks < 0.23 THEN drawn.opened_at + interval '40 seconds' END,
           unsubscribed_at = CASE WHEN drawn.clicks > 0.988 THEN drawn.opened_at + interval '60 seconds' END,
           unsubscribe_reason = CASE WHEN drawn.clicks > 0.994 THEN 'too_often' ELSE '' END,
           machine_opened_at = CASE WHEN {_CHANCE.format(seed=104)} < 0.12
                                    THEN drawn.sent_at + interval '5 seconds' END
      FROM (
            SELECT send.id, moment.sent_at, {_CHANCE.format(seed=103)} AS clicks,
                   CASE WHEN {_CHANCE.format(seed=101)} < %(opened)s + CASE WHEN arm.key = 'B' THEN 0.05 ELSE 0 END
                        THEN moment.sent_at + {_CHANCE.format(seed=102)} ^ 3 * interval '60 hours' END AS opened_at
              FROM campaigns_send AS send
              LEFT JOIN campaigns_arm AS arm ON arm.id = send.arm_id
             CROSS JOIN LATERAL (
                   SELECT %(began)s + mod(send.id, 1200) * interval '1 second' AS sent_at
             ) AS moment
             WHERE send.campaign_id = %(campaign)s AND send.state = 'queued'
           ) AS drawn
     WHERE send.id = drawn.id
"""
_HELD_OUT = """
    UPDATE campaigns_send SET next_attempt_at = %(began)s WHERE campaign_id = %(campaign)s AND reason = 'held_out'
"""
_REACTED = f"""
    INSERT INTO campaigns_reaction
           (campaign_id, send_id, kind, at, is_machine, place, url, client, device, bounce, said, key)
    SELECT send.campaign_id, send.id, did.kind, did.at, false, did.place, did.url,
           (ARRAY['Apple Mail', 'Gmail', 'Outlook', 'Thunderbird'])
               [1 + floor(4 * {_CHANCE.format(seed=105)} ^ 1.7)::int],
           (ARRAY['phone', 'desktop', 'tablet'])[1 + floor(3 * {_CHANCE.format(seed=106)} ^ 1.5)::int],
           '', '', 'sample:' || send.id || ':' || did.kind
      FROM campaigns_send AS send
     CROSS JOIN LATERAL (
           SELECT 1 + floor(3 * {_CHANCE.format(seed=107)} ^ 2)::int AS place
     ) AS link
     CROSS JOIN LATERAL (VALUES
           ('opened', send.opened_at, 0, ''),
           ('clicked', send.clicked_at, link.place,
            'https://shop.example.com/' || (ARRAY[%(path)s, 'new', 'about'])[link.place])
     ) AS did (kind, at, place, url)
     WHERE send.campaign_id = %(campaign)s AND did.at IS NOT NULL
"""
_HAPPENED = """
    SELECT contact.external_id, did.name, did.at
      FROM campaigns_send AS send
      JOIN contacts_contact AS contact ON contact.id = send.contact_id
     CROSS JOIN LATERAL (VALUES ('Email Sent', send.sent_at), ('Email Opened', send.opened_at),
                                ('Email Clicked', send.clicked_at)) AS did (name, at)
     WHERE send.campaign_id = %s AND did.at IS NOT NULL AND contact.external_id IS NOT NULL
"""


_MEMBERS_SINCE = (
    "UPDATE segments_membership SET entered_at = %(since)s WHERE segment_id = ANY(%(lists)s)",
    "UPDATE segments_ledgerentry SET at = %(since)s WHERE segment_id = ANY(%(lists)s)",
    "UPDATE segments_movecount SET quarter = %(since)s WHERE segment_id = ANY(%(lists)s)",
    "UPDATE segments_segment SET created_at = %(since)s WHERE id = ANY(%(lists)s)",
)


def write_campaigns(world: World, first: int, end: int, actor: Actor) -> None:
    for ready in CAMPAIGNS[first:end]:
        if Campaign.objects.filter(name__iexact=ready.name).exists():
            continue
        lists = Segment.unarchived.filter(name__in=ready.include)
        data: dict[str, object] = ready.words | ready.more | {"include": [listed.pk for listed in lists]}
        campaign = services.create_campaign(data=data, actor=actor)
        for arm in ready.arms:
            arms.add_arm(campaign.pk, data=arm, actor=actor)
        if ready.days_ago is not None:
            _as_if_sent(world, campaign, ready, ready.days_ago)
    # What was bought after those campaigns is among the events already: they are read once more.
    EventReading.objects.update(event_id=0, read_at=None)


def _as_if_sent(world: World, campaign: Campaign, ready: ReadyCampaign, days_ago: int) -> None:
    began = world.ago(days_ago) + timedelta(hours=9)
    _with_members_since(world.ago(90), campaign.include)
    campaign.waterfall, campaign.versions_used = audience.freeze(campaign)
    split.assign(campaign)
    asked: dict[str, Any] = {"campaign": campaign.pk, "began": began, "opened": ready.opened, "path": ready.path}
    with connection.cursor() as cursor:
        cursor.execute(_SENT, asked)
        cursor.execute(_HELD_OUT, asked)
        cursor.execute(_REACTED, asked)
        cursor.execute(_HAPPENED, [campaign.pk])
        rows = cursor.fetchall()
    # Last, for whoever is held out counts from the start of the campaign.
    Campaign.objects.filter(pk=campaign.pk).update(
        state=Campaign.State.SENT,
        waterfall=campaign.waterfall,
        versions_used=campaign.versions_used,
        created_at=began - timedelta(days=2),
        started_at=began,
        finished_at=began + timedelta(minutes=20),
    )
    properties = write.as_json({"campaign_id": campaign.pk, "campaign_name": campaign.name})
    told = [
        Happened(external_id, name, at, properties, None, f"campaign:{campaign.pk}:{external_id}:{name}")
        for external_id, name, at in rows
    ]
    write.write_events(told, events.SOURCE, world.midnight)


def _with_members_since(since: datetime, lists: list[int]) -> None:
    """Its people were in the list before the first campaign to it."""
    with connection.cursor() as cursor:
        for statement in _MEMBERS_SINCE:
            cursor.execute(statement, {"since": since, "lists": lists})
