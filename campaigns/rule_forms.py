"""What people write on the pages of sending rules and suppressions. The services check it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts import consent_topics
from contacts.channels import CHANNELS
from segments.models import Segment

from . import ways


def _channels(keys: tuple[str, ...]) -> list[tuple[str, Any]]:
    return [(key, CHANNELS[key].label) for key in keys]


class RulesForm(forms.Form):
    holdout = forms.FloatField(
        label=_("Held out of every campaign, in percent"),
        min_value=0,
        max_value=50,
        help_text=_("Always the same people. What they do beside the others shows what all campaigns change together."),
    )
    quiet_from = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("By the clock of each person, else of the account. Messages wait until the quiet hours end."),
    )
    tracks_without_consent = forms.BooleanField(
        label=_("See openings and clicks of people who were not asked"), required=False
    )

    def data_for_service(self) -> dict[str, object]:
        return self.cleaned_data | {"holdout": round(self.cleaned_data["holdout"] / 100, 6)}


class CapForm(forms.Form):
    channel = forms.ChoiceField(label=_("Channel"), choices=_channels(ways.CHANNELS))
    topic = forms.ChoiceField(label=_("About"), required=False)
    messages = forms.IntegerField(label=_("At most so many messages"), min_value=1, max_value=1_000)
    days = forms.IntegerField(label=_("in so many days"), min_value=1, max_value=366)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"messages": 3, "days": 7})
        choices = [("", _("Anything")), *consent_topics.topic_choices()]
        self.fields["topic"].choices = choices  # type: ignore[attr-defined]


class SuppressForm(forms.Form):
    channel = forms.ChoiceField(label=_("Channel"), choices=_channels(ways.ADDRESSED))
    addresses = forms.CharField(
        label=_("Addresses"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("One on each line. @example.org is everybody there."),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=500)

    @property
    def lines(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["addresses"].splitlines() if line.strip()]


class SuppressFileForm(forms.Form):
    channel = forms.ChoiceField(label=_("Channel"), choices=_channels(ways.ADDRESSED))
    file = forms.FileField(
        label=_("File"), help_text=_("CSV or text, an address or a domain on each row, with a note beside it if any.")
    )


class SuppressListForm(forms.Form):
    segment = forms.TypedChoiceField(label=_("List"), coerce=int)
    channel = forms.ChoiceField(label=_("Channel"), choices=_channels(ways.ADDRESSED))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        choices = [("", "–"), *Segment.unarchived.order_by("name").values_list("pk", "name")]
        self.fields["segment"].choices = choices  # type: ignore[attr-defined]
