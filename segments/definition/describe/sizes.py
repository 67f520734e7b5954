"""How many characters or entries something has, as clauses with their plural forms."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import ngettext_lazy

from . import values

_CLAUSES = {
    "size_is": ngettext_lazy("%(what)s has exactly %(n)s entry", "%(what)s has exactly %(n)s entries", "count"),
    "size_gte": ngettext_lazy("%(what)s has at least %(n)s entry", "%(what)s has at least %(n)s entries", "count"),
    "size_lte": ngettext_lazy("%(what)s has at most %(n)s entry", "%(what)s has at most %(n)s entries", "count"),
    "length_is": ngettext_lazy(
        "%(what)s has exactly %(n)s character", "%(what)s has exactly %(n)s characters", "count"
    ),
    "length_gt": ngettext_lazy(
        "%(what)s has more than %(n)s character", "%(what)s has more than %(n)s characters", "count"
    ),
    "length_gte": ngettext_lazy(
        "%(what)s has at least %(n)s character", "%(what)s has at least %(n)s characters", "count"
    ),
    "length_lt": ngettext_lazy(
        "%(what)s has fewer than %(n)s character", "%(what)s has fewer than %(n)s characters", "count"
    ),
    "length_lte": ngettext_lazy(
        "%(what)s has at most %(n)s character", "%(what)s has at most %(n)s characters", "count"
    ),
}
OPERATORS = _CLAUSES.keys()


def clause(operator: str, what: str, operand: Decimal) -> str:
    """What the size or length operator says of `what`."""
    return _CLAUSES[operator] % {"count": int(operand), "what": what, "n": values.number(operand)}
