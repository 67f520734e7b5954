"""A form that may be left open: a draft may be unfinished, so only what cannot be written down is refused.

And the controls that several of them have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..saying import UNIT_NAMES

Raw = dict[str, Any]
Choices = list[tuple[str, Any]]
ZONES: Final[Choices] = [
    ("contact", gettext_lazy("The contact's own, where it is known")),
    ("account", gettext_lazy("The account's")),
]


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


def unchosen(label: Any) -> Choices:
    return [("", label)]


def read_id(value: Any) -> int | None:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def choice_field(label: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, **more)


def redrawing_select() -> forms.Select:
    """Another choice asks for other controls."""
    return forms.Select(attrs={"data-redraws": ""})


def amount_field() -> forms.IntegerField:
    return forms.IntegerField(label=gettext_lazy("How long"), min_value=1, max_value=100_000, required=False)


def unit_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=gettext_lazy("Unit"), choices=list(UNIT_NAMES.items()), required=False)


class EventField(forms.CharField):
    widget = forms.TextInput(attrs={"list": "event-names", "autocomplete": "off"})

    def __init__(self) -> None:
        super().__init__(label=gettext_lazy("Event"), max_length=200, required=False)


def kept_where(raw: Mapping[str, Any], event: object) -> Raw:
    """Which of the events count, as long as it is the same event."""
    return {"where": raw["where"]} if raw.get("where") is not None and raw.get("event") == event else {}
