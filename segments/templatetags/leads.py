"""How scores are written on pages."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from contacts import stages
from crmseg.common.actor import SYSTEM
from crmseg.web import formats

register = template.Library()


@register.filter
def points(value: object) -> str:
    """At most one digit after the point."""
    number = Decimal(str(value or 0))
    rounded = round(number, 1)
    return formats.number(int(rounded) if rounded == int(rounded) else rounded)


@register.filter
def signed(value: object) -> str:
    """With its sign; weights of learned models keep two digits."""
    number = Decimal(str(value or 0))
    if not number:
        return "0"
    sign = "+" if number >= 0 else "−"
    small = abs(number)
    rounded = round(small, 2 if small < 10 else 1)
    return f"{sign}{formats.number(int(rounded) if rounded == int(rounded) else rounded)}"


@register.filter
def stage(value: str | None) -> str:
    return stages.name_of(value)


@register.simple_tag
def grade(value: str) -> SafeString:
    """The letter is how well somebody fits, the digit how engaged they are."""
    if not value:
        return mark_safe('<span class="soft">–</span>')
    said = _("Fit %(letter)s, engagement %(digit)s") % {"letter": value[0], "digit": value[1:]}
    return format_html('<span class="grade grade-{}" title="{}">{}</span>', value[0].lower(), said, value)


@register.simple_tag
def moved(value: Decimal) -> SafeString:
    """How a score moved, with a sign and a colour, and the word for who cannot see them."""
    if not value:
        return mark_safe('<span class="soft">±0</span>')
    up = value > 0
    tone, sign, word = ("up", "+", _("up")) if up else ("down", "−", _("down"))
    text = '<span class="change change-{}">{}{}<span class="visually-hidden"> {}</span></span>'
    return format_html(text, tone, sign, points(abs(value)), word)


@register.filter
def raw(value: object) -> str:
    """A number as a field holds it: with a point, whatever the language."""
    return "" if value is None else str(value)


@register.filter
def odds(value: float) -> str:
    """How many times; small ones keep more digits."""
    return formats.number(round(Decimal(str(value)), 2 if value < 10 else 0))


@register.filter
def percent(value: float) -> str:
    return f"{formats.number(round(Decimal(str(value * 100)), 1))} %"


@register.filter
def actor(value: str) -> str:
    """Who did it, from how `crmseg.common.actor` writes it."""
    _kind, _colon, name = value.partition(":")
    return _("by itself") if value == str(SYSTEM) else name or value
