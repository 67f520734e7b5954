"""Naming a score model. The services check it; the form only carries it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class NamingForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    description = forms.CharField(
        label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=10_000
    )


class NewModelForm(NamingForm):
    key = forms.CharField(
        label=_("Key"),
        max_length=50,
        help_text=_("The name of the score in lists, exports and the API. It stays as it is."),
    )
    field_order = ("name", "key", "description")
