"""Signing in and out, in vain too, and second factors: what other packages do is told to the audit log here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from axes.helpers import get_client_ip_address
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.db.models import Model
from django.http import HttpRequest

from crmseg.common.actor import Actor
from crmseg.common.admin_base import operator_acted

from . import account
from .audit import record
from .models import User
from .signing_in import attempted_name

FACTORS = {"totp": "turned {} two-factor sign-in", "recovery_codes": "made recovery codes"}


def connect() -> None:
    """Called once, when the apps are ready."""
    account_signals.user_logged_in.connect(_note("signed in"), weak=False)
    user_logged_out.connect(_note("signed out"), weak=False)
    for signal in (account_signals.password_changed, account_signals.password_set, account_signals.password_reset):
        signal.connect(_note("changed the password"), weak=False)
    operator_acted.connect(_operator_acted, dispatch_uid="access.operator")
    user_login_failed.connect(_failed, dispatch_uid="access.failed")
    user_locked_out.connect(_locked_out, dispatch_uid="access.locked_out")
    mfa_signals.authentication_failed.connect(_note("failed to sign in"), weak=False)
    for signal, turned in (
        (mfa_signals.authenticator_added, "on"),
        (mfa_signals.authenticator_removed, "off"),
        (mfa_signals.authenticator_reset, "on"),
    ):
        signal.connect(_factor(turned), weak=False)


def _note(action: str) -> Any:
    def note(*, request: HttpRequest | None = None, user: User | None = None, **kwargs: object) -> None:
        if user is not None:
            record(user.actor(), action, user, _from(request))

    return note


def _factor(turned: str) -> Any:
    def note(*, request: HttpRequest, user: User, authenticator: Any, **kwargs: object) -> None:
        if turned == "off" and authenticator.type == "recovery_codes":
            return  # they go with the factor they stand in for
        record(
            user.actor(),
            FACTORS.get(authenticator.type, "turned {} two-factor sign-in").format(turned),
            user,
            _from(request),
        )

    return note


def _failed(*, credentials: Mapping[str, Any], request: HttpRequest | None = None, **kwargs: object) -> None:
    """Somebody gave a name and a wrong password; the name may be nobody's."""
    name = attempted_name(request, credentials)
    _strangers(name, "failed to sign in", request)


def _locked_out(*, request: HttpRequest, username: str = "", **kwargs: object) -> None:
    _strangers(attempted_name(request) or username, "was locked out", request)


def _operator_acted(*, actor: Actor, action: str, obj: Model, changes: Mapping[str, Any], **kwargs: object) -> None:
    record(actor, action, obj, changes)


def _strangers(name: str, action: str, request: HttpRequest | None) -> None:
    user = User.objects.filter(email__iexact=name).first() if name else None
    # Whoever it was has not shown to be that person.
    record(Actor("system", name or "?"), action, user or account.current(), _from(request))


def _from(request: HttpRequest | None) -> dict[str, str]:
    address = get_client_ip_address(request) if request is not None else None
    return {"IP address": str(address)} if address else {}
