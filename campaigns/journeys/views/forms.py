"""The forms beside the picture: what makes people enter, what each step does, and the rules of the whole.

A draft may be unfinished, so what is left open is kept as open; only what cannot be written down is refused here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts import stages, values
from contacts.fields import FieldType
from contacts.models import EventType
from contacts.task_forms import people
from contacts.views import presenting as facts
from crmseg.access.models import User
from crmseg.common.problems import InvalidInput
from segments import catalogue
from segments.models import Segment

from .. import selectors
from ..schema import TRIGGER_KINDS
from .saying import UNIT_NAMES

Raw = dict[str, Any]
Choices = list[tuple[str, Any]]
MOST_EVENTS: Final = 500
WEEKDAYS: Final = range(1, 8)
ZONES: Final[Choices] = [
    ("contact", gettext_lazy("The contact's own, where it is known")),
    ("account", gettext_lazy("The account's")),
]


def _none(label: Any) -> Choices:
    return [("", label)]


def _id(value: Any) -> int | None:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def lists(*, static: bool = False) -> Choices:
    found = Segment.unarchived.order_by("name", "pk")
    if static:
        found = found.filter(kind=Segment.Kind.STATIC)
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")]


def events() -> list[str]:
    return list(EventType.objects.order_by("name").values_list("name", flat=True)[:MOST_EVENTS])


class OpenForm(forms.Form):
    """Begins with what the definition holds; `written()` is what it shall hold."""

    NAMES: tuple[str, ...] = ()

    def __init__(self, raw: Mapping[str, Any], data: Any = None, *, prefix: str = "panel"):
        self.raw = raw
        super().__init__(data, initial=self.held(raw), prefix=prefix, auto_id="%s")
        for name, choices in self.choices().items():
            field = cast("forms.ChoiceField", self.fields[name])
            held = self.initial.get(name)
            known = [value for value, _label in choices]
            if isinstance(held, str) and held and held not in known and data is None:
                choices = [*choices, (held, _("%(name)s (no longer there)") % {"name": held})]
            field.choices = choices

    def held(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return {name: raw.get(name) for name in self.NAMES}

    def choices(self) -> dict[str, Choices]:
        return {}

    def written(self) -> Raw:
        return {name: self.cleaned_data.get(name) or None for name in self.NAMES}


def _loose_choice(label: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, **more)


def _redrawing() -> forms.Select:
    """Another choice asks for other controls."""
    return forms.Select(attrs={"data-redraws": ""})


def _amount() -> forms.IntegerField:
    return forms.IntegerField(label=gettext_lazy("How long"), min_value=1, max_value=100_000, required=False)


def _unit() -> forms.ChoiceField:
    return forms.ChoiceField(label=gettext_lazy("Unit"), choices=list(UNIT_NAMES.items()), required=False)


class WaitForm(OpenForm):
    NAMES = ("n", "unit")
    n = _amount()
    unit = _unit()


class EventField(forms.CharField):
    widget = forms.TextInput(attrs={"list": "event-names", "autocomplete": "off"})

    def __init__(self) -> None:
        super().__init__(label=gettext_lazy("Event"), max_length=200, required=False)


class WaitForEventForm(OpenForm):
    NAMES = ("event", "n", "unit")
    event = EventField()
    n = _amount()
    unit = _unit()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["n"].label = _("Wait at most")

    def written(self) -> Raw:
        return super().written() | _kept_where(self.raw, self.cleaned_data.get("event"))


def _kept_where(raw: Mapping[str, Any], event: object) -> Raw:
    """Which of the events count, as long as it is the same event."""
    return {"where": raw["where"]} if raw.get("where") is not None and raw.get("event") == event else {}


class WaitUntilForm(OpenForm):
    NAMES = ("at", "weekdays", "zone")
    at = forms.TimeField(
        label=gettext_lazy("Time of day"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("On these days"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("On any day, where none is chosen."),
    )
    zone = _loose_choice(gettext_lazy("By which clock"), choices=ZONES)

    def held(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        days = raw.get("weekdays")
        chosen = [str(day) for day in days] if isinstance(days, list) and len(days) < 7 else []
        return super().held(raw) | {"weekdays": chosen}

    def choices(self) -> dict[str, Choices]:
        from .saying import weekdays

        return {"weekdays": [(str(day), weekdays([day])) for day in WEEKDAYS]}

    def written(self) -> Raw:
        at = self.cleaned_data.get("at")
        days = [int(day) for day in self.cleaned_data.get("weekdays") or []]
        zone = self.cleaned_data.get("zone") or "contact"
        return {"at": at.strftime("%H:%M") if at else None, "weekdays": days or [*WEEKDAYS], "zone": zone}


class BranchForm(OpenForm):
    """Its condition is written in the builder."""

    def written(self) -> Raw:
        return {"condition": self.raw.get("condition")}


class SendForm(OpenForm):
    NAMES = ("campaign",)
    campaign = _loose_choice(gettext_lazy("Message"))

    def held(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return {"campaign": str(raw.get("campaign") or "")}

    def choices(self) -> dict[str, Choices]:
        found = selectors.campaigns_to_send().values_list("pk", "name")
        return {"campaign": [*_none(_("Choose a message")), *((str(pk), name) for pk, name in found)]}

    def written(self) -> Raw:
        return {"campaign": _id(self.cleaned_data.get("campaign"))}


class SetAttributeForm(OpenForm):
    """The control of the value follows the attribute."""

    NAMES = ("attribute",)
    attribute = _loose_choice(gettext_lazy("Attribute"), widget=_redrawing())

    def held(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return {"attribute": raw.get("property") or ""}

    def choices(self) -> dict[str, Choices]:
        settable = [
            one
            for one in values.catalog().values()
            if not one.derived and one.key not in ("email", "external_id", "owner", "lifecycle_stage")
        ]
        groups: dict[str, Choices] = {}
        for one in settable:
            groups.setdefault(str(one.group), []).append((one.key, one.label))
        return {"attribute": [*_none(_("Choose an attribute")), *groups.items()]}

    @property
    def fact(self) -> facts.Fact | None:
        """What is set, with the value that the definition holds."""
        field = values.catalog().get(str(self.raw.get("property") or ""))
        if field is None:
            return None
        value = self.raw.get("value")
        return facts.Fact(field, None if value is None else facts.stored(field, value))

    @property
    def options(self) -> Choices:
        fact = self.fact
        if fact is None:
            return []
        if fact.field.type is FieldType.BOOLEAN:
            return [("true", _("yes")), ("false", _("no"))]
        return [(option, option) for option in fact.field.options]

    def written(self) -> Raw:
        key = self.cleaned_data.get("attribute") or None
        field = values.catalog().get(key) if key else None
        if field is None or key != self.raw.get("property"):
            return {"property": key, "value": None}
        sent = facts.sent_value(facts.Fact(field, None), cast("QueryDict", self.data))
        try:
            value = values.dump(values.read(field, sent)) if sent is not None else None
        except ValueError as error:
            raise InvalidInput(str(error)) from error
        return {"property": key, "value": value}


class ListForm(OpenForm):
    NAMES = ("chosen",)
    chosen = _loose_choice(gettext_lazy("List"))

    def held(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return {"chosen": str(raw.get("list") or "")}

    def choices(self) -> dict[str, Choices]:
        return {"chosen": [*_none(_("Choose a static list")), *lists(static=True)]}

    def written(self) -> Raw:
        return {"list": _id(self.cleaned_data.get("chosen"))}


class OwnerForm(OpenForm):
    NAMES = ("owner",)
    owner = forms.CharField(
        label=gettext_lazy("Owner"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"list": "owner-names", "autocomplete": "off"}),
        help_text=gettext_lazy("Empty: nobody owns the contact from then on."),
    )


class StageForm(OpenForm):
    NAMES = ("stage",)
    stage = _loose_choice(gettext_lazy("Stage"))

    def choices(self) -> dict[str, Choices]:
        return {"stage": [*_none(_("Choose a stage")), *stages.NAMES.items()]}


class CreateTaskForm(OpenForm):
    NAMES = ("title", "note", "owner", "n", "unit")
    title = forms.CharField(label=gettext_lazy("What is to be done"), max_length=300, required=False)
    owner = _loose_choice(gettext_lazy("Owner"))
    n = _amount()
    unit = _unit()
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["n"].label = _("Due after")

    def held(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return super().held(raw) | {"owner": str(raw.get("owner") or "")}

    def choices(self) -> dict[str, Choices]:
        return {"owner": [*_none(_("Nobody yet")), *people()]}

    def written(self) -> Raw:
        found = super().written() | {"owner": _id(self.cleaned_data.get("owner"))}
        if found["n"] is None:
            found["unit"] = None
        return {name: value for name, value in found.items() if value is not None or name == "title"}


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


class TriggerForm(OpenForm):
    kind = _loose_choice(gettext_lazy("Everyone who"), widget=_redrawing())
    chosen = _loose_choice(gettext_lazy("List"))
    event = EventField()
    survey = _loose_choice(gettext_lazy("Survey"))
    date = _loose_choice(gettext_lazy("Date"))
    offset = forms.IntegerField(
        label=gettext_lazy("Days after it"),
        min_value=-365,
        max_value=365,
        required=False,
        help_text=gettext_lazy("Before it, with a minus."),
    )
    at = WaitUntilForm.base_fields["at"]
    yearly = forms.BooleanField(label=gettext_lazy("Every year"), required=False)
    zone = _loose_choice(gettext_lazy("By which clock"), choices=ZONES)
    OF_KIND: Final = {
        "enters": ("chosen",),
        "leaves": ("chosen",),
        "event": ("event",),
        "form": ("survey",),
        "date": ("date", "offset", "at", "yearly", "zone"),
    }

    def __init__(self, raw: Mapping[str, Any], data: Any = None, *, prefix: str = "panel"):
        super().__init__(raw, data, prefix=prefix)
        shown = (self["kind"].value() or "enters") if self.is_bound else (raw.get("kind") or "enters")
        self.shown: tuple[str, ...] = self.OF_KIND.get(str(shown), ())

    def held(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **{name: raw.get(name) for name in ("event", "at", "zone", "yearly")},
            "kind": raw.get("kind") or "enters",
            "offset": raw.get("offset", 0),
            "chosen": str(raw.get("list") or ""),
            "date": raw.get("property"),
            "survey": str(raw.get("survey") or ""),
        }

    def choices(self) -> dict[str, Choices]:
        from ...models import Survey

        dates = [
            (one.key, one.label)
            for one in catalogue.current().properties.values()
            if one.type in (FieldType.DATE, FieldType.DATETIME) and one.source == "contact"
        ]
        surveys = [(str(one.pk), str(one)) for one in Survey.objects.order_by("pk")]
        return {
            "kind": list(TRIGGER_KINDS.items()),
            "chosen": [*_none(_("Choose a list")), *lists()],
            "survey": [*_none(_("Choose a survey")), *surveys],
            "date": [*_none(_("Choose a date")), *dates],
        }

    def fields_shown(self) -> list[forms.BoundField]:
        return [self[name] for name in self.shown]

    def written(self) -> Raw:
        given = self.cleaned_data
        kind = given.get("kind") or "enters"
        match kind:
            case "enters" | "leaves":
                return {"kind": kind, "list": _id(given.get("chosen"))}
            case "event":
                return {"kind": kind, "event": given.get("event") or None} | _kept_where(self.raw, given.get("event"))
            case "form":
                return {"kind": kind, "survey": _id(given.get("survey"))}
        at = given.get("at")
        return {
            "kind": "date",
            "property": given.get("date") or None,
            "offset": given.get("offset") or 0,
            "at": at.strftime("%H:%M") if at else "09:00",
            "yearly": bool(given.get("yearly")),
            "zone": given.get("zone") or "contact",
        }


class RulesForm(OpenForm):
    """How often people enter, when they reached the goal, and how many are held out."""

    again = _loose_choice(gettext_lazy("May people enter again?"), widget=_redrawing())
    n = _amount()
    unit = _unit()
    goal_event = EventField()
    goal_days = forms.IntegerField(
        label=gettext_lazy("Goal counts for so many days"), min_value=1, max_value=365, required=False
    )
    holdout = forms.IntegerField(
        label=gettext_lazy("Held out, in percent"),
        min_value=0,
        max_value=50,
        required=False,
        help_text=gettext_lazy("These people enter and get nothing. What the others do is measured against them."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["goal_event"].label = _("Goal: the event")
        self.fields["n"].label = _("After")
        self.has_time = self["again"].value() == "after"

    def fields_shown(self) -> list[forms.BoundField]:
        return [field for field in self if self.has_time or field.name not in ("n", "unit")]

    def held(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        again = raw.get("reentry")
        after = again if isinstance(again, Mapping) else {}
        goal = raw.get("goal_event")
        return {
            "again": "after" if after else (again if again in ("never", "always") else "never"),
            "n": after.get("after", 30),
            "unit": after.get("unit", "day"),
            "goal_event": goal.get("event") if isinstance(goal, Mapping) else "",
            "goal_days": raw.get("goal_days"),
            "holdout": raw.get("holdout") or 0,
        }

    def choices(self) -> dict[str, Choices]:
        return {
            "again": [
                ("never", _("No, everybody enters once")),
                ("always", _("Yes, whenever they are through")),
                ("after", _("Yes, after some time")),
            ]
        }

    def written(self) -> Raw:
        given, event = self.cleaned_data, self.cleaned_data.get("goal_event")
        again: Any = given.get("again") or "never"
        if again == "after":
            again = {"after": given.get("n") or 30, "unit": given.get("unit") or "day"}
        held = self.raw.get("goal_event")
        where = _kept_where(held, event) if isinstance(held, Mapping) else {}
        return {
            "reentry": again,
            "goal_event": {"event": event} | where if event else None,
            "goal_days": given.get("goal_days") or 30,
            "holdout": given.get("holdout") or 0,
        }


def owner_names() -> Iterable[str]:
    return [str(one) for one in User.objects.filter(is_active=True).order_by("name", "email")[:200]]
