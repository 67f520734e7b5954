"""Forms of contacts and companies. They gather what was typed; the services check it and say what is wrong."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from . import consent_topics, stages
from .fields import LIFECYCLE_STAGES
from .models.consent import ConsentStatus

STAGES = [("", _("Not said")), *((stage, stages.NAMES[stage]) for stage in LIFECYCLE_STAGES)]
ANSWERS = [(status.value, status.label) for status in (ConsentStatus.SUBSCRIBED, ConsentStatus.UNSUBSCRIBED)]


class ContactForm(forms.Form):
    """A new person: what is known at first. Everything else is added on the page of the contact."""

    first_name = forms.CharField(label=_("First name"), required=False)
    last_name = forms.CharField(label=_("Last name"), required=False)
    email = forms.CharField(label=_("E-mail"), required=False, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        help_text=_("With its country code, such as +1 617 555 0100."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    external_id = forms.CharField(
        label=_("External ID"), required=False, help_text=_("How your other systems call this person.")
    )
    lifecycle_stage = forms.ChoiceField(label=_("Lifecycle stage"), required=False, choices=STAGES)
    company = forms.CharField(
        label=_("Company"), required=False, help_text=_("Its domain (example.org) or its name; made when it is new.")
    )
    country = forms.CharField(label=_("Country"), required=False)
    city = forms.CharField(label=_("City"), required=False)
    consent = forms.ChoiceField(label=_("E-mail consent"), required=False, choices=[("", _("Never asked")), *ANSWERS])
    method = forms.CharField(
        label=_("How it was given"), required=False, help_text=_("For example: at the fair, on paper.")
    )

    def data_for_service(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        answer, method = values.pop("consent"), values.pop("method")
        company = values.pop("company")
        data: dict[str, Any] = {key: value for key, value in values.items() if value}
        if company:
            data["company"] = company_reference(company)
        if answer:
            data["consent"] = {"email": {"status": answer, "method": method or None}}
        return data

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("consent") and not cleaned.get("method"):
            self.add_error("method", _("Say how the answer was given: it is kept as the proof."))
        return cleaned


def company_reference(written: str) -> dict[str, str]:
    """A domain where it looks like one, else a name."""
    return {"domain": written} if "." in written and " " not in written else {"name": written}


class ConsentForm(forms.Form):
    """An answer by channel and topic; how it was given is always asked, because it is the proof."""

    channel = forms.ChoiceField(label=_("Channel"), initial="email", choices=consent_topics.channel_choices)
    topic = forms.ChoiceField(
        label=_("Topic"), required=False, choices=lambda: [("", _("Everything")), *consent_topics.topic_choices()]
    )
    status = forms.ChoiceField(label=_("Answer"), choices=ANSWERS)
    method = forms.CharField(
        label=_("How it was given"), help_text=_("For example: by phone on 3 May, web form “Newsletter”.")
    )
    text_shown = forms.CharField(
        label=_("Text that was shown"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class CompanyForm(forms.Form):
    name = forms.CharField(label=_("Name"), required=False)
    domain = forms.CharField(label=_("Domain"), required=False, help_text=_("Such as example.org."))
    industry = forms.CharField(label=_("Industry"), required=False)
    employees = forms.IntegerField(label=_("Employees"), required=False, min_value=0)
    revenue = forms.DecimalField(label=_("Revenue"), required=False)
    country = forms.CharField(label=_("Country"), required=False)
    region = forms.CharField(label=_("Region"), required=False)
    city = forms.CharField(label=_("City"), required=False)
    postal_code = forms.CharField(label=_("Postal code"), required=False)

    def data_for_service(self) -> dict[str, Any]:
        return {key: None if value == "" else value for key, value in self.cleaned_data.items()}


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("Comma, semicolon or tab separated, up to 32 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )
