"""Every change of who may use the product, and of the account; each leaves its entry in the audit log."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from crmseg.common.actor import SYSTEM, Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from . import account
from .audit import record
from .models import Account, ApiKey, Role, Scope, User
from .signals import account_changed


@transaction.atomic
def create_first_person(*, email: str, password: str, name: str = "") -> User | None:
    """The administrator who starts the instance; None when somebody is there already, however close the race."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {connection.ops.quote_name(User._meta.db_table)} IN SHARE ROW EXCLUSIVE MODE")
    if User.objects.exists():
        return None
    user = User.objects.create_superuser(email, password, name=name)
    record(SYSTEM, "created", user, {"role": user.role})
    return user


@transaction.atomic
def invite_person(*, email: str, name: str, role: str, actor: Actor) -> User:
    """An account without a password; its owner sets one through `offer_password_link`."""
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidInput([Problem("/email", _("This is not an e-mail address."))]) from None
    if User.objects.filter(email__iexact=email).exists():
        raise InvalidInput([Problem("/email", _("Somebody has an account with this address already."))])
    user = User.objects.create_user(email, None, name=name, **_powers(role))
    record(actor, "invited", user, {"role": role})
    return user


def _powers(role: str) -> dict[str, Any]:
    is_admin = Role(role) is Role.ADMIN
    return {"role": role, "is_staff": is_admin, "is_superuser": is_admin}


def offer_password_link(user: User, *, actor: Actor) -> str:
    """An address at which `user` sets a password, good once and for three days."""
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str

    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    record(actor, "offered a password link", user)
    return settings.PUBLIC_URL + reverse("account_reset_password_from_key", kwargs=key)


@transaction.atomic
def change_person(user_id: int, *, role: str, is_active: bool, actor: Actor) -> User:
    """Another role, or none any more; one active administrator always remains."""
    admins = list(User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk"))
    user = User.objects.select_for_update().get(pk=user_id)
    stays_admin = is_active and Role(role) is Role.ADMIN
    if admins == [user] and not stays_admin:
        raise Conflict(_("This is the only administrator: make somebody else one first."))
    changes = {"role": role, "is_active": is_active}
    changes = {name: value for name, value in changes.items() if getattr(user, name) != value}
    if changes:
        before = {name: getattr(user, name) for name in changes}
        for name, value in (_powers(role) | {"is_active": is_active}).items():
            setattr(user, name, value)
        user.save(update_fields=["role", "is_staff", "is_superuser", "is_active"])
        record(actor, "updated", user, changes, before=before)
    return user


@transaction.atomic
def update_profile(user_id: int, *, name: str, language: str) -> None:
    user = User.objects.select_for_update().get(pk=user_id)
    before = {"name": user.name, "language": user.language}
    changes = {key: value for key, value in {"name": name, "language": language}.items() if value != before[key]}
    if changes:
        user.name, user.language = name, language
        user.save(update_fields=[*changes])
        record(user.actor(), "updated", user, changes, before=before)


@transaction.atomic
def create_key(*, name: str, scope: str, actor: Actor, created_by: User | None = None) -> tuple[ApiKey, str]:
    """A key and its text, which is never to be seen again."""
    longest = ApiKey._meta.get_field("name").max_length or 0
    if not 0 < len(name) <= longest:
        raise InvalidInput([Problem("/name", _("Expected 1 to %(most)s characters.") % {"most": longest})])
    if scope not in Scope.values:
        raise InvalidInput([Problem("/scope", _("Expected one of: %(all)s.") % {"all": ", ".join(Scope.values)})])
    key: ApiKey
    key, text = ApiKey.objects.create_key(name=name, scope=scope, created_by=created_by)  # type: ignore[assignment]
    record(actor, "created", key, {"scope": scope})
    return key, text


@transaction.atomic
def rotate_key(prefix: str, *, actor: Actor) -> tuple[ApiKey, str]:
    """A new key in the place of an old one, which stops working at once."""
    old = revoke_key(prefix, actor=actor)
    return create_key(name=old.name, scope=old.scope, actor=actor, created_by=old.created_by)


@transaction.atomic
def revoke_key(prefix: str, *, actor: Actor) -> ApiKey:
    key: ApiKey = ApiKey.objects.select_for_update(of=("self",)).get(prefix=prefix)
    if not key.revoked:
        key.revoked = True
        key.save(update_fields=["revoked"])
        record(actor, "revoked", key)
    return key


@transaction.atomic
def update_account(values: Mapping[str, Any], *, actor: Actor) -> Account:
    Account.objects.get_or_create(pk=1)
    found = Account.objects.select_for_update().get(pk=1)
    changes = {name: value for name, value in values.items() if getattr(found, name) != value}
    if changes:
        before = {name: getattr(found, name) for name in changes}
        for name, value in changes.items():
            setattr(found, name, value)
        found.save(update_fields=[*changes])
        record(actor, "updated", found, changes, before=before)
        transaction.on_commit(account.forget)
        transaction.on_commit(lambda: account_changed.send(Account, changes=frozenset(changes)), robust=True)
    return found


def new_password() -> str:
    return secrets.token_urlsafe(12)
