"""Text, tags and choices. Case is folded unless the condition asks for it; accents always count."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from contacts.fields import FieldType

from .. import patterns
from ..sql import COLLATION, fold
from .base import Ask, Operand, Operator, Sized, Takes, register

T = FieldType
WORDS = frozenset({T.TEXT, T.ENUM, T.ORDERED_ENUM})
NUMBERS = frozenset({T.NUMBER, T.MONEY})

# Up to so many values are compared one by one.
_FEW = 30


@register
class Is(Operator):
    key, label = "is", _("is")
    types = WORDS | NUMBERS
    with_property = types | {T.BOOLEAN}
    measures = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        if ask.type in NUMBERS:
            return f"{value} = {ask.one(operand, 'numeric')}"
        if ask.type is T.BOOLEAN:
            return f"{value} = {ask.one(operand, 'boolean')}"
        return f"{ask.text(value)} = {ask.one_text(operand)}"

    def holds(self, value: Decimal, operand: Operand) -> bool:
        return value == operand


@register
class IsNot(Is):
    key, label = "is_not", _("is not")
    negative = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"NOT ({super().sql(value, operand, ask)})"

    def holds(self, value: Decimal, operand: Operand) -> bool:
        return value != operand


@register
class IsAnyOf(Operator):
    key, label = "is_any_of", _("is any of")
    types = WORDS | NUMBERS
    takes = Takes.MANY

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        if ask.type in NUMBERS:
            assert isinstance(operand, tuple)
            return f"{value} = ANY({ask.params.add(list(operand), 'numeric[]')})"
        if isinstance(operand, tuple) and len(operand) > _FEW and not ask.case:
            # Folded values are no constants, which the server would look up by their hash; rows of a subquery it does.
            given = ask.params.add(list(operand), "text[]")
            return f"{ask.text(value)} IN (SELECT {fold('one')} FROM unnest({given}) AS one)"
        return f"{ask.text(value)} = ANY({ask.many_texts(operand)})"


@register
class IsNoneOf(IsAnyOf):
    key, label = "is_none_of", _("is none of")
    negative = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"NOT ({super().sql(value, operand, ask)})"


@register
class Contains(Operator):
    key, label = "contains", _("contains")
    types = frozenset({T.TEXT})
    with_property = WORDS

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"strpos({ask.text(value)}, {ask.one_text(operand)}) > 0"


@register
class NotContains(Contains):
    key, label = "not_contains", _("does not contain")
    negative = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"NOT ({super().sql(value, operand, ask)})"


@register
class StartsWith(Operator):
    key, label = "starts_with", _("starts with")
    types = frozenset({T.TEXT})
    with_property = WORDS

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"starts_with({ask.text(value)}, {ask.one_text(operand)})"


@register
class NotStartsWith(StartsWith):
    key, label = "not_starts_with", _("does not start with")
    negative = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"NOT ({super().sql(value, operand, ask)})"


@register
class EndsWith(Operator):
    key, label = "ends_with", _("ends with")
    types = frozenset({T.TEXT})
    with_property = WORDS

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        ending = ask.one_text(operand)
        return f"right({ask.text(value)}, length({ending})) = {ending}"


@register
class NotEndsWith(EndsWith):
    key, label = "not_ends_with", _("does not end with")
    negative = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"NOT ({super().sql(value, operand, ask)})"


class _Length(Sized):
    types = frozenset({T.TEXT})
    size = "char_length({value})"


@register
class LengthIs(_Length):
    key, label, sign = "length_is", _("has as many characters as"), "="


@register
class LengthGt(_Length):
    key, label, sign = "length_gt", _("has more characters than"), ">"


@register
class LengthGte(_Length):
    key, label, sign = "length_gte", _("has at least so many characters:"), ">="


@register
class LengthLt(_Length):
    key, label, sign = "length_lt", _("has fewer characters than"), "<"


@register
class LengthLte(_Length):
    key, label, sign = "length_lte", _("has at most so many characters:"), "<="


@register
class Matches(Operator):
    """A regular expression is found anywhere in it. Without case, both are folded first."""

    key, label = "matches", _("matches the pattern")
    types = frozenset({T.TEXT})
    takes = Takes.PATTERN

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, str)
        pattern = ask.params.add(patterns.for_database(operand, case=ask.case), "text")
        return f"{ask.text(value)} COLLATE {COLLATION} ~ {pattern}"


@register
class NotMatches(Matches):
    key, label = "not_matches", _("does not match the pattern")
    negative = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"NOT ({super().sql(value, operand, ask)})"
