"""Generated companies that leads work for."""

from __future__ import annotations

from . import words
from .draw import Draw
from .places import LEADS_LIVE

COMPANIES = 1_200


def _name(number: int) -> tuple[str, str]:
    """The name and the industry; the number makes the domain unique, as in real life a second Blue Café must."""
    draw = Draw("company", number)
    industry = draw.one(tuple(words.INDUSTRIES))
    return f"{draw.one(words.COMPANY_WORDS.split())} {draw.one(words.INDUSTRIES[industry])}", industry


def domain(number: int) -> str:
    """Under `.example`, which belongs to nobody."""
    name, _ = _name(number)
    return f"{name.lower().replace(' ', '-').replace('é', 'e')}-{number}.example"


def company(number: int) -> dict[str, object]:
    """The columns of a company; what is missing is unknown."""
    name, industry = _name(number)
    draw = Draw("company details", number)
    place = draw.weighted(LEADS_LIVE)
    size = int(10 ** draw.between(0.3, 3.4))
    return {
        "name": name,
        "domain": domain(number),
        "industry": draw.maybe(0.92, industry),
        "employees": draw.maybe(0.85, size),
        "revenue": draw.maybe(0.7, round(size * draw.between(40, 160)) * 1000),
        "country": place.country,
        "region": place.region,
        "city": place.city,
        "postal_code": draw.maybe(0.9, draw.digits(place.postal)),
        "attributes": {"premises": draw.whole(1, 1 + size // 40)} if draw.chance(0.6) else {},
    }
