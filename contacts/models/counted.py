"""What a worker counted, so that no page has to read millions of rows; each figure knows when it was true."""

from __future__ import annotations

from django.db import models

from .event import EventType


class EventPart(models.Model):
    """A partition of events as it was last counted. Another `mark` than the present one: its rows have moved since."""

    name = models.TextField(primary_key=True)
    mark = models.TextField()
    counted_at = models.DateTimeField()
    took = models.DurationField()

    def __str__(self) -> str:
        return self.name


class EventDay(models.Model):
    """How many events of a type a partition holds of one day of the account. Days at its border lie in two."""

    part = models.TextField()
    type = models.ForeignKey(EventType, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    events = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["part", "type", "day"], name="contacts_event_day_once")]
        indexes = [models.Index(fields=["type", "day"], name="contacts_event_days")]

    def __str__(self) -> str:
        return f"{self.type_id} {self.day} {self.events}"


class EventTypeCount(models.Model):
    """How many events of a type occurred lately, and how many people did them in the last 30 days."""

    type = models.OneToOneField(EventType, on_delete=models.CASCADE, related_name="counted")
    last_at = models.DateTimeField(null=True)
    events_1d = models.BigIntegerField(default=0)
    events_7d = models.BigIntegerField(default=0)
    events_30d = models.BigIntegerField(default=0)
    people_30d = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.type_id} {self.events_30d}"


class AttributeCount(models.Model):
    """Of how many contacts or companies an attribute is known."""

    entity = models.CharField(max_length=10)
    key = models.CharField(max_length=100)
    known = models.BigIntegerField()
    total = models.BigIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "key"], name="contacts_attribute_count_once")]

    def __str__(self) -> str:
        return f"{self.entity} {self.key} {self.known}/{self.total}"


class ConsentCount(models.Model):
    """How many said what on a channel and a topic."""

    channel = models.CharField(max_length=30)
    topic = models.CharField(max_length=100, blank=True)
    subscribed = models.BigIntegerField()
    unsubscribed = models.BigIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "topic"], name="contacts_consent_count_once")]

    def __str__(self) -> str:
        return f"{self.channel} {self.topic} {self.subscribed}"
