"""Forms of attributes. They gather what was typed; the services check it and say what is wrong."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .fields import FieldType
from .models import AttributeDefinition

TYPE_NAMES = {
    FieldType.TEXT: _("Text"),
    FieldType.NUMBER: _("Number"),
    FieldType.MONEY: _("Money"),
    FieldType.BOOLEAN: _("Yes or no"),
    FieldType.DATE: _("Date"),
    FieldType.DATETIME: _("Date and time"),
    FieldType.ENUM: _("One of several options"),
    FieldType.ORDERED_ENUM: _("One of several options, in order"),
    FieldType.MULTI_ENUM: _("Several options at once"),
    FieldType.LOCATION: _("Coordinates"),
}
TYPES = [(one.value, name) for one, name in TYPE_NAMES.items()]


class OptionsField(forms.CharField):
    """One option a line; blank lines are nothing."""

    widget = forms.Textarea(attrs={"rows": 5})

    def clean(self, value: Any) -> list[str]:
        return [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class AttributeForm(forms.Form):
    """What can be changed of an attribute at any time."""

    label = forms.CharField(label=_("Label"), required=False, max_length=200)
    group = forms.CharField(
        label=_("Group"), required=False, max_length=100, help_text=_("Attributes of one group stand together.")
    )
    description = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    options = OptionsField(label=_("Options"), required=False, help_text=_("One a line. Only for types with options."))

    def data_for_service(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class NewAttributeForm(AttributeForm):
    entity = forms.ChoiceField(label=_("Of whom"), choices=AttributeDefinition.Entity.choices)
    key = forms.CharField(
        label=_("Key"),
        max_length=63,
        help_text=_("How imports and the API call it, such as favourite_shop. It stays as it is."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    type = forms.ChoiceField(label=_("Type"), choices=TYPES)

    def data_for_service(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", [])}


class RetypeForm(forms.Form):
    """Another type for an attribute that has values."""

    type = forms.ChoiceField(label=_("New type"), choices=TYPES)
    options = OptionsField(
        label=_("Options"),
        required=False,
        help_text=_("One a line. Empty: the values there are become the options, where the type has some."),
    )
    only_whole = forms.BooleanField(label=_("Change nothing if any value would be lost"), required=False, initial=True)
