"""What people fill in on the first-steps page and in the settings."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.dates import MONTHS
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from crmseg.common.long_select import LongSelect

from . import retention
from .models import Role, Scope, TwoFactor, User


class FirstPersonForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=200, required=False)
    email = forms.EmailField(label=_("E-mail"))
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        help_text=_("At least 12 characters; a sentence is easiest to remember."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if password := given.get("password"):
            try:
                validate_password(password, User(email=given.get("email", ""), name=given.get("name", "")))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return given


class AccountForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())],
        widget=LongSelect,
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=lambda: _currencies(), widget=LongSelect)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    require_mfa = forms.ChoiceField(
        label=_("Two-factor sign-in"),
        choices=TwoFactor.choices,
        required=False,
        help_text=_("Whoever needs it and has none is asked to set it up on the next page they open."),
    )
    fiscal_start_month = forms.TypedChoiceField(
        label=_("First month of the fiscal year"), choices=list(MONTHS.items()), coerce=int
    )


def _currencies() -> list[tuple[str, str]]:
    locale = Locale.parse(get_language() or "en", sep="-")
    return sorted((code, f"{code} – {name}") for code, name in locale.currencies.items() if len(code) == 3)


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the browser asks")), *settings.LANGUAGES]
    )


class PersonForm(forms.Form):
    """Somebody to invite."""

    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    email = forms.EmailField(label=_("E-mail"))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    is_active = forms.BooleanField(label=_("May sign in"), required=False)


class KeyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=50, help_text=_("What it is for, as histories will name it."))
    scope = forms.ChoiceField(label=_("May do"), choices=Scope.choices)


class SenderForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("As inboxes show it."))
    address = forms.EmailField(label=_("Address"), help_text=_("Your mail server must be allowed to send for it."))
    reply_to = forms.EmailField(
        label=_("Reply-to address"), required=False, help_text=_("Where answers go, if not to the address.")
    )
    is_default = forms.BooleanField(label=_("Taken where a campaign names no sender"), required=False)


class RetentionForm(forms.Form):
    """One term for each kind of things that can be kept for a time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kept in retention.kinds():
            self.fields[kept.key] = forms.TypedChoiceField(
                label=kept.label, help_text=kept.says, coerce=int, choices=list(retention.CHOICES.items())
            )
