"""What people write about a campaign. The services check it; the forms only carry it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crmseg.access import senders
from segments.models import Segment

from . import draft
from .models import Campaign

LISTS = ("include", "exclude")


class CampaignForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("For your colleagues; readers never see it."))
    sender = forms.CharField(label=_("Sender"), required=False, help_text=_("Name <address@example.org>"))
    topic = forms.CharField(
        label=_("Topic"),
        required=False,
        max_length=100,
        help_text=_("Leaves out whoever said no to this topic. Without one, consent to e-mail suffices."),
    )
    subject = forms.CharField(label=_("Subject"), required=False)
    body_html = forms.CharField(label=_("HTML"), required=False, widget=forms.Textarea(attrs={"rows": 14}))
    body_text = forms.CharField(
        label=_("Plain text"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Left empty, it is made from the HTML. On its own, the message has no HTML."),
    )
    include = forms.TypedMultipleChoiceField(label=_("Send to"), required=False, coerce=int)
    exclude = forms.TypedMultipleChoiceField(label=_("But not to"), required=False, coerce=int)

    def __init__(
        self, data: Any = None, *, campaign: Campaign | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        given = {key: getattr(campaign, key) for key in self.base_fields} if campaign else initial
        super().__init__(data, initial=given)
        self.segments = list(Segment.unarchived.order_by("name"))
        for key in LISTS:
            self.fields[key].choices = [(segment.pk, segment.name) for segment in self.segments]  # type: ignore[attr-defined]
        self.fields["sender"].widget.attrs |= {"placeholder": draft.default_sender(), "list": "senders"}
        self.senders = [str(sender) for sender in senders.known()]

    def chosen(self, key: str) -> set[int]:
        raw = self.data.getlist(key) if self.is_bound else self.initial.get(key) or []  # type: ignore[attr-defined]
        return {int(pk) for pk in raw if str(pk).isascii() and str(pk).isdigit()}

    def lists(self) -> list[dict[str, Any]]:
        """Every list, with whether it is included and excluded."""
        include, exclude = self.chosen("include"), self.chosen("exclude")
        return [
            {"list": segment, "included": segment.pk in include, "excluded": segment.pk in exclude}
            for segment in self.segments
        ]

    def data_for_service(self) -> dict[str, object]:
        return {key: value for key, value in self.cleaned_data.items() if key in draft.READERS}

    def as_campaign(self) -> Campaign:
        """What is in the form now, valid or not, as a campaign that is not saved: for counting and previews."""
        known = {segment.pk for segment in self.segments}
        words = {key: str(self.data.get(key, "")) for key in ("name", "subject", "body_html", "body_text", "topic")}
        lists = {key: sorted(self.chosen(key) & known) for key in LISTS}
        return Campaign(**words, **lists)


class TestForm(forms.Form):
    address = forms.CharField(label=_("Send a test to"))
