"""Lines of CSV that spreadsheets read as plain data: a cell that looks like a formula is kept from being one."""

from __future__ import annotations

import csv
from decimal import Decimal
from io import StringIO
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def line(cells: list[Any]) -> str:
    """One line of CSV that spreadsheets read as plain data."""
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([safe(cell) for cell in cells])
    return out.getvalue()


def safe(cell: Any) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case int() | float() | Decimal():
            return str(cell)  # a negative number is no formula
        case list():
            text = "; ".join(map(str, cell))
        case {"lat": lat, "lon": lon}:
            text = f"{lat}, {lon}"
        case _:
            text = str(cell)
    return "'" + text if text.startswith(FORMULA) else text
