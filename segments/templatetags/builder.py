"""The template library `builder`: the lists to choose from, of which a page of many rows holds thousands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django import template
from django.template.context import Context
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from segments.views.builder.choices import Choice, Menu

register = template.Library()


@register.simple_tag
def called(value: str, labels: object) -> object:
    """What people call a value, where it has a name beside it."""
    return labels.get(value, value) if isinstance(labels, Mapping) else value


@register.simple_tag(takes_context=True)
def choices(
    context: Context, field: str, offered: Iterable[Choice], chosen: str, label: str, refresh: bool = False
) -> SafeString:
    """A select whose field is `field`; with `refresh`, the row is drawn anew when another choice is made."""
    menu = offered if isinstance(offered, Menu) else Menu(offered)
    return format_html(
        '<select class="form-select" data-field="{}"{} id="{}-{}" aria-label="{}">{}</select>',
        field,
        SafeString(" data-refresh") if refresh else "",
        context["row"].id,
        field,
        label,
        menu.options(escape(chosen)),
    )
