"""The channel that each contact, and each list, responds to best.

For one contact and one channel, of the messages of the last year:

    score = (responses + K · rate) / (messages + K)

A response is a click or a conversion by the person; `rate` is the share of all messages on the channel that were
responded to, itself smoothed as (responses + 1) / (messages + 50); K is 10. So who was never written to on a channel
counts as everybody does, and it takes some ten messages until what one person does outweighs what all do. Only channels
count that she can be reached on, consented to, and is not suppressed on; where scores are equal, e-mail comes first.
For a list, messages and responses are those of its members together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection

from contacts.channels import ADDRESSES

CHANNELS = ("email", "sms")
"""Those whose answers can be seen, in the order in which they are preferred."""
STRENGTH = 10
FRESH_FOR = 600
LARGE, SAMPLE = 100_000, 50_000
"""Of a list with more members than `LARGE`, about `SAMPLE` are looked at."""
_RESPONDED = "(clicked_at IS NOT NULL OR converted_at IS NOT NULL)"
_LATELY = "state = 'sent' AND sent_at > now() - interval '365 days'"
_RATES = f"""
    SELECT channel, (count(*) FILTER (WHERE {_RESPONDED}) + 1) / (count(*) + 50.0)
      FROM campaigns_send
     WHERE campaign_id = ANY(ARRAY(SELECT id FROM campaigns_campaign WHERE started_at IS NOT NULL
                                    ORDER BY id DESC LIMIT 200))
       AND {_LATELY}
     GROUP BY channel
"""
_SCORED = """
    SELECT contact.id AS contact_id, option.channel, option.place,
           COALESCE(past.messages, 0) AS messages, COALESCE(past.responses, 0) AS responses,
           (COALESCE(past.responses, 0) + {strength} * option.rate) / (COALESCE(past.messages, 0) + {strength}) AS score
      FROM ({people}) AS person (contact_id)
      JOIN contacts_contact AS contact ON contact.id = person.contact_id
      JOIN contacts_consent AS consent
           ON consent.contact_id = contact.id AND consent.topic = '' AND consent.status = 'subscribed'
      JOIN (VALUES {options}) AS option (channel, place, rate) ON option.channel = consent.channel
     CROSS JOIN LATERAL (SELECT btrim(COALESCE(CASE option.channel {addresses} END, '')) AS address) AS reached
      LEFT JOIN LATERAL (
           SELECT count(*) AS messages, count(*) FILTER (WHERE {responded}) AS responses
             FROM campaigns_send
            WHERE campaigns_send.contact_id = contact.id AND campaigns_send.channel = option.channel AND {lately}
      ) AS past ON true
     WHERE reached.address <> ''
       AND NOT EXISTS (
           SELECT FROM contacts_consent AS about
            WHERE about.contact_id = contact.id AND about.channel = option.channel AND about.topic = {topic}
              AND about.topic <> '' AND about.status = 'unsubscribed'
       )
       AND NOT EXISTS (
           SELECT FROM campaigns_suppression AS suppressed
            WHERE suppressed.channel = option.channel
              AND lower(suppressed.address)
                  IN (lower(reached.address), '@' || lower(split_part(reached.address, '@', 2)))
       )
"""


@dataclass(frozen=True)
class Answer:
    """How a contact, or the members of a list, answered on one channel."""

    channel: str
    messages: int
    responses: int
    score: float


def rank_sql(people: str, topic: str = "''") -> str:
    """SQL for `contact_id, channel`: the best channel of each of `people` (a query of contact ids) who has one.

    `topic` is an expression, such as `%(topic)s`.
    """
    return f"""
        SELECT DISTINCT ON (contact_id) contact_id, channel
          FROM ({_scored(people, topic)}) AS scored
         ORDER BY contact_id, score DESC, place
    """


def channel_of(contact_ids: Iterable[int]) -> dict[int, str]:
    """The best channel of each; who cannot be written to on any is left out."""
    with connection.cursor() as cursor:
        cursor.execute(rank_sql("SELECT unnest(%(people)s::bigint[])"), {"people": list(contact_ids)})
        return dict(cursor.fetchall())


def of_contact(contact_id: int) -> list[Answer]:
    """Her channels, the best first."""
    people = "SELECT %(contact)s::bigint"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT channel, messages, responses, score FROM ({_scored(people, chr(39) * 2)}) AS scored "
            "ORDER BY score DESC, place",
            {"contact": contact_id},
        )
        return [Answer(channel, messages, responses, float(score)) for channel, messages, responses, score in cursor]


def of_list(segment_id: int, size: int) -> list[Answer]:
    """The channels on which its members were written to, the best first; kept for some minutes."""
    key = f"campaigns.best.{segment_id}"
    found: list[Answer] | None = cache.get(key)
    if found is None:
        found = _of_list(segment_id, size)
        cache.set(key, found, FRESH_FOR)
    return found


def _of_list(segment_id: int, size: int) -> list[Answer]:
    every = max(1, size // SAMPLE) if size > LARGE else 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT channel, count(*), count(*) FILTER (WHERE {_RESPONDED})
              FROM segments_membership AS member
              JOIN campaigns_send ON campaigns_send.contact_id = member.contact_id
             WHERE member.segment_id = %s AND hashint8(member.contact_id) %% %s = 0
               AND channel = ANY(%s) AND {_LATELY}
             GROUP BY channel
            """,
            [segment_id, every, list(CHANNELS)],
        )
        counted = cursor.fetchall()
    rate = rates()
    answers = [
        Answer(channel, messages, responses, (responses + STRENGTH * rate[channel]) / (messages + STRENGTH))
        for channel, messages, responses in counted
    ]
    return sorted(answers, key=lambda one: (-one.score, CHANNELS.index(one.channel)))


def rates() -> dict[str, float]:
    """How much of everything on a channel is responded to; kept for some minutes."""
    found: dict[str, float] | None = cache.get("campaigns.best.rates")
    if found is None:
        with connection.cursor() as cursor:
            cursor.execute(_RATES)
            known = {channel: float(rate) for channel, rate in cursor.fetchall()}
        found = {channel: known.get(channel, 1 / 50) for channel in CHANNELS}
        cache.set("campaigns.best.rates", found, FRESH_FOR)
    return found


def _scored(people: str, topic: str) -> str:
    options = ", ".join(f"('{key}', {place}, {rate:.6f})" for place, (key, rate) in enumerate(rates().items()))
    addresses = " ".join(f"WHEN '{key}' THEN contact.{ADDRESSES[key]}" for key in CHANNELS)
    return _SCORED.format(
        people=people,
        topic=topic,
        options=options,
        addresses=addresses,
        strength=STRENGTH,
        responded=_RESPONDED,
        lately=_LATELY,
    )
