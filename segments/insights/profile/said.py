"""A profile in words that can be read aloud: the few things that set these people apart, each with both figures."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crmseg.web import formats

from ... import sentences
from ...definition.schema import Catalogue
from .rows import Row, value_text

MOST = 6


def figure(row: Row, value: float, currency: str) -> str:
    """One value of a row in its unit."""
    match row.unit:
        case "share":
            return formats.percent(value, 1) if value else formats.percent(0, 1)
        case "money":
            return formats.money(round(value, 2), currency)
        case "days":
            days = round(value)
            return ngettext("%(n)s day", "%(n)s days", abs(days)) % {"n": formats.number(days)}
        case _:
            return formats.number(f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}".rstrip("0").rstrip("."))


def trait(row: Row, known: Catalogue) -> str:
    """What a row is about, as the builder would say it, or by its name where it is an average."""
    return sentences.sentence_of(row.definition, known) if row.definition else row.label


def named(row: Row) -> str:
    """The name of a row in a table."""
    return f"{row.label}: {value_text(row.key, row.value)}" if row.value else row.label


def sentence(row: Row, known: Catalogue) -> str:
    """One row read aloud."""
    said = {
        "trait": trait(row, known),
        "one": figure(row, row.one, known.currency),
        "base": figure(row, row.base, known.currency),
    }
    if row.unit == "days":
        more = _("%(trait)s: %(one)s ago on average, against %(base)s ago.")
        return more % said
    if row.is_share and row.index is not None and row.index >= 150:
        times = formats.number(f"{row.index / 100:.1f}")
        return _("%(trait)s: %(one)s of them, against %(base)s. That is %(times)s times as often.") % (
            said | {"times": times}
        )
    if row.is_share:
        return _("%(trait)s: %(one)s of them, against %(base)s.") % said
    return _("%(trait)s: %(one)s on average, against %(base)s.") % said


def telling(rows: Sequence[Row], most: int = MOST) -> list[Row]:
    """The rows to be said: what differs beyond chance, each property once, but for what follows from the definition."""
    chosen: list[Row] = []
    seen: set[str] = set()
    for row in rows:
        if row.differs and not row.follows and row.key not in seen:
            seen.add(row.key)
            chosen.append(row)
    return chosen[:most]


def asked_for(rows: Sequence[Row]) -> list[str]:
    """The names of what the definition itself asks, which differs by itself."""
    return list(dict.fromkeys(row.label for row in rows if row.asked and row.definition))
