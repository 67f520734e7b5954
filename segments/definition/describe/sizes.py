"""How many characters or entries something has, as clauses with their plural forms."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import ngettext

from . import values


def _entries(what: str, operand: Decimal) -> str:
    said = ngettext("%(what)s has exactly %(n)s entry", "%(what)s has exactly %(n)s entries", int(operand))
    return said % {"what": what, "n": values.number(operand)}


def _entries_at_least(what: str, operand: Decimal) -> str:
    said = ngettext("%(what)s has at least %(n)s entry", "%(what)s has at least %(n)s entries", int(operand))
    return said % {"what": what, "n": values.number(operand)}


def _entries_at_most(what: str, operand: Decimal) -> str:
    said = ngettext("%(what)s has at most %(n)s entry", "%(what)s has at most %(n)s entries", int(operand))
    return said % {"what": what, "n": values.number(operand)}


def _length_is(what: str, operand: Decimal) -> str:
    said = ngettext("%(what)s has exactly %(n)s character", "%(what)s has exactly %(n)s characters", int(operand))
    return said % {"what": what, "n": values.number(operand)}


def _length_gt(what: str, operand: Decimal) -> str:
    said = ngettext("%(what)s has more than %(n)s character", "%(what)s has more than %(n)s characters", int(operand))
    return said % {"what": what, "n": values.number(operand)}


def _length_gte(what: str, operand: Decimal) -> str:
    said = ngettext("%(what)s has at least %(n)s character", "%(what)s has at least %(n)s characters", int(operand))
    return said % {"what": what, "n": values.number(operand)}


def _length_lt(what: str, operand: Decimal) -> str:
    said = ngettext("%(what)s has fewer than %(n)s character", "%(what)s has fewer than %(n)s characters", int(operand))
    return said % {"what": what, "n": values.number(operand)}


def _length_lte(what: str, operand: Decimal) -> str:
    said = ngettext("%(what)s has at most %(n)s character", "%(what)s has at most %(n)s characters", int(operand))
    return said % {"what": what, "n": values.number(operand)}


SIZES: dict[str, Callable[[str, Decimal], str]] = {
    "size_is": _entries,
    "size_gte": _entries_at_least,
    "size_lte": _entries_at_most,
    "length_is": _length_is,
    "length_gt": _length_gt,
    "length_gte": _length_gte,
    "length_lt": _length_lt,
    "length_lte": _length_lte,
}
