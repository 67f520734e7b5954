"""Several values on either side: tags that a contact has, or words that a text holds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from contacts.fields import FieldType

from .base import Ask, Operand, Operator, Sized, Takes, register

T = FieldType


@register
class ContainsAny(Operator):
    """Tags: has at least one of them. Text: at least one of them occurs in it."""

    key, label = "contains_any", _("contains any of")
    types = frozenset({T.MULTI_ENUM, T.TEXT})
    with_property = frozenset({T.MULTI_ENUM})
    takes = Takes.MANY

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        if ask.type is T.MULTI_ENUM:
            return f"CASE WHEN {value} IS NOT NULL THEN {ask.texts(value)} && {ask.many_texts(operand)} END"
        needles, text = ask.many_texts(operand), ask.text(value)
        found = f"EXISTS (SELECT FROM unnest({needles}) AS needle WHERE strpos({text}, needle) > 0)"
        return f"CASE WHEN {value} IS NOT NULL THEN {found} END"


@register
class ContainsNone(ContainsAny):
    key, label = "contains_none", _("contains none of")
    negative = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"NOT ({super().sql(value, operand, ask)})"


@register
class ContainsAll(Operator):
    key, label = "contains_all", _("contains all of")
    types = frozenset({T.MULTI_ENUM})
    with_property = types
    takes = Takes.MANY

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"CASE WHEN {value} IS NOT NULL THEN {ask.texts(value)} @> {ask.many_texts(operand)} END"


@register
class IsExactly(ContainsAll):
    """The same entries, in whatever order and however often."""

    key, label = "is_exactly", _("is exactly")

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        have, want = (f"array_remove({one}, NULL)" for one in (ask.texts(value), ask.many_texts(operand)))
        return f"CASE WHEN {value} IS NOT NULL THEN {have} @> {want} AND {have} <@ {want} END"


class _Size(Sized):
    types = frozenset({T.MULTI_ENUM})
    size = "cardinality(array_remove({value}, NULL))"


@register
class SizeIs(_Size):
    key, label, sign = "size_is", _("has as many entries as"), "="


@register
class SizeGte(_Size):
    key, label, sign = "size_gte", _("has at least so many entries:"), ">="


@register
class SizeLte(_Size):
    key, label, sign = "size_lte", _("has at most so many entries:"), "<="
