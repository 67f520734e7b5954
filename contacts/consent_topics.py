"""Channels and topics of consent: those declared, those that answers use, and the choices that forms offer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.functional import Promise

from crmseg.common import clock, once

from .channels import CHANNELS
from .counting import SHARE, STALE, ask_when_stale, rows_are_few
from .models import ConsentChannel, ConsentCount, ConsentTopic, EventPart

FEW = 20_000
COUNTED = "consents"
_others: dict[str, str | Promise] = {}
_USED = """
    SELECT channel, topic, count(*) FILTER (WHERE status = 'subscribed'),
           count(*) FILTER (WHERE status = 'unsubscribed')
      FROM contacts_consent GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Answers:
    """How many said yes, and no, on a channel and a topic."""

    channel: str
    topic: str
    subscribed: int
    unsubscribed: int

    @property
    def total(self) -> int:
        return self.subscribed + self.unsubscribed


@dataclass(frozen=True)
class Used:
    """What answers there are; true at `as_of`, or now where that is None."""

    answers: list[Answers]
    as_of: datetime | None

    def of_channel(self, channel: str) -> Answers:
        """About the channel itself, whatever the topics."""
        own = (one for one in self.answers if one.channel == channel and not one.topic)
        return next(own, Answers(channel, "", 0, 0))

    def of_topic(self, topic: str) -> Answers:
        """On all channels together."""
        found = [one for one in self.answers if one.topic == topic]
        return Answers("", topic, sum(one.subscribed for one in found), sum(one.unsubscribed for one in found))


def register(key: str, label: str | Promise) -> None:
    """Something else that rooms above ask people about, beside the channels they are reached on."""
    _others[key] = label


def used() -> Used:
    if rows_are_few("contacts_consent", FEW):
        return Used(_counted(), None)
    rows = list(ConsentCount.objects.order_by("channel", "topic"))
    as_of = min((row.counted_at for row in rows), default=None)
    ask_when_stale(as_of)
    found = [Answers(row.channel, row.topic, row.subscribed, row.unsubscribed) for row in rows]
    return Used(found, as_of or clock.now())


def count() -> None:
    """A worker's work."""
    now = clock.now()
    part = EventPart.objects.filter(pk=COUNTED).first()
    if part and now - part.counted_at < max(STALE / 2, part.took * SHARE):
        return
    found = _counted()
    with transaction.atomic():
        ConsentCount.objects.all().delete()
        ConsentCount.objects.bulk_create(
            ConsentCount(
                channel=one.channel,
                topic=one.topic,
                subscribed=one.subscribed,
                unsubscribed=one.unsubscribed,
                counted_at=now,
            )
            for one in found
        )
        taken = {"mark": now.isoformat(), "counted_at": now, "took": clock.now() - now}
        EventPart.objects.update_or_create(name=COUNTED, defaults=taken)


def _counted() -> list[Answers]:
    with connection.cursor() as cursor:
        cursor.execute(_USED)
        return sorted((Answers(*row) for row in cursor.fetchall()), key=lambda one: (one.channel, one.topic))


def channel_names() -> dict[str, str]:
    """The standard ones first, then those the account declares, as they are called in the present language."""
    return dict(once.a_page("consent channels", _channel_names))


def _channel_names() -> dict[str, str]:
    standard = {channel.key: str(channel.label) for channel in CHANNELS.values()}
    asked = {key: str(label) for key, label in _others.items()}
    return standard | asked | {one.key: str(one) for one in ConsentChannel.objects.order_by("key")}


def topic_names() -> dict[str, str]:
    return dict(once.a_page("consent topics", _topic_names))


def _topic_names() -> dict[str, str]:
    return {one.key: str(one) for one in ConsentTopic.objects.order_by("key")}


def channel_choices() -> list[tuple[str, str]]:
    """For forms: what is declared, then what answers use without a declaration, as it was last counted."""
    return list(once.a_page("consent channels offered", _channel_choices))


def _channel_choices() -> list[tuple[str, str]]:
    names = channel_names()
    others = ConsentCount.objects.exclude(channel__in=names).order_by("channel").values_list("channel", flat=True)
    return [*names.items(), *((key, key) for key in others.distinct())]


def topic_choices() -> list[tuple[str, str]]:
    return list(once.a_page("consent topics offered", _topic_choices))


def _topic_choices() -> list[tuple[str, str]]:
    names = topic_names()
    others = ConsentCount.objects.exclude(topic__in=["", *names]).order_by("topic").values_list("topic", flat=True)
    return [*names.items(), *((key, key) for key in others.distinct())]
