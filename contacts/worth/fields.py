"""Worth as properties: what definitions ask, tables show and files hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crmseg.access import account
from crmseg.access.signals import account_changed

from .. import computed, money
from ..computed import Computed
from ..fields import FieldType
from ..models import Activity, WorthSettings
from . import facts, rules
from .keys import PROPERTIES

GROUP = _("Value")
_T = FieldType
Label = str | Promise
_NO_OPTIONS: Mapping[str, Label] = {}
_OF = "(SELECT {said} FROM contacts_worth AS worth WHERE worth.contact_id = c.id)"
_OF_EVENTS = frozenset(PROPERTIES[column] for column in facts.FACTS if column in PROPERTIES)
_THEN = computed.Then("worth", facts.FACTS, lambda: facts.select(rules.current(), some=True))


def connect() -> None:
    computed.register(known)
    computed.register_then(_THEN)
    account_changed.connect(_counted_differently, dispatch_uid="contacts.worth.account")


def _counted_differently(changes: Collection[str], **_signal: Any) -> None:
    """Days and money are counted differently from now on: everything is read anew by the next beat."""
    if not {"time_zone", "currency"}.isdisjoint(changes):
        WorthSettings.objects.update(counted_version=0)


def known() -> Iterator[Computed]:
    """Whoever has no row has ordered nothing: sums are 0 then, and everything else is unknown.

    What follows from events alone can be worked out as of any instant, unless a cost was entered by hand since.
    """
    digits = money.exponent(account.current().currency)
    settings = rules.current()
    entered = ("cost_to_serve", "net_value") if settings.cost.attribute else ()

    def one(
        key: str, label: Promise, type: FieldType, said: str, options: Mapping[str, Label] = _NO_OPTIONS
    ) -> Computed:
        recorded = key in ("rfm_group", "activity")
        now = _OF.format(said=said)
        past = computed.as_noted(key, type, now) if recorded else was(key, said)
        return Computed(key, label, GROUP, type, now, tuple(options), recorded, options, past)

    def summed(key: str, label: Promise, type: FieldType, said: str) -> Computed:
        past = f"coalesce({was(key, said)}, 0)" if was(key, said) else ""
        return Computed(key, label, GROUP, type, f"coalesce({_OF.format(said=said)}, 0)", past=past)

    def was(key: str, said: str) -> str:
        """Of events as they were dated, whatever has been compared with since."""
        told = key in _OF_EVENTS and key not in entered
        return said.replace("worth.", "c.worth_") if told else ""

    def major(column: str) -> str:
        return f"round(worth.{column}::numeric / {10**digits}, {digits})"

    groups: dict[str, Label] = {group.key: group.title for group in settings.every_group}
    activities: dict[str, Label] = {one.value: one.label for one in Activity}
    yield summed("total_orders", _("Orders"), _T.NUMBER, "worth.orders::numeric")
    yield summed("total_revenue", _("Revenue less refunds"), _T.MONEY, major("revenue"))
    yield one("average_order", _("Average order"), _T.MONEY, major("average_order"))
    yield one("first_order_at", _("First order"), _T.DATETIME, "worth.first_order_at")
    yield one("last_order_at", _("Last order"), _T.DATETIME, "worth.last_order_at")
    yield one("order_gap_days", _("Usual days between orders"), _T.NUMBER, "worth.gap_days::numeric")
    yield one("cost_to_serve", _("Cost to serve"), _T.MONEY, major("cost_to_serve"))
    yield summed("net_value", _("Net value"), _T.MONEY, major("net_value"))
    yield one("value_decile", _("Tenth by value"), _T.NUMBER, "worth.decile::numeric")
    yield one("rfm", _("RFM"), _T.TEXT, "worth.r::text || worth.f::text || worth.m::text")
    yield one("rfm_recency", _("RFM: recency"), _T.NUMBER, "worth.r::numeric")
    yield one("rfm_frequency", _("RFM: frequency"), _T.NUMBER, "worth.f::numeric")
    yield one("rfm_monetary", _("RFM: monetary"), _T.NUMBER, "worth.m::numeric")
    yield one("rfm_group", _("RFM group"), _T.ENUM, "worth.rfm_group", groups)
    yield one("rfm_previous_group", _("RFM group before"), _T.ENUM, "worth.rfm_previous_group", groups)
    yield one("rfm_group_since", _("In the RFM group since"), _T.DATETIME, "worth.rfm_group_since")
    yield one("activity", _("Activity"), _T.ENUM, "worth.activity::text", activities)
    yield one("predicted_orders", _("Expected orders"), _T.NUMBER, "round(worth.expected_orders::numeric, 4)")
    yield one("predicted_spend", _("Expected spend"), _T.MONEY, major("expected_spend"))
    yield one("lifetime_value", _("Lifetime value"), _T.MONEY, major("lifetime_value"))
    yield one("alive_probability", _("Probability of being active"), _T.NUMBER, "round(worth.alive::numeric, 4)")
