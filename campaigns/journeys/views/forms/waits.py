"""What the steps that wait wait for: a time, an event, a time of day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import saying
from .open import ZONES, Choices, EventField, OpenForm, Raw, amount_field, choice_field, kept_where, unit_field

WEEKDAYS: Final = range(1, 8)


def time_of_day() -> forms.TimeField:
    return forms.TimeField(
        label=gettext_lazy("Time of day"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )


class WaitForm(OpenForm):
    NAMES = ("n", "unit")
    n = amount_field()
    unit = unit_field()


class WaitForEventForm(OpenForm):
    NAMES = ("event", "n", "unit")
    event = EventField()
    n = amount_field()
    unit = unit_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["n"].label = _("Wait at most")

    def written(self) -> Raw:
        return super().written() | kept_where(self.raw, self.cleaned_data.get("event"))


class WaitUntilForm(OpenForm):
    NAMES = ("at", "weekdays", "zone")
    at = time_of_day()
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("On these days"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("On any day, where none is chosen."),
    )
    zone = choice_field(gettext_lazy("By which clock"), choices=ZONES)

    def held(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        days = raw.get("weekdays")
        chosen = [str(day) for day in days] if isinstance(days, list) and len(days) < 7 else []
        return super().held(raw) | {"weekdays": chosen}

    def choices(self) -> dict[str, Choices]:
        return {"weekdays": [(str(day), saying.weekdays([day])) for day in WEEKDAYS]}

    def written(self) -> Raw:
        at = self.cleaned_data.get("at")
        days = [int(day) for day in self.cleaned_data.get("weekdays") or []]
        zone = self.cleaned_data.get("zone") or "contact"
        return {"at": at.strftime("%H:%M") if at else None, "weekdays": days or [*WEEKDAYS], "zone": zone}
