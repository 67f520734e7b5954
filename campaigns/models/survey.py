"""Surveys, what they asked in each version, and what was answered."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contacts.models.exact import ExactDecoder, ExactEncoder


class Survey(models.Model):
    """Questions that we host. `definition` is the draft; what people see is the version that was published last.

    `key` is what messages and events call it. With `is_public` whoever has its address may answer.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    name = models.CharField(_("name"), max_length=200)
    key = models.CharField(_("key"), max_length=60, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    definition = models.JSONField(_("questions"), default=dict, encoder=ExactEncoder, decoder=ExactDecoder)
    version = models.PositiveIntegerField(_("version"), default=0)
    is_public = models.BooleanField(_("open to everybody"), default=False)
    created_by = models.TextField(blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    published_at = models.DateTimeField(_("published"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")

    def __str__(self) -> str:
        return self.name


class SurveyVersion(models.Model):
    """What a survey asked from one publication to the next."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("questions"), encoder=ExactEncoder, decoder=ExactDecoder)
    created_by = models.TextField(blank=True)
    created_at = models.DateTimeField(_("published"), auto_now_add=True)

    class Meta:
        verbose_name = _("version of a survey")
        verbose_name_plural = _("versions of surveys")
        constraints = [models.UniqueConstraint(fields=["survey", "number"], name="campaigns_surveyversion_once")]

    def __str__(self) -> str:
        return f"{self.survey_id} v{self.number}"


class SurveyResponse(models.Model):
    """What one person answered in one go, on the version she began with; `answers` are by question, None where she
    went past one. Nobody's (`contact_id` is None) where the address was public and she did not say who she is.

    `nps` and `csat` are copies of the first answers of these kinds, so that a report adds them up in one statement.
    """

    class Channel(models.TextChoices):
        LINK = "link", _("Personal link")
        PUBLIC = "public", _("Public link")
        EMBED = "embed", _("Embedded")

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="responses")
    version = models.PositiveIntegerField(_("version"))
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    contact_id = models.BigIntegerField(null=True)
    channel = models.CharField(_("by"), max_length=10, choices=Channel.choices)
    language = models.CharField(_("language"), max_length=10)
    answers = models.JSONField(_("answers"), default=dict, encoder=ExactEncoder, decoder=ExactDecoder)
    nps = models.SmallIntegerField("NPS", null=True)
    csat = models.SmallIntegerField("CSAT", null=True)
    tags = ArrayField(models.CharField(max_length=60), verbose_name=_("tags"), default=list)
    task_id = models.BigIntegerField(null=True)
    started_at = models.DateTimeField(_("began"))
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    completed_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        verbose_name = _("answer to a survey")
        verbose_name_plural = _("answers to surveys")
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "contact_id"],
                condition=Q(completed_at=None, contact_id__isnull=False),
                name="campaigns_surveyresponse_one_open",
            )
        ]
        indexes = [
            models.Index(fields=["survey", "completed_at"]),
            models.Index(fields=["contact_id", "completed_at"]),
            GinIndex(fields=["tags"]),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.key}"
