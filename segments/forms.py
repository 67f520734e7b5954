"""Forms of the pages about lists. Definitions have a form of their own: `segments.views.builder`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Segment, Target

_SCHEDULES = (
    ("", _("never: keep the people as they are")),
    ("1", _("every day")),
    ("7", _("every week")),
    ("30", _("every 30 days")),
)
MOST_PASTED = 10_000


_NOTES = ("note_marketing", "note_sales", "note_service")


class _ListForm(forms.ModelForm):  # type: ignore[type-arg]
    """Whether a name is free is for the services to say, in the words of the product."""

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), "name"}  # type: ignore[misc]


class NewListForm(_ListForm):
    """A name, and what the list is for."""

    class Meta:
        model = Segment
        fields = ["name", "description", "goal", "target_metric", "persona", *_NOTES]
        error_messages = {"name": {"required": _("Give the list a name.")}}
        widgets = (
            {"description": forms.TextInput(attrs={"maxlength": 2000})}
            | {name: forms.TextInput() for name in ("goal", "target_metric", "persona")}
            | {name: forms.Textarea(attrs={"rows": 2}) for name in _NOTES}
        )


class NewStaticListForm(NewListForm):
    """Static lists start empty, from another list, or as a snapshot that renews itself."""

    class Meta(NewListForm.Meta):
        fields = ["name", "description"]

    source = forms.ModelChoiceField(
        Segment.unarchived.order_by("name"),
        label=_("Start with the members of"),
        required=False,
        empty_label=_("nobody: an empty list"),
    )
    renew = forms.ChoiceField(label=_("Renew from it"), choices=_SCHEDULES, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("renew") and not cleaned.get("source"):
            self.add_error("source", _("Choose the list to renew from."))
        return cleaned

    def details(self) -> dict[str, Any]:
        """What `services.create_segment` is told."""
        given = self.cleaned_data
        details = {"name": given["name"], "description": given["description"]}
        if given.get("renew"):
            details |= {"snapshot_of": given["source"].pk, "snapshot_every": timedelta(days=int(given["renew"]))}
        return details


class SettingsForm(_ListForm):
    """What people should know about a list: for what, for whom, by whom, and what each team does with it."""

    class Meta:
        model = Segment
        fields = [
            "name",
            "description",
            "goal",
            "target_metric",
            "persona",
            "note_marketing",
            "note_sales",
            "note_service",
            "owner",
            "review_on",
            "folder",
            "tags",
        ]
        widgets = {name: forms.Textarea(attrs={"rows": 2}) for name in fields[:-4]} | {
            "name": forms.TextInput(),
            "target_metric": forms.TextInput(),
            "persona": forms.TextInput(),
            "review_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "tags": forms.TextInput(attrs={"list": "tags-in-use"}),
        }
        help_texts = {"tags": _("Separated by commas.")}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["owner"].empty_label = _("nobody")  # type: ignore[attr-defined]
        self.fields["folder"].empty_label = _("In no folder")  # type: ignore[attr-defined]

    def details(self) -> Mapping[str, Any]:
        """What `services.update_segment` is told: only what was changed."""
        given = self.cleaned_data | {"folder": self.cleaned_data["folder"] and self.cleaned_data["folder"].pk}
        return {name: given[name] for name in self.changed_data}


class SnapshotForm(forms.Form):
    """From which list a static list takes its members anew, and how often."""

    source = forms.ModelChoiceField(
        Segment.unarchived.order_by("name"), label=_("Snapshot of"), required=False, empty_label=_("no list")
    )
    renew = forms.ChoiceField(label=_("Renewed"), choices=_SCHEDULES, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("renew")) != bool(cleaned.get("source")):
            self.add_error("renew" if cleaned.get("source") else "source", _("Choose both, or neither."))
        return cleaned

    def details(self) -> dict[str, Any]:
        days, source = self.cleaned_data.get("renew"), self.cleaned_data.get("source")
        return {
            "snapshot_of": source.pk if source else None,
            "snapshot_every": timedelta(days=int(days)) if days else None,
        }


class DelaysForm(forms.Form):
    """How long the rule must hold before somebody enters a list, and fail before somebody leaves it."""

    UNITS = (
        ("minutes", _("minutes")),
        ("hours", _("hours")),
        ("days", _("days")),
    )
    entry = forms.IntegerField(label=_("Enter only after"), required=False, min_value=0, max_value=1_000_000)
    entry_unit = forms.ChoiceField(label=_("Unit of the entry delay"), choices=UNITS, required=False)
    exit = forms.IntegerField(label=_("Leave only after"), required=False, min_value=0, max_value=1_000_000)
    exit_unit = forms.ChoiceField(label=_("Unit of the exit delay"), choices=UNITS, required=False)

    @classmethod
    def initial_of(cls, segment: Segment) -> dict[str, Any]:
        """Each delay in the largest unit that says it exactly."""
        found: dict[str, Any] = {"entry_unit": "days", "exit_unit": "days"}
        for key, delay in (("entry", segment.entry_delay), ("exit", segment.exit_delay)):
            if delay:
                units = (unit for unit in ("days", "hours", "minutes") if not delay % timedelta(**{unit: 1}))
                unit = next(units, "minutes")
                found |= {key: -(-delay // timedelta(**{unit: 1})), f"{key}_unit": unit}
        return found

    def details(self) -> dict[str, Any]:
        """Only what was changed: everybody waits while a delay is."""
        given = self.cleaned_data
        details: dict[str, Any] = {}
        for key in ("entry", "exit"):
            if {key, f"{key}_unit"} & set(self.changed_data):
                delay = timedelta(**{given.get(f"{key}_unit") or "days": given.get(key) or 0})
                details[f"{key}_delay"] = delay or None
        return details


class TargetForm(forms.Form):
    """What a list is to reach, and by when. Without a metric it has no target."""

    metric = forms.ChoiceField(label=_("What is measured"), required=False)
    value = forms.DecimalField(label=_("Target"), required=False, min_value=0, max_digits=19, decimal_places=4)
    by = forms.DateField(
        label=_("Reach it by"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    property = forms.ChoiceField(label=_("Property, for an average"), required=False)
    event = forms.ChoiceField(label=_("Event, for a share of members"), required=False)
    days = forms.IntegerField(label=_("Within how many days"), required=False, min_value=1, max_value=3660)

    def __init__(self, *args: Any, properties: Mapping[str, Any], events: Iterable[str], **kwargs: Any):
        super().__init__(*args, **kwargs | {"prefix": "target"})
        nothing = ("", "–")
        choices = {
            "metric": [("", _("nothing: the goal has no number")), *Target.Metric.choices],
            "property": [nothing, *((key, one.label or key) for key, one in properties.items())],
            "event": [nothing, *((name, name) for name in events)],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    @classmethod
    def initial_of(cls, target: Target | None) -> dict[str, Any]:
        if target is None:
            return {"days": 30}
        kept = {name: getattr(target, name) for name in ("metric", "by", "property", "event", "days")}
        return kept | {"value": target.value.normalize() + 0}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and cleaned.get("metric"):
            if cleaned.get("value") is None:
                self.add_error("value", _("Say the number to reach."))
            if cleaned["metric"] == Target.Metric.AVERAGE and not cleaned.get("property"):
                self.add_error("property", _("Choose the property whose average is meant."))
            if cleaned["metric"] == Target.Metric.DID and not cleaned.get("event"):
                self.add_error("event", _("Choose what the members are to do."))
        return cleaned

    def details(self) -> dict[str, Any]:
        """What `services.targets.set_target` is told; empty where there is to be none."""
        given = self.cleaned_data
        return dict(given) | {"days": given.get("days") or 30} if given.get("metric") else {}


class PinForm(forms.Form):
    """In or out, why, and until when. Whom is chosen beside it."""

    direction = forms.ChoiceField(
        label=_("What"),
        choices=(("in", _("Pin in: a member, whatever the rule says")), ("out", _("Pin out: never a member"))),
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False)
    expires_at = forms.DateTimeField(
        label=_("Until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty: until somebody unpins."),
    )

    def details(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class AddMembersForm(forms.Form):
    """People named by e-mail or external id, one a line or with commas; or everyone in another list."""

    people = forms.CharField(
        label=_("E-mails or external IDs"),
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
        help_text=_("One a line, or with commas. Up to 10,000 at once."),
    )
    source = forms.ModelChoiceField(
        Segment.unarchived.order_by("name"), label=_("Everyone in"), required=False, empty_label=_("no list")
    )

    def clean_people(self) -> list[str]:
        names = [name for name in re.split(r"[\s,;]+", self.cleaned_data["people"]) if name]
        if len(names) > MOST_PASTED:
            raise forms.ValidationError(_("Up to 10,000 at once."))
        return list(dict.fromkeys(names))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("people") and not cleaned.get("source"):
            self.add_error("people", _("Name somebody, or choose a list."))
        return cleaned
