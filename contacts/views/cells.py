"""The cells of a page of rows, written as HTML at once: a page has hundreds, and an include for each would be felt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crmseg.access import account
from crmseg.web import formats, tags

from .. import stages
from ..models import Company, Contact
from .columns import Placed

LONGEST = 200
Row = Contact | Company


def cells_of(rows: Sequence[Row], layout: Sequence[Placed]) -> list[list[SafeString]]:
    """What each row shows in the columns after the first."""
    ids = [row.pk for row in rows]
    askers = {one.column.ask for one in layout if one.column.ask}
    answers = {ask: ask(ids) for ask in askers} if ids else {}
    return [[_cell(row, one, answers) for one in layout[1:]] for row in rows]


def _cell(row: Row, one: Placed, answers: dict[Any, Any]) -> SafeString:
    column = one.column
    if column.ask:
        answer = answers[column.ask].get(row.pk)
        value = None if answer is None else column.pick(answer)
    else:
        value = column.read(row) if column.read else None
    return SafeString("") if value is None else _said(column.kind, value)


def _said(kind: str, value: Any) -> SafeString:
    match kind, value:
        case "stage", str():
            return tags.state(value, stages.name_of(value))
        case "company", Company():
            return format_html('<a href="{}">{}</a>', reverse("contacts:company", args=[value.pk]), value)
        case "money", int() | Decimal():
            return format_html("{}", formats.money(value, account.current().currency))
        case _, datetime():
            return SafeString(tags.moment(value))
        case _, date():
            return format_html("{}", formats.exact(value))
        case _, Decimal() | int() if not isinstance(value, bool):
            return format_html("{}", formats.number(value))
        case _:
            return _text(tags.plain(value))


def _text(said: str) -> SafeString:
    """Whole, but for what would fill the page; the rest of a long one is on its own page."""
    short = said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
    return format_html('<span title="{}">{}</span>', short, short) if len(short) > 16 else format_html("{}", short)
