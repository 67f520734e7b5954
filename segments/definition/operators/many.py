"""Several values on either side: tags that a contact has, or words that a text holds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from contacts.fields import FieldType

from .base import Ask, Operand, Operator, Takes, register

T = FieldType


@register
class ContainsAny(Operator):
    """Tags: has at least one of them. Text: at least one of them occurs in it."""

    key, label = "contains_any", _("contains any of")
    types = frozenset({T.MULTI_ENUM, T.TEXT})
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
    takes = Takes.MANY

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"CASE WHEN {value} IS NOT NULL THEN {ask.texts(value)} @> {ask.many_texts(operand)} END"
