"""Who may use the product: people with roles, keys with scopes, the account, and the audit log."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.models import AbstractAPIKey

from crmseg.common.actor import Actor


class Role(models.TextChoices):
    """Each may do what those before it may (`roles.RANK`)."""

    VIEWER = "viewer", _("Viewer")
    SERVICE = "service", _("Service")
    SALES = "sales", _("Sales")
    MARKETER = "marketer", _("Marketer")
    ADMIN = "admin", _("Administrator")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(
            email, password, **{"role": Role.ADMIN, "is_staff": True, "is_superuser": True} | fields
        )


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address."""

    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.VIEWER)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("operator"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(Lower("email"), name="access_user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def actor(self) -> Actor:
        return Actor("user", str(self), self.pk)


class Scope(models.TextChoices):
    FULL = "full", _("Everything")
    READ = "read", _("Read only")
    INGEST = "ingest", _("Send events only")


class ApiKey(AbstractAPIKey):
    """A key that a program presents; only its hash is stored."""

    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.FULL)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    last_used_at = models.DateTimeField(null=True)

    class Meta(AbstractAPIKey.Meta):
        verbose_name = _("API key")  # type: ignore[assignment]
        verbose_name_plural = _("API keys")  # type: ignore[assignment]

    @property
    def audit_id(self) -> str:
        """What may be shown of it; the primary key holds the hash."""
        return self.prefix


class Account(models.Model):
    """The one account of this instance: how it counts days, money and languages."""

    name = models.CharField(_("name"), max_length=200, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    language = models.CharField(_("language"), max_length=10, default="en")
    fiscal_start_month = models.PositiveSmallIntegerField(_("first month of the fiscal year"), default=1)

    class Meta:
        verbose_name = _("account")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="access_one_account")]

    def __str__(self) -> str:
        return self.name or "crmseg"


class AuditEntry(models.Model):
    """Who changed what, when. Only ever appended to."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.TextField()
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60, blank=True)
    object_label = models.TextField(blank=True)
    changes = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [models.Index(fields=["object_type", "object_id"])]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.object_label}"


class IdempotentAnswer(models.Model):
    """What was answered to a write that carried an Idempotency-Key, so that a repeat gets the same."""

    owner = models.CharField(max_length=100)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="access_idempotent_once")]

    def __str__(self) -> str:
        return self.key
