"""What messages are made from, and what they said before."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .campaign import Campaign


class CampaignVersion(models.Model):
    """The words of a campaign as somebody saved them: `words` holds what `campaigns.content.versions` keeps."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    words = models.JSONField()
    created_by = models.TextField(blank=True)
    created_at = models.DateTimeField(_("saved"), auto_now_add=True)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="campaigns_version_once")]

    def __str__(self) -> str:
        return f"{self.campaign_id}, version {self.number}"


class Block(models.Model):
    """A piece of a message that many messages share: MJML sections, or HTML."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    body_mjml = models.TextField(_("MJML"))
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    updated_by = models.TextField(blank=True)

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")

    def __str__(self) -> str:
        return self.name


class SavedTemplate(models.Model):
    """A whole message to begin from, kept by people; the product's own are files."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    subject = models.TextField(_("subject"), blank=True)
    body_mjml = models.TextField(_("MJML"))
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    updated_by = models.TextField(blank=True)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")

    def __str__(self) -> str:
        return self.name


class Image(models.Model):
    """A picture for messages. Its file lies in the data folder under its digest, and is shown to anybody who asks."""

    name = models.CharField(_("name"), max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=20)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    size = models.PositiveIntegerField(_("bytes"))
    created_by = models.TextField(blank=True)
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        return self.name
