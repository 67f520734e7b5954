"""The template library `web`: icons, numbers, moments, states, sortable headings, and a block said twice."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from django import template
from django.forms import BoundField
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from crmseg.common import clock

from . import formats, highlights
from .tables import Table

register = template.Library()

# The colour that a state's dot and text take; states not named here are quiet.
STATE_TONES = {
    "live": "good",
    "done": "good",
    "sent": "good",
    "subscribed": "good",
    "entered": "good",
    "customer": "good",
    "evangelist": "good",
    "active": "info",
    "building": "busy",
    "queued": "busy",
    "running": "busy",
    "undoing": "busy",
    "sending": "busy",
    "leased": "busy",
    "failed": "bad",
    "unsubscribed": "bad",
    "left": "bad",
    "paused": "warn",
    "uncertain": "warn",
}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A drawing of the sprite; decoration unless it is given a label."""
    href = _drawing(name)
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>',
            label,
            href,
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', href)


@cache
def _drawing(name: str) -> str:
    """Where the drawing is. Asked for thousands of times on a long page, and the same while the server runs."""
    return f"{static('vendor/icons.svg')}#{name}"


@register.simple_tag(takes_context=True)
def same_block(context: Context, name: str) -> str:
    """What the page put into block `name`, once more: the title is said in the tab and on the page."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks else None
    return mark_safe(block.render(context).strip()) if block else ""


@register.filter
def number(value: object) -> str:
    return "" if value is None else formats.number(value)


@register.simple_tag
def share(part: float, whole: float) -> str:
    return formats.percent(part, whole)


@register.simple_tag(takes_context=True)
def money(context: Context, value: object, currency: str = "") -> str:
    """An amount in its currency, or in the account's."""
    if value is None:
        return ""
    account = context.get("account")
    return formats.money(value, currency or getattr(account, "currency", "") or "USD")


@register.simple_tag
def moment(value: datetime | date | None, empty: str = "–") -> str:
    """Relative for the eye, exact on hover and for machines."""
    if value is None:
        return empty
    if not isinstance(value, datetime):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.exact(value))
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        aware.isoformat(),
        formats.exact(aware),
        formats.relative(aware, clock.now()),
    )


@register.simple_tag
def instant(value: datetime | None, empty: str = "–") -> str:
    """The exact instant, for tables where rows are compared."""
    if value is None:
        return empty
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.exact(value))


@register.simple_tag
def state(value: str, label: object = "") -> SafeString:
    """A state with its dot; the word carries the meaning, the colour repeats it."""
    return _state(str(value), str(label or value))


@lru_cache(maxsize=1024, typed=True)
def _state(value: str, label: str) -> SafeString:
    """Kept: a table has one in every row, and few different ones."""
    return format_html('<span class="state state-{}">{}</span>', STATE_TONES.get(value, "quiet"), label)


@register.simple_tag
def change(value: int) -> SafeString:
    """A change with a sign and a colour; the surrounding text has the word."""
    if value == 0:
        return format_html('<span class="change">±0</span>')
    sign, tone = ("+", "up") if value > 0 else ("−", "down")
    return format_html('<span class="change change-{}">{}{}</span>', tone, sign, formats.number(abs(value)))


@register.simple_tag
def column_heading(table: Table, key: str) -> SafeString:
    """A `<th>` whose link sorts by the column, and turns the order when it is already sorted by it."""
    column = table.columns[key]
    side = "text-end" if column.numeric else ""
    if not column.order:
        return format_html('<th scope="col" class="{}">{}</th>', side, column.label)
    direction = table.direction_of(key)
    return format_html(
        '<th scope="col" class="{}"{}><a class="sort" href="{}" hx-get="{}" hx-target="#{}" hx-select="#{}" '
        'hx-swap="outerHTML" hx-push-url="true">{}<span class="sort-arrow" aria-hidden="true">{}</span></a></th>',
        side,
        format_html(' aria-sort="{}"', direction) if direction else "",
        table.sort_url(key),
        table.sort_url(key),
        table.id,
        table.id,
        column.label,
        {"ascending": "↑", "descending": "↓"}.get(direction, ""),
    )


@register.filter
def with_aria(field: BoundField) -> SafeString:
    """A form's control in the look of the product, tied to its help and its problems."""
    widget = field.field.widget
    kind = getattr(widget, "input_type", widget.__class__.__name__.lower())
    css = {"checkbox": "form-check-input", "radio": "form-check-input", "select": "form-select"}.get(
        str(kind), "form-control"
    )
    attrs: dict[str, Any] = {"class": f"{widget.attrs.get('class', '')} {css}".strip()}
    described = []
    if field.errors:
        attrs["class"] += " is-invalid"
        attrs["aria-invalid"] = "true"
        described.append(f"{field.id_for_label}_problem")
    if field.help_text:
        described.append(f"{field.id_for_label}_help")
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)


@register.filter
def commands(text: object) -> SafeString:
    """What stands between backquotes, as something to type."""
    parts = enumerate(str(text).split("`"))
    return mark_safe("".join(format_html("<code>{}</code>" if at % 2 else "{}", part) for at, part in parts))


@register.filter
def highlight(text: object, query: str) -> SafeString:
    """What was looked for, marked in what was found."""
    return highlights.mark(str(text), query)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return getattr(field.field.widget, "input_type", "") == "checkbox"


@register.filter
def plain(value: object) -> str:
    """A stored value as people write it: yes and no, lists and objects with commas, nothing as a dash."""
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return ", ".join(f"{name} {plain(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(plain(item) for item in value)
    if isinstance(value, datetime | date):
        return formats.exact(value)
    if isinstance(value, int | float | Decimal):
        return formats.number(value)
    return str(value)
