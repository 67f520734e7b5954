"""The real part: 69,659 purchases by 23,570 customers of the music shop CDNOW, from the first three months of 1997 on.

The file is read where the package `lifetimes` was installed; nothing of that package is run, and nothing of the file is
kept in this repository.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import metadata
from pathlib import Path

from django.utils.translation import gettext as _

from crmseg.common.problems import Conflict

FILE = "CDNOW_master.txt"
CUSTOMERS, PURCHASES = 23_570, 69_659
FIRST_DAY, LAST_DAY = date(1997, 1, 1), date(1998, 6, 30)


@dataclass(frozen=True, slots=True)
class Purchase:
    """One line of the file. Customers repeat whole lines, so a line is known by its number."""

    line: int
    customer: str
    day: date
    quantity: int
    revenue: Decimal


def find() -> Path | None:
    """The file, if the sample data's package is installed."""
    try:
        files = metadata.files("lifetimes") or []
    except metadata.PackageNotFoundError:
        return None
    return next((Path(str(file.locate())) for file in files if file.name == FILE), None)


@cache
def purchases() -> tuple[Purchase, ...]:
    path = find()
    if path is None or not path.is_file():
        missing = _("The sample purchases are not installed: start with “python3 dev.py up --demo”.")
        raise Conflict(missing)
    with path.open(encoding="ascii") as file:
        next(file)
        return tuple(_read(number, text) for number, text in enumerate(file, start=2))


def _read(number: int, text: str) -> Purchase:
    customer, day, quantity, revenue = text.split()
    return Purchase(
        line=number,
        customer=customer,
        day=date(int(day[:4]), int(day[4:6]), int(day[6:])),
        quantity=int(quantity),
        revenue=Decimal(revenue),
    )


@cache
def first_days() -> dict[str, date]:
    """Every customer's first day in the file, in the file's order of customers."""
    first: dict[str, date] = {}
    for purchase in purchases():
        first[purchase.customer] = min(purchase.day, first.get(purchase.customer, purchase.day))
    return first
