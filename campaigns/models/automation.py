"""What happens by itself to people who enter, leave or do something, and how far each of them is."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models.exact import ExactDecoder, ExactEncoder


class Automation(models.Model):
    """A trigger and steps, versioned. `version` counts saved definitions; `live_version` is the one that whoever
    enters now follows (None until it was switched on).

    Up to where entries, events and dates were read is kept here and moves in the transaction that writes the runs.
    Events get their numbers before their transactions end: `event_id` is the number below which nothing new can
    appear, and what is above it is remembered by `EventSeen`. `event_mark` is the next candidate; `event_mark_xid` the
    first transaction that began after it was noted.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Switched on")
        PAUSED = "paused", _("Paused")
        ARCHIVED = "archived", _("Archived")

    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=0)
    live_version = models.PositiveIntegerField(_("live version"), null=True)
    trouble = models.TextField(_("trouble"), blank=True)
    ledger_cursor = models.BigIntegerField(default=0)
    moves_cursor = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    event_mark = models.BigIntegerField(null=True)
    event_mark_at = models.DateTimeField(null=True)
    event_mark_xid = models.BigIntegerField(null=True)
    dates_until = models.DateTimeField(null=True)
    created_by = models.TextField(blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    activated_at = models.DateTimeField(_("switched on"), null=True)
    archived_at = models.DateTimeField(_("archived"), null=True)

    class Meta:
        verbose_name = _("automation")
        verbose_name_plural = _("automations")
        indexes = [models.Index(fields=["state", "id"], name="campaigns_automation_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def latest(self) -> AutomationVersion:
        """The definition as it was saved last: what the editor shows."""
        return self.versions.get(number=self.version)

    @property
    def live(self) -> AutomationVersion | None:
        """The definition that whoever enters now follows."""
        return self.versions.filter(number=self.live_version).first() if self.live_version else None

    @property
    def has_changes(self) -> bool:
        """Whether something was saved that whoever enters now does not follow yet."""
        return self.live_version is not None and self.live_version != self.version


class AutomationVersion(models.Model):
    """A definition as it was saved; see `campaigns.journeys.schema`. Never changed afterwards.

    `keys` are what it reads and acts on, in the language of dependency keys, and `campaign:ID`.
    """

    automation = models.ForeignKey(Automation, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"), encoder=ExactEncoder, decoder=ExactDecoder)
    keys = ArrayField(models.TextField(), default=list)
    note = models.TextField(_("note"), blank=True)
    saved_by = models.TextField(_("by"))
    saved_at = models.DateTimeField(_("saved"), auto_now_add=True)

    class Meta:
        verbose_name = _("version of an automation")
        verbose_name_plural = _("versions of automations")
        constraints = [models.UniqueConstraint(fields=["automation", "number"], name="campaigns_automation_version")]
        indexes = [GinIndex(fields=["keys"], name="campaigns_automation_keys")]

    def __str__(self) -> str:
        return f"{self.automation_id} v{self.number}"

    def step(self, step_id: str) -> dict[str, Any] | None:
        return next((step for step in self.definition["steps"] if step.get("id") == step_id), None)


class Run(models.Model):
    """One person on her way through an automation. The row owns the work: whoever holds its lock works at it, and what
    a step does, the trace of it and the new place are one transaction.

    `entry` names what made her enter ("ledger:91", "event:17", "date:2026-05-01"): once each. `step` is what comes
    next, `visit` how many steps are done, `arrived_at` when she came to this one, `due_at` when it is looked at again,
    `waits_for` the event that she waits for. Somebody held out enters and nothing is done to her.
    `goal_at` is when she reached the goal, looked for until `goal_until`, whether she is still on her way or not.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("On the way")
        FINISHED = "finished", _("Finished")
        GOAL = "goal", _("Reached the goal")
        LEFT = "left", _("Left early")
        HELD_OUT = "held_out", _("Held out")
        FAILED = "failed", _("Failed")

    automation = models.ForeignKey(Automation, on_delete=models.CASCADE, related_name="runs", db_index=False)
    version = models.ForeignKey(AutomationVersion, on_delete=models.CASCADE, related_name="runs")
    contact_id = models.BigIntegerField()
    entry = models.TextField()
    entered_at = models.DateTimeField(_("entered"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ACTIVE)
    held_out = models.BooleanField(_("held out"), default=False)
    step = models.CharField(_("step"), max_length=40, blank=True)
    visit = models.PositiveIntegerField(default=0)
    arrived_at = models.DateTimeField()
    due_at = models.DateTimeField(_("due"), null=True)
    waits_for = models.TextField(blank=True)
    exit_reason = models.TextField(_("reason"), blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    goal_at = models.DateTimeField(_("reached the goal"), null=True)
    goal_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    trouble = models.TextField(_("trouble"), blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.UniqueConstraint(fields=["automation", "contact_id", "entry"], name="campaigns_run_once"),
            models.UniqueConstraint(
                fields=["automation", "contact_id"],
                condition=models.Q(state="active"),
                name="campaigns_run_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(state="active"), name="campaigns_run_due"),
            models.Index(fields=["contact_id"], name="campaigns_run_of_contact"),
            models.Index(fields=["automation", "state", "step"], name="campaigns_run_where"),
            models.Index(fields=["automation", "-entered_at", "-id"], name="campaigns_run_latest"),
            models.Index(
                fields=["waits_for", "contact_id"],
                condition=models.Q(state="active") & ~models.Q(waits_for=""),
                name="campaigns_run_waits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.automation_id}: {self.state}"


class StepDone(models.Model):
    """One step that was done for one person: the trace. `outcome` is a word of `campaigns.journeys.trace`."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="done", db_index=False)
    visit = models.PositiveIntegerField()
    step = models.CharField(_("step"), max_length=40)
    kind = models.CharField(_("kind"), max_length=20)
    arrived_at = models.DateTimeField(_("arrived"))
    at = models.DateTimeField(_("done"))
    outcome = models.CharField(_("outcome"), max_length=40)
    details = models.JSONField(default=dict, encoder=ExactEncoder, decoder=ExactDecoder)

    class Meta:
        verbose_name = _("step done")
        verbose_name_plural = _("steps done")
        constraints = [models.UniqueConstraint(fields=["run", "visit"], name="campaigns_step_once")]

    def __str__(self) -> str:
        return f"{self.run_id}.{self.visit} {self.step}: {self.outcome}"


class EventSeen(models.Model):
    """An event above its automation's `event_id` that was looked at already."""

    automation = models.ForeignKey(Automation, on_delete=models.CASCADE, related_name="+", db_index=False)
    event_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("event seen")
        verbose_name_plural = _("events seen")
        constraints = [models.UniqueConstraint(fields=["automation", "event_id"], name="campaigns_event_seen_once")]

    def __str__(self) -> str:
        return f"{self.automation_id} {self.event_id}"


class RunLook(models.Model):
    """Somebody who is in automations, or is measured by them, moved: goals and conditions are looked at again."""

    contact_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("look at a run")
        verbose_name_plural = _("looks at runs")

    def __str__(self) -> str:
        return str(self.contact_id)


class HookCall(models.Model):
    """A call of a service that a step asked for. Leased, called outside any transaction, then marked.

    `begun_at` is when the service began to be asked: a lease that ends with it leaves the call uncertain, and it is not
    made again by itself.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        LEASED = "leased", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        UNCERTAIN = "uncertain", _("Uncertain")

    done = models.OneToOneField(StepDone, on_delete=models.CASCADE, related_name="call")
    contact_id = models.BigIntegerField()
    url = models.TextField(_("address"))
    body = models.JSONField(default=dict, encoder=ExactEncoder, decoder=ExactDecoder)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    begun_at = models.DateTimeField(null=True)
    answer = models.TextField(_("answer"), blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("call of a service")
        verbose_name_plural = _("calls of services")
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=models.Q(state__in=["queued", "leased"]),
                name="campaigns_hook_open",
            ),
            models.Index(fields=["contact_id"], name="campaigns_hook_of_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.url}: {self.state}"


class DryRun(models.Model):
    """Who would have entered a version over the past year, when, and how many messages that is; see
    `campaigns.journeys.dry_run`. Without a result while its job runs."""

    automation = models.ForeignKey(Automation, on_delete=models.CASCADE, related_name="dry_runs", db_index=False)
    version = models.PositiveIntegerField(_("version"))
    result = models.JSONField(null=True)
    job_id = models.BigIntegerField(null=True)
    asked_by = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("dry run")
        verbose_name_plural = _("dry runs")
        indexes = [models.Index(fields=["automation", "-id"], name="campaigns_dryrun_latest")]

    def __str__(self) -> str:
        return f"{self.automation_id} v{self.version}"
