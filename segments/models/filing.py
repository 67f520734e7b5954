"""How people keep their lists: in folders, followed, looked at; and what was found to mend among them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Folder(models.Model):
    """A place for lists. A folder may stand in another one, which then stands in none."""

    name = models.CharField(_("name"), max_length=100)
    parent = models.ForeignKey(
        "self", verbose_name=_("in"), null=True, blank=True, on_delete=models.CASCADE, related_name="folders"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("folder")
        verbose_name_plural = _("folders")
        constraints = [
            models.UniqueConstraint(Lower("name"), "parent", name="segments_folder_name_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.name


class Follow(models.Model):
    """Somebody wants to hear what happens in a list."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    segment = models.ForeignKey("segments.Segment", on_delete=models.CASCADE, related_name="follows")
    since = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("followed list")
        verbose_name_plural = _("followed lists")
        constraints = [models.UniqueConstraint(fields=["user", "segment"], name="segments_follow_once")]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.segment_id}"


class Look(models.Model):
    """When anybody last opened a list, to the day. In a table of its own: a look must not wait for a build."""

    segment = models.OneToOneField("segments.Segment", on_delete=models.CASCADE, primary_key=True, related_name="look")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.segment_id} {self.at:%Y-%m-%d}"


class HintFound(models.Model):
    """Something to mend that takes too long to look for while somebody waits; found anew every night.

    It is about the versions of the lists that were read. `share`: of all in either list, those in both.
    """

    segment = models.ForeignKey("segments.Segment", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    other = models.ForeignKey("segments.Segment", null=True, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    other_version = models.PositiveIntegerField(null=True)
    share = models.FloatField(null=True)
    found_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "kind", "other"], name="segments_hint_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.kind}"


class HintDismissed(models.Model):
    """Somebody said of a list that it is meant to be so. Forgotten once it no longer is."""

    segment = models.ForeignKey("segments.Segment", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    by = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "kind"], name="segments_dismissed_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.kind}"
