"""Operators compare one property with a constant; measures of events use the numeric ones.

To add one, add a class in the module of its kind. The loader, the compiler, the builder's menu, the API schema and the
property test all read OPERATORS, so nothing else changes.
"""

from . import calendar, history, many, numbers, places, presence, rolling, subjects, texts, times
from .base import OPERATORS, Ask, Operand, Operator, Takes, for_consents, for_lists, for_measure, for_type

__all__ = [
    "OPERATORS",
    "Ask",
    "Operand",
    "Operator",
    "Takes",
    "calendar",
    "for_consents",
    "for_lists",
    "for_measure",
    "for_type",
    "history",
    "many",
    "numbers",
    "places",
    "presence",
    "rolling",
    "subjects",
    "texts",
    "times",
]
