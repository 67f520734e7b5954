"""What people write and upload for all messages. The services check it; the forms only carry it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .content.blocks import MAX_BODY


class SourceField(forms.CharField):
    """Text of many lines, which browsers send with ends of their own: what did not change is sent as it was."""

    def __init__(self, **options: Any) -> None:
        lines = forms.Textarea(attrs={"rows": 18, "spellcheck": "false"})
        super().__init__(strip=False, widget=lines, **options)

    def to_python(self, value: Any) -> Any:
        return super().to_python(one_ending(value) if isinstance(value, str) else value)


def one_ending(text: str) -> str:
    return text.replace("\r\n", "\n")


class TemplateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)
    subject = forms.CharField(label=_("Subject"), required=False)
    body_mjml = SourceField(label=_("MJML"))


class BlockForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)
    body_mjml = SourceField(
        label=_("MJML"),
        max_length=MAX_BODY,
        help_text=_("Sections as they stand in a message, such as <mj-section> … </mj-section>, or HTML."),
    )


class PictureForm(forms.Form):
    file = forms.FileField(
        label=_("Upload a picture"),
        help_text=_("PNG, JPEG, GIF or WebP of at most 10 MB. It is made at most 1,200 pixels wide."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/gif,image/webp"}),
    )
