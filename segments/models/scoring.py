"""Score models, what they give each contact, and the work of giving it to everyone."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from contacts.models.exact import ExactDecoder, ExactEncoder

from .builds import Work
from .exact import ExactNumber


class ScoreModel(models.Model):
    """How points are given. Its score is a property of every contact, under `key`.

    `version` counts saved definitions; a contact that is looked at is scored by the latest one at once, and a build
    brings everyone else there. `keys` are what the definition reads, in the language of dependency keys. With the link
    `logistic`, points are log-odds: they add to `intercept`, and the score is the chance that follows, in percent.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        BUILDING = "building", _("Building")
        LIVE = "live", _("Live")
        FAILED = "failed", _("Failed")

    class Link(models.TextChoices):
        SUM = "sum", _("Sum of points")
        LOGISTIC = "logistic", _("Chance in percent")

    key = models.CharField(_("key"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    definition = models.JSONField(_("definition"), encoder=ExactEncoder, decoder=ExactDecoder)
    version = models.PositiveIntegerField(_("version"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    error = models.TextField(_("error"), blank=True)
    link = models.CharField(_("link"), max_length=10, choices=Link.choices, default=Link.SUM)
    intercept = ExactNumber(_("intercept"), default=0)
    is_default = models.BooleanField(_("default"), default=False)
    keys = ArrayField(models.TextField(), verbose_name=_("reads"), default=list)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("score model")
        verbose_name_plural = _("score models")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="segments_scoremodel_one_default"
            )
        ]
        indexes = [GinIndex(fields=["keys"], name="segments_scoremodel_keys")]

    def __str__(self) -> str:
        return self.name


class ScoreModelVersion(models.Model):
    """A score model as it was saved. Never changed afterwards."""

    model = models.ForeignKey(ScoreModel, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"), encoder=ExactEncoder, decoder=ExactDecoder)
    link = models.CharField(_("link"), max_length=10, choices=ScoreModel.Link.choices, default=ScoreModel.Link.SUM)
    intercept = ExactNumber(_("intercept"), default=0)
    saved_at = models.DateTimeField(_("saved"), auto_now_add=True)
    saved_by = models.TextField(_("by"))
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("version of a score model")
        verbose_name_plural = _("versions of score models")
        constraints = [models.UniqueConstraint(fields=["model", "number"], name="segments_scoreversion_once")]

    def __str__(self) -> str:
        return f"{self.model_id} v{self.number}"


class Score(models.Model):
    """What a model gives a contact now, by its `version`. Written by the engine of scores alone.

    `parts` are the rules that hold: [group, rule, points], places counted from 0, points as decayed and before any cap.
    `changed_at` is when the points or the grade last moved; `due_at` the next instant at which time alone may move
    them, or an earlier one. As with memberships the contact may be gone for a moment before its score is.
    """

    contact = models.ForeignKey(Contact, on_delete=models.DO_NOTHING, db_constraint=False, related_name="scores")
    model = models.ForeignKey(ScoreModel, on_delete=models.CASCADE, related_name="scores", db_index=False)
    version = models.PositiveIntegerField(_("version"))
    points = ExactNumber(_("score"))
    fit = ExactNumber(_("fit"))
    engagement = ExactNumber(_("engagement"))
    grade = models.CharField(_("grade"), max_length=2)
    parts = models.JSONField(_("parts"), default=list, encoder=ExactEncoder, decoder=ExactDecoder)
    changed_at = models.DateTimeField(_("changed"))
    due_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [models.UniqueConstraint(fields=["model", "contact"], name="segments_score_once")]
        indexes = [
            models.Index(fields=["model", "-points", "contact"], name="segments_score_ranked"),
            models.Index(fields=["model", "grade", "-points"], name="segments_score_graded"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.points}"


class ScoreBuild(Work):
    """The work of scoring everyone by a version. `position` is saved with each block: a crash costs one block."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        SUPERSEDED = "superseded", _("Superseded")

    model = models.ForeignKey(ScoreModel, on_delete=models.CASCADE, related_name="builds")
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    position = models.BigIntegerField(default=0)
    moved = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("build of scores")
        verbose_name_plural = _("builds of scores")
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(state__in=["queued", "running"]), name="segments_scorebuild_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_id} v{self.version} {self.state}"
