"""What a property was: questions about its recorded changes, of the contact or of its present company.

A change dated after now has not happened yet.
"""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from contacts.fields import FieldType

from ..schema import Property
from ..sql import typed
from ..windows import Ago, Between, Last, Previous, This, Window
from .base import ABSENT, Absent, Ask, Change, Operand, Operator, Takes, register
from .times import within_days

T = FieldType
EVERY = frozenset(FieldType)


def is_recorded(asked: Property) -> bool:
    """Whether the changes of this property are recorded."""
    return (
        asked.source != "event"
        and asked.recorded
        and not asked.reads_clock
        and not (asked.column and asked.name in {"created_at", "updated_at"})
    )


class _Past(Operator):
    types = EVERY
    past = True
    reads_clock = True

    def change(self, operand: Operand, ask: Ask) -> str:
        """Which changes `h` are asked for, but for their time."""
        raise NotImplementedError(self.key)

    def window(self, operand: Operand) -> Window | None:
        return None

    def happened(self, operand: Operand, ask: Ask) -> str:
        from ..compile.windows import inside

        timely = inside("h.at", self.window(operand), ask.params, ask.zone)
        return f"EXISTS (SELECT {self._from(operand, ask)} AND {timely})"

    def flips(self, value: str, operand: Operand, ask: Ask) -> str:
        from ..compile.windows import flip

        moment = flip("h.at", self.window(operand), ask.params, ask.zone)
        return f"(SELECT min({moment}) {self._from(operand, ask)})"

    def _from(self, operand: Operand, ask: Ask) -> str:
        of_company = ask.property.source == "company"
        table = "contacts_companyhistory" if of_company else "contacts_attributehistory"
        whose = "h.company_id = co.id" if of_company else "h.contact_id = c.id"
        key = ask.params.add(ask.property.name, "text")
        return f"FROM {table} AS h WHERE {whose} AND h.key = {key} AND {self.change(operand, ask)}"


@register
class UpdatedIn(_Past):
    key, label = "updated_in", _("changed")
    takes = Takes.WINDOW

    def change(self, operand: Operand, ask: Ask) -> str:
        return "true"

    def window(self, operand: Operand) -> Window | None:
        assert operand is None or isinstance(operand, Last | Ago | Between | This | Previous)
        return operand

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return self.happened(operand, ask)


@register
class NotUpdatedIn(UpdatedIn):
    """Everybody else, whether the value is known or not."""

    key, label = "not_updated_in", _("did not change")

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"NOT {super().sql(value, operand, ask)}"


@register
class EverWas(_Past):
    """Is it now, or a recorded change was from it or to it."""

    key, label = "ever_was", _("is or was")
    types = EVERY - {T.LOCATION}
    takes = Takes.PAST

    def change(self, operand: Operand, ask: Ask) -> str:
        return f"({_is(_recorded('old', ask), operand, ask)} OR {_is(_recorded('new', ask), operand, ask)})"

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"({_is(value, operand, ask)} OR {self.happened(operand, ask)})"


@register
class NeverWas(EverWas):
    """Everybody else, the unknown included."""

    key, label = "never_was", _("never was")

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"NOT {super().sql(value, operand, ask)}"


@register
class Changed(_Past):
    """A recorded change from one value to another; either may be left open, or be unknown."""

    key, label = "changed", _("changed its value")
    takes = Takes.CHANGE

    def change(self, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, Change)
        sides = [
            _is(_recorded(side, ask), wanted, ask)
            for side, wanted in (("old", operand.before), ("new", operand.after))
            if wanted is not ABSENT
        ]
        return " AND ".join(sides) or "true"

    def window(self, operand: Operand) -> Window | None:
        assert isinstance(operand, Change)
        return operand.window

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return self.happened(operand, ask)


def _recorded(side: str, ask: Ask) -> str:
    """The value before or after a change, read as the property's type."""
    return typed(ask.type, f"jsonb_build_object('v', h.{side})", "v", ask.zone_sql)


def _is(held: str, wanted: Operand | Absent, ask: Ask) -> str:
    """Whether `held` is what the definition names; None is unknown. Never NULL."""
    if wanted is None:
        return f"{held} IS NULL"
    return f"COALESCE({_equals(held, wanted, ask)}, false)"


def _equals(held: str, wanted: object, ask: Ask) -> str:
    match ask.type:
        case T.NUMBER | T.MONEY:
            return f"{held} = {ask.params.add(wanted, 'numeric')}"
        case T.BOOLEAN:
            return f"{held} = {ask.params.add(wanted, 'boolean')}"
        case T.DATE | T.DATETIME:
            assert isinstance(wanted, date)
            return within_days(held, wanted, wanted, ask)
        case T.MULTI_ENUM:
            have = f"array_remove({ask.texts(held)}, NULL)"
            want = ask.many_texts(wanted if isinstance(wanted, tuple) else (wanted,))
            same = f" AND {have} <@ {want}" if isinstance(wanted, tuple) else ""
            return f"CASE WHEN {held} IS NOT NULL THEN {have} @> {want}{same} END"
        case _:
            return f"{ask.text(held)} = {ask.text(ask.params.add(wanted, 'text'))}"
