"""The forms of tasks. Instants are written and read by the clock of the account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crmseg.access.models import User
from crmseg.common.ids import read_id

from .models import Contact, Task
from .selectors import search
from .services.tasks import LONGEST_NOTE, LONGEST_TITLE

FIRST_YEAR, LAST_YEAR = 2000, 2199


def people() -> list[tuple[str, str]]:
    """Whom a task may be given to."""
    found = User.objects.filter(is_active=True).order_by("name", "email")
    return [(str(one.pk), str(one)) for one in found]


class DueField(forms.DateTimeField):
    """A day and a time that are left out where nothing presses."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def clean(self, value: Any) -> datetime | None:
        read: datetime | None = super().clean(value)
        if read is not None and not FIRST_YEAR <= read.year <= LAST_YEAR:
            raise forms.ValidationError(_("Write a date between 2000 and 2199."))
        return read


class TaskForm(forms.Form):
    """`contact` is asked for only where the page does not know it."""

    contact = forms.CharField(
        label=_("Contact"), max_length=320, help_text=_("The e-mail address, or the number of the contact.")
    )
    title = forms.CharField(label=_("What is to be done"), max_length=LONGEST_TITLE)
    owner = forms.TypedChoiceField(label=_("Owner"), coerce=int, empty_value=None, required=False)
    due_at = DueField(label=_("Due"), required=False)
    note = forms.CharField(
        label=_("Note"), max_length=LONGEST_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, contact: Contact | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = contact
        if contact is not None:
            del self.fields["contact"]
        else:
            self.fields["contact"].widget.attrs |= {"list": "people-found", "autocomplete": "off"}
        self.fields["owner"].choices = [("", _("Nobody yet")), *people()]  # type: ignore[attr-defined]

    def clean_contact(self) -> str:
        written = str(self.cleaned_data["contact"])
        self.about = found(written)
        if self.about is None:
            raise forms.ValidationError(_("Nobody is found by that."))
        return written

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("title", "owner", "due_at", "note")}


def initial_of(task: Task) -> dict[str, Any]:
    return {"title": task.title, "owner": task.owner_id or "", "due_at": task.due_at, "note": task.note}


def found(written: str) -> Contact | None:
    """The one person meant by a number, an address, or words that only one matches."""
    text = written.strip().removeprefix("#")
    if (number := read_id(text)) is not None and (one := Contact.objects.filter(pk=number).first()):
        return one
    exact = Contact.objects.filter(email__iexact=text).first() or Contact.objects.filter(external_id=text).first()
    if exact or not text:
        return exact
    several = list(search(Contact.objects.all(), text).order_by("pk")[:2])
    return several[0] if len(several) == 1 else None
