"""What people write about a campaign. The services check it; the forms only carry it.

A part of the form may be sent alone: what was not on the page is left as it is. A box that is not ticked and a table
with nothing chosen send nothing, so the page names them in `shown`.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from contacts import consent_topics
from contacts.models import EventType
from crmseg.access import senders
from crmseg.common import json
from crmseg.common.problems import InvalidInput, Problem
from segments.models import Segment

from . import draft
from .channels import registry
from .content import compose
from .models import Campaign

LISTS = ("include", "exclude")
SHARES = ("holdout", "test_share")
WORDS = draft.WORDS


def _lines(rows: int, **attrs: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "spellcheck": "false", **attrs})


class CampaignForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("For your colleagues; readers never see it."))
    kind = forms.ChoiceField(label=_("How long it runs"), required=False, choices=Campaign.Kind.choices)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    topic = forms.ChoiceField(
        label=_("Topic"),
        required=False,
        help_text=_("Leaves out whoever said no to this topic. Without one, consent to the channel suffices."),
    )
    include = forms.TypedMultipleChoiceField(label=_("Send to"), required=False, coerce=int)
    exclude = forms.TypedMultipleChoiceField(label=_("But not to"), required=False, coerce=int)
    sender = forms.CharField(label=_("Sender"), required=False, help_text=_("Name <address@example.org>"))
    subject = forms.CharField(label=_("Subject"), required=False)
    body_mjml = forms.CharField(label=_("MJML"), required=False, strip=False, widget=_lines(18))
    body_html = forms.CharField(label=_("HTML"), required=False, strip=False, widget=_lines(18))
    body_text = forms.CharField(
        label=_("Plain text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Left empty, it is made from the HTML. On its own, the message has no HTML."),
    )
    webhook_url = forms.CharField(
        label=_("Address of the service"), required=False, help_text=_("Each message is sent there as a POST of JSON.")
    )
    in_local_time = forms.BooleanField(label=_("At each person's local time"), required=False)
    throttle_per_hour = forms.IntegerField(label=_("At most per hour"), required=False, min_value=1)
    throttle_domain_per_hour = forms.IntegerField(
        label=_("At most per hour to one mail domain"), required=False, min_value=1
    )
    priority = forms.IntegerField(label=_("Priority"), required=False, min_value=-100, max_value=100)
    ignores_caps = forms.BooleanField(label=_("Not counted by frequency caps"), required=False)
    track_opens = forms.BooleanField(label=_("See who opens"), required=False)
    track_clicks = forms.BooleanField(label=_("See who clicks"), required=False)
    goal_event = forms.CharField(
        label=_("Goal: the event that counts"),
        required=False,
        max_length=200,
        help_text=_("Left empty, no conversions are measured."),
    )
    goal_hours = forms.IntegerField(label=_("Within how many hours"), required=False, min_value=1, max_value=24 * 366)
    goal_amount = forms.CharField(label=_("Property with the amount"), required=False, max_length=200)
    holdout = forms.FloatField(label=_("Held out, in percent"), required=False, min_value=0, max_value=50)
    test_share = forms.FloatField(label=_("Takes part in the test, in percent"), required=False)
    test_hours = forms.IntegerField(label=_("Decided after hours"), required=False, min_value=1, max_value=720)
    test_metric = forms.ChoiceField(label=_("Decided by"), required=False, choices=Campaign.Metric.choices)
    test_rule = forms.ChoiceField(label=_("Rule"), required=False, choices=Campaign.Rule.choices)

    def __init__(
        self,
        data: Any = None,
        *,
        campaign: Campaign | None = None,
        initial: dict[str, Any] | None = None,
        language: str = "",
    ) -> None:
        """`language`: the words are those of this language, not the campaign's first ones."""
        self.campaign, self.language = campaign, language if language in compose.LANGUAGES else ""
        super().__init__(data, initial=self._saved(campaign) if campaign else initial)
        self.segments = list(Segment.unarchived.order_by("name"))
        for key in LISTS:
            self._choices(key, [(segment.pk, segment.name) for segment in self.segments])
        topics, channel = consent_topics.topic_choices(), campaign.channel if campaign else "email"
        asked = [str(data.get("topic", "")) if data else "", campaign.topic if campaign else ""]
        others = [(key, key) for key in dict.fromkeys(asked) if key and key not in dict(topics)]
        self._choices("topic", [("", _("Any: consent to the channel suffices")), *topics, *others])
        self._choices("channel", channel_choices(channel))
        self.fields["sender"].widget.attrs |= {"placeholder": draft.default_sender(), "list": "senders"}
        self.fields["goal_event"].widget.attrs["list"] = "event-names"
        self.senders = [str(sender) for sender in senders.known()]

    def _choices(self, key: str, choices: Sequence[tuple[Any, Any]]) -> None:
        self.fields[key].choices = choices  # type: ignore[attr-defined]

    def _saved(self, campaign: Campaign) -> dict[str, Any]:
        given = {key: getattr(campaign, key) for key in self.base_fields}
        given |= {key: round(given[key] * 100, 4) for key in SHARES}
        given |= {key: [pk for pk in given[key] if isinstance(pk, int)] for key in LISTS}
        if self.language:
            given |= {key: campaign.translations.get(self.language, {}).get(key, "") for key in WORDS}
        return given

    @property
    def event_names(self) -> list[str]:
        return list(EventType.objects.order_by("name").values_list("name", flat=True)[:200])

    def chosen(self, key: str) -> list[int]:
        raw = self.data.getlist(key) if self.is_bound else self.initial.get(key) or []  # type: ignore[attr-defined]
        return list(dict.fromkeys(int(pk) for pk in raw if str(pk).isascii() and str(pk).isdigit()))

    def definitions(self, key: str) -> list[dict[str, Any]]:
        """Those written for this campaign alone."""
        if not self.is_bound or not self._was_shown(key):
            return [one for one in getattr(self.campaign, key, []) if isinstance(one, dict)]
        return [one for raw in self.data.getlist(f"{key}_definition") if isinstance(one := _json(raw), dict)]  # type: ignore[attr-defined]

    def _was_shown(self, key: str) -> bool:
        return key in self.data or key in self.data.getlist("shown")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Browsers end lines in two characters; a translation's templates are at fault where they stand."""
        for key in WORDS:
            if isinstance(self.cleaned_data.get(key), str):
                self.cleaned_data[key] = self.cleaned_data[key].replace("\r\n", "\n")
        if self.language:
            said = {key: self.cleaned_data.get(key) or "" for key in WORDS}
            for problem in compose.problems(Campaign(**said)):
                self.add_error(problem.pointer.removeprefix("/"), problem.message)
        return self.cleaned_data

    def wrong(self) -> list[Problem]:
        """The problems of what was on the page."""
        return [
            Problem(f"/{key}", str(said))
            for key, errors in self.errors.items()
            if self._was_shown(key)
            for said in errors
        ]

    def data_for_service(self) -> dict[str, Any]:
        """What was on the page, as the services read it."""
        data: dict[str, Any] = {}
        for key, value in self.cleaned_data.items():
            if key not in draft.READERS or not self._was_shown(key):
                continue
            if key in SHARES:
                value = None if value is None else round(value / 100, 6)
            elif key in LISTS:
                value = [*value, *self.definitions(key)]
            if value is not None or key.startswith("throttle"):
                data[key] = value
        for key in ("kind", "channel", "test_metric", "test_rule"):
            if not data.get(key, "x"):
                del data[key]
        words = {key: data.pop(key) for key in WORDS if self.language and key in data}
        if words and self.campaign:
            known = self.campaign.translations
            data["translations"] = known | {self.language: known.get(self.language, {}) | words}
        return data

    def as_campaign(self) -> Campaign:
        """What is in the form now, valid or not, as a campaign that is not saved: for counting and previews."""
        self.is_valid()
        shown = copy.copy(self.campaign) if self.campaign else Campaign()
        known = {segment.pk for segment in self.segments}
        for key, value in self.data_for_service().items():
            setattr(shown, key, value)
        for key in LISTS:
            if self._was_shown(key):
                ids = [pk for pk in self.chosen(key) if pk in known]
                setattr(shown, key, [*ids, *self.definitions(key)])
        return shown


