"""What makes people enter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.fields import FieldType
from segments import catalogue

from ....models import Survey
from ...schema import TRIGGER_KINDS
from . import offered
from .open import (
    ZONES,
    Choices,
    EventField,
    OpenForm,
    Raw,
    choice_field,
    kept_where,
    read_id,
    redrawing_select,
    unchosen,
)
from .waits import time_of_day


class TriggerForm(OpenForm):
    kind = choice_field(gettext_lazy("Everyone who"), widget=redrawing_select())
    chosen = choice_field(gettext_lazy("List"))
    event = EventField()
    survey = choice_field(gettext_lazy("Survey"))
    date = choice_field(gettext_lazy("Date"))
    offset = forms.IntegerField(
        label=gettext_lazy("Days after it"),
        min_value=-365,
        max_value=365,
        required=False,
        help_text=gettext_lazy("Before it, with a minus."),
    )
    at = time_of_day()
    yearly = forms.BooleanField(label=gettext_lazy("Every year"), required=False)
    zone = choice_field(gettext_lazy("By which clock"), choices=ZONES)
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
        dates = [
            (one.key, one.label)
            for one in catalogue.current().properties.values()
            if one.type in (FieldType.DATE, FieldType.DATETIME) and one.source == "contact"
        ]
        surveys = [(str(one.pk), str(one)) for one in Survey.objects.order_by("pk")]
        return {
            "kind": list(TRIGGER_KINDS.items()),
            "chosen": [*unchosen(_("Choose a list")), *offered.lists()],
            "survey": [*unchosen(_("Choose a survey")), *surveys],
            "date": [*unchosen(_("Choose a date")), *dates],
        }

    def fields_shown(self) -> list[forms.BoundField]:
        return [self[name] for name in self.shown]

    def written(self) -> Raw:
        given = self.cleaned_data
        kind = given.get("kind") or "enters"
        match kind:
            case "enters" | "leaves":
                return {"kind": kind, "list": read_id(given.get("chosen"))}
            case "event":
                return {"kind": kind, "event": given.get("event") or None} | kept_where(self.raw, given.get("event"))
            case "form":
                return {"kind": kind, "survey": read_id(given.get("survey"))}
        at = given.get("at")
        return {
            "kind": "date",
            "property": given.get("date") or None,
            "offset": given.get("offset") or 0,
            "at": at.strftime("%H:%M") if at else "09:00",
            "yearly": bool(given.get("yearly")),
            "zone": given.get("zone") or "contact",
        }
