"""What people write and upload for all messages. The services check it; the forms only carry it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from .content.blocks import MAX_BODY


def _mjml() -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 18, "spellcheck": "false"})


class TemplateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)
    subject = forms.CharField(label=_("Subject"), required=False)
    body_mjml = forms.CharField(label=_("MJML"), strip=False, widget=_mjml())


class BlockForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)
    body_mjml = forms.CharField(
        label=_("MJML"),
        strip=False,
        max_length=MAX_BODY,
        widget=_mjml(),
        help_text=_("Sections as they stand in a message, such as <mj-section> … </mj-section>, or HTML."),
    )


class PictureForm(forms.Form):
    file = forms.FileField(
        label=_("Upload a picture"),
        help_text=_("PNG, JPEG, GIF or WebP of at most 10 MB. It is made at most 1,200 pixels wide."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/gif,image/webp"}),
    )
