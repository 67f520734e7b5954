"""What the steps change that change a contact, and what they ask a colleague to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts import stages, values
from contacts.fields import FieldType
from contacts.task_forms import people
from contacts.views import presenting as facts
from crmseg.common.problems import InvalidInput

from . import offered
from .open import Choices, OpenForm, Raw, amount_field, choice_field, read_id, redrawing_select, unchosen, unit_field


class SetAttributeForm(OpenForm):
    """The control of the value follows the attribute."""

    NAMES = ("attribute",)
    attribute = choice_field(gettext_lazy("Attribute"), widget=redrawing_select())

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
        return {"attribute": [*unchosen(_("Choose an attribute")), *groups.items()]}

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
    chosen = choice_field(gettext_lazy("List"))

    def held(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return {"chosen": str(raw.get("list") or "")}

    def choices(self) -> dict[str, Choices]:
        return {"chosen": [*unchosen(_("Choose a static list")), *offered.lists(static=True)]}

    def written(self) -> Raw:
        return {"list": read_id(self.cleaned_data.get("chosen"))}


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
    stage = choice_field(gettext_lazy("Stage"))

    def choices(self) -> dict[str, Choices]:
        return {"stage": [*unchosen(_("Choose a stage")), *stages.NAMES.items()]}


class CreateTaskForm(OpenForm):
    NAMES = ("title", "note", "owner", "n", "unit")
    title = forms.CharField(label=gettext_lazy("What is to be done"), max_length=300, required=False)
    owner = choice_field(gettext_lazy("Owner"))
    n = amount_field()
    unit = unit_field()
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["n"].label = _("Due after")

    def held(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return super().held(raw) | {"owner": str(raw.get("owner") or "")}

    def choices(self) -> dict[str, Choices]:
        return {"owner": [*unchosen(_("Nobody yet")), *people()]}

    def written(self) -> Raw:
        found = super().written() | {"owner": read_id(self.cleaned_data.get("owner"))}
        if found["n"] is None:
            found["unit"] = None
        return {name: value for name, value in found.items() if value is not None or name == "title"}
