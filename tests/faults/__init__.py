"""Faults for `bench mutations`: each changes one line of what definitions mean into something nearly right."""

from __future__ import annotations

from .amounts import CASES, MONEY, NULLS, UNITS
from .bounds import INCLUSION, OFF_BY_ONE
from .days import CALENDAR, CLOCK, FUTURE, ZONES
from .fault import Fault
from .scopes import SCOPES, TIES

__all__ = ["FAULTS", "Fault"]

FAULTS = (
    *INCLUSION,
    *OFF_BY_ONE,
    *NULLS,
    *ZONES,
    *CALENDAR,
    *UNITS,
    *MONEY,
    *CASES,
    *TIES,
    *FUTURE,
    *SCOPES,
    *CLOCK,
)
