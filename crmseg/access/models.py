"""Who may use the product: people with roles, keys with scopes, the account, and the audit log."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Cast, Lower, Upper
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


class TwoFactor(models.TextChoices):
    """Who has to sign in with a second factor."""

    NOBODY = "", _("is up to each person")
    ADMINS = "admins", _("is required of administrators")
    EVERYBODY = "everybody", _("is required of everybody")


class Account(models.Model):
    """The one account of this instance: how it counts days, money and languages."""

    name = models.CharField(_("name"), max_length=200, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    language = models.CharField(_("language"), max_length=10, default="en")
    require_mfa = models.CharField(
        _("two-factor sign-in"), max_length=10, default="", blank=True, choices=TwoFactor.choices
    )
    fiscal_start_month = models.PositiveSmallIntegerField(_("first month of the fiscal year"), default=1)

    class Meta:
        verbose_name = _("account")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="access_one_account")]

    def __str__(self) -> str:
        return self.name or "crmseg"


class Sender(models.Model):
    """Who campaigns come from. At most one is the one that a campaign without a sender takes."""

    name = models.CharField(_("name"), max_length=100)
    address = models.EmailField(_("address"))
    reply_to = models.EmailField(_("reply-to address"), blank=True)
    is_default = models.BooleanField(_("standard sender"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("sender")
        verbose_name_plural = _("senders")
        constraints = [
            models.UniqueConstraint(Lower("address"), "name", name="access_sender_once"),
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="access_one_default_sender"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"


class Retention(models.Model):
    """How many days something is kept; what has no row is kept for ever."""

    kind = models.CharField(_("what"), max_length=40, unique=True)
    days = models.PositiveIntegerField(_("days"))
    pruned_at = models.DateTimeField(null=True)
    pruned_rows = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("retention")
        verbose_name_plural = _("retention")

    def __str__(self) -> str:
        return self.kind


class AuditEntry(models.Model):
    """Who changed what, when. Only ever appended to."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.TextField()
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60, blank=True)
    object_label = models.TextField(blank=True)
    changes = models.JSONField(default=dict)
    before = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [
            models.Index(fields=["object_type", "object_id"]),
            models.Index(fields=["at", "id"], name="access_audit_when"),
            models.Index(fields=["actor", "at"], name="access_audit_who"),
            models.Index(fields=["action", "at"], name="access_audit_did"),
            GinIndex(
                OpClass(Upper("actor"), "gin_trgm_ops"),
                OpClass(Upper("object_label"), "gin_trgm_ops"),
                OpClass(Upper(Cast("changes", models.TextField())), "gin_trgm_ops"),
                name="access_audit_words",
            ),
        ]

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
