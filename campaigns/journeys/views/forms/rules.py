"""How often people enter, when they reached the goal, and how many are held out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .open import (
    Choices,
    EventField,
    OpenForm,
    Raw,
    amount_field,
    choice_field,
    kept_where,
    redrawing_select,
    unit_field,
)


class RulesForm(OpenForm):
    again = choice_field(gettext_lazy("May people enter again?"), widget=redrawing_select())
    n = amount_field()
    unit = unit_field()
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
        where = kept_where(held, event) if isinstance(held, Mapping) else {}
        return {
            "reentry": again,
            "goal_event": {"event": event} | where if event else None,
            "goal_days": given.get("goal_days") or 30,
            "holdout": given.get("holdout") or 0,
        }
