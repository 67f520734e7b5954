"""The template library `worth`: amounts of the account's currency, and shares."""

from __future__ import annotations

from django import template

from crmseg.access import account
from crmseg.web import formats

from .. import money

register = template.Library()


@register.simple_tag
def amount(minor: int | None, empty: str = "–") -> str:
    """Minor units of the account's currency, as people write money."""
    if minor is None:
        return empty
    currency = account.current().currency
    return formats.money(money.from_minor(int(minor), currency), currency)


@register.filter
def per_cent(share: float | None) -> str:
    return "–" if share is None else formats.percent(share, 1)


@register.filter
def fixed(value: float | None, digits: int = 1) -> str:
    """With so many decimals, as people write numbers."""
    return "–" if value is None else formats.number(f"{value:.{digits}f}")


@register.filter
def whole_days(value: float) -> int:
    """So many days, one at least."""
    return max(1, round(value))


@register.filter
def heat(share: float | None) -> int:
    """A share as one of ten steps of colour."""
    return 0 if not share else min(9, 1 + int(share * 9))
