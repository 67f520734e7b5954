"""A message and whom it is for, and what happened to it as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models.exact import ExactDecoder, ExactEncoder


class Campaign(models.Model):
    """A message and whom it is for. `include` and `exclude` hold ids of lists, and definitions (objects) written for
    this campaign alone; the versions of the lists are kept at the start.

    One sent once freezes its audience at the start. An ongoing one writes, once, to whoever enters its lists while it
    runs; `ledger_cursor` says up to where it has read who entered. An automated one writes to whomever automations
    say, each time they say it.

    `trouble` says why the mail server cannot be used now, and `retry_at` when it is asked again. A draft starts by
    itself at `scheduled_at`; `trouble` then says what keeps it from starting.
    """

    class Kind(models.TextChoices):
        ONCE = "once", _("Sent once")
        ONGOING = "ongoing", _("Ongoing: greets whoever enters")
        AUTOMATED = "automated", _("Sent by automations")

    class Metric(models.TextChoices):
        OPENED = "opened", _("Opened")
        CLICKED = "clicked", _("Clicked")
        CONVERTED = "converted", _("Converted")
        REVENUE = "revenue", _("Revenue per person")

    class Rule(models.TextChoices):
        BEST = "best", _("The best so far wins")
        SURE = "sure", _("The best wins if the difference is proven, otherwise the first")
        ASK = "ask", _("A person chooses")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        SENT = "sent", _("Sent")
        CANCELLED = "cancelled", _("Cancelled")

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.ONCE)
    channel = models.CharField(_("channel"), max_length=30, default="email")
    topic = models.CharField(_("topic"), max_length=100, blank=True)
    sender = models.CharField(_("sender"), max_length=300, blank=True)
    subject = models.TextField(_("subject"), blank=True)
    body_mjml = models.TextField(_("MJML"), blank=True)
    body_html = models.TextField(_("HTML"), blank=True)
    body_text = models.TextField(_("plain text"), blank=True)
    translations = models.JSONField(_("in other languages"), default=dict)
    """The same words by language: {"it": {"subject", "body_mjml", "body_html", "body_text"}}."""
    webhook_url = models.TextField(_("address of the service"), blank=True)
    include = models.JSONField(_("lists to include"), default=list, encoder=ExactEncoder, decoder=ExactDecoder)
    exclude = models.JSONField(_("lists to exclude"), default=list, encoder=ExactEncoder, decoder=ExactDecoder)
    holdout = models.FloatField(_("held out"), default=0.05)
    """The share of the audience that is left out on purpose, to measure what the campaign changed."""
    priority = models.SmallIntegerField(_("priority"), default=0)
    ignores_caps = models.BooleanField(_("not counted by frequency caps"), default=False)
    in_local_time = models.BooleanField(_("at each person's local time"), default=False)
    throttle_per_hour = models.PositiveIntegerField(_("at most per hour"), null=True)
    throttle_domain_per_hour = models.PositiveIntegerField(_("at most per hour to one mail domain"), null=True)
    track_opens = models.BooleanField(_("see who opens"), default=True)
    track_clicks = models.BooleanField(_("see who clicks"), default=True)
    goal_event = models.TextField(_("goal"), blank=True, default="Order Completed")
    """The event that counts as a conversion; nothing is measured without one."""
    goal_hours = models.PositiveIntegerField(_("hours in which it counts"), default=120)
    goal_amount = models.TextField(_("property with the amount"), blank=True, default="revenue")
    test_share = models.FloatField(_("share that takes part in the test"), default=1.0)
    test_hours = models.PositiveIntegerField(_("hours until the test is decided"), default=4)
    test_metric = models.CharField(_("decided by"), max_length=10, choices=Metric.choices, default=Metric.CLICKED)
    test_rule = models.CharField(_("rule of decision"), max_length=5, choices=Rule.choices, default=Rule.BEST)
    winner = models.ForeignKey("campaigns.Arm", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    ledger_cursor = models.BigIntegerField(default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    versions_used = models.JSONField(default=dict)
    waterfall = models.JSONField(default=dict)
    created_by = models.TextField(blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    scheduled_at = models.DateTimeField(_("scheduled for"), null=True)
    trouble = models.TextField(_("trouble"), blank=True)
    retry_at = models.DateTimeField(_("next try"), null=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        indexes = [
            models.Index(
                fields=["scheduled_at"], condition=models.Q(state="draft"), name="campaigns_campaign_scheduled"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def include_ids(self) -> list[int]:
        """The lists to include, without the definitions beside them."""
        return ids_in(self.include)

    @property
    def exclude_ids(self) -> list[int]:
        return ids_in(self.exclude)

    @property
    def is_open_ended(self) -> bool:
        """Whether others may come while it runs."""
        return self.kind != self.Kind.ONCE

    @property
    def is_scheduled(self) -> bool:
        return self.state == self.State.DRAFT and self.scheduled_at is not None


def ids_in(parts: Iterable[Any]) -> list[int]:
    """The lists among lists and definitions."""
    return [part for part in parts if isinstance(part, int)]


class CampaignNote(models.Model):
    """What happened to a campaign as a whole, for its page: started, paused, resumed, finished, and by whom."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField(auto_now_add=True)
    what = models.CharField(max_length=40)
    actor = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)

    class Meta:
        verbose_name = _("campaign note")
        verbose_name_plural = _("campaign notes")

    def __str__(self) -> str:
        return self.what
