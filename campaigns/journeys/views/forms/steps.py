"""Which form each kind of step has beside the picture, and what a new one holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ... import selectors
from .changes import CreateTaskForm, ListForm, OwnerForm, SetAttributeForm, StageForm
from .open import Choices, OpenForm, Raw, choice_field, read_id, unchosen
from .waits import WaitForEventForm, WaitForm, WaitUntilForm


class BranchForm(OpenForm):
    """Its condition is written in the builder."""

    def written(self) -> Raw:
        return {"condition": self.raw.get("condition")}


class SendForm(OpenForm):
    NAMES = ("campaign",)
    campaign = choice_field(gettext_lazy("Message"))

    def held(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return {"campaign": str(raw.get("campaign") or "")}

    def choices(self) -> dict[str, Choices]:
        found = selectors.campaigns_to_send().values_list("pk", "name")
        return {"campaign": [*unchosen(_("Choose a message")), *((str(pk), name) for pk, name in found)]}

    def written(self) -> Raw:
        return {"campaign": read_id(self.cleaned_data.get("campaign"))}


class WebhookForm(OpenForm):
    NAMES = ("url",)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        required=False,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=gettext_lazy("Gets the contact and the step as signed JSON, once for each person."),
    )


class EndForm(OpenForm):
    pass


STEP_FORMS: Final[dict[str, type[OpenForm]]] = {
    "wait": WaitForm,
    "wait_for_event": WaitForEventForm,
    "wait_until": WaitUntilForm,
    "branch": BranchForm,
    "send": SendForm,
    "set_attribute": SetAttributeForm,
    "add_to_list": ListForm,
    "remove_from_list": ListForm,
    "set_owner": OwnerForm,
    "set_stage": StageForm,
    "create_task": CreateTaskForm,
    "webhook": WebhookForm,
    "end": EndForm,
}
BLANKS: Final[dict[str, Raw]] = {
    "wait": {"n": 1, "unit": "day"},
    "wait_for_event": {"event": None, "n": 7, "unit": "day"},
    "wait_until": {"at": "09:00", "weekdays": [1, 2, 3, 4, 5], "zone": "contact"},
    "branch": {"condition": None},
    "send": {"campaign": None},
    "set_attribute": {"property": None, "value": None},
    "add_to_list": {"list": None},
    "remove_from_list": {"list": None},
    "set_owner": {"owner": None},
    "set_stage": {"stage": None},
    "create_task": {"title": None, "n": 2, "unit": "day"},
    "webhook": {"url": None},
    "end": {},
}
"""What a step holds when it is put into the picture."""