class StartForm(forms.Form):
    """The little that a campaign begins with."""

    name = forms.CharField(
        label=_("Name"), required=False, max_length=200, help_text=_("For your colleagues; readers never see it.")
    )
    channel = forms.ChoiceField(label=_("Channel"), required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["channel"].choices = channel_choices()  # type: ignore[attr-defined]


class TestForm(forms.Form):
    """Where a test goes: to an address on the channel, or to nobody but the service of the campaign."""

    address = forms.CharField(label=_("Send a test to"))

    def __init__(self, campaign: Campaign, own: str) -> None:
        super().__init__(initial={"address": "" if campaign.channel == "sms" else own})
        if campaign.channel == "webhook":
            del self.fields["address"]
        elif campaign.channel == "sms":
            self.fields["address"].widget.attrs |= {"type": "tel", "placeholder": "+39 06 1234 5678"}


def channel_choices(present: str = "email") -> list[tuple[str, str]]:
    """The channels a campaign can be sent on."""
    names = registry.choices()
    return [(key, str(names.get(key, key))) for key in dict.fromkeys([*draft.CHANNELS, present])]


def language_name(language: str) -> str:
    return _now(str(compose.LANGUAGES[language]))


def _json(raw: str) -> object:
    try:
        return json.loads(raw.encode())
    except InvalidInput:
        return None
