"""Forms of consent channels and topics. They gather what was typed; the services check it and say what is wrong."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from . import consent_topics
from .models import ConsentTopic


class ChannelForm(forms.Form):
    """`label_it` and so on are the label in the languages besides the first."""

    key = forms.CharField(
        label=_("Key"),
        max_length=100,
        help_text=_("How answers are kept and the API calls it. It stays as it is."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    label = forms.CharField(label=_("Label"), required=False, max_length=200)
    description = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, is_new: bool = True, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["key"]
        for code, name in settings.LANGUAGES[1:]:
            field = forms.CharField(label=name, required=False, max_length=200)
            self.fields[f"label_{code}"] = field

    @property
    def other_labels(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("label_")]

    def data_for_service(self) -> dict[str, Any]:
        data = {name: value for name, value in self.cleaned_data.items() if not name.startswith("label_")}
        labels = {name.removeprefix("label_"): text for name, text in self.cleaned_data.items() if name not in data}
        return data | {"labels": {code: text for code, text in labels.items() if text}}


class TopicForm(ChannelForm):
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        required=False,
        choices=consent_topics.channel_choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all of them."),
    )
    default = forms.ChoiceField(
        label=_("Until they answer"),
        choices=ConsentTopic.Default.choices,
        help_text=_("Consent to the channel itself is needed in any case."),
    )
