"""Templates about what people did and what they are worth."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .facts import Facts
from .template import Json, Model, Template, did, every, prop, spent

_B, _V = Model.BEHAVIOURAL, Model.VALUE
ABANDONED = ("Cart Updated", "Product Added", "Checkout Started", "Added to Cart", "Add to Cart")
OPENED = ("Email Opened", "Mail Opened")


def _recent(facts: Facts) -> Json:
    return every(did(facts.purchase(), 30))


def _frequent(facts: Facts) -> Json:
    return every(did(facts.purchase(), 90, op="gte", value=3))


def _once(facts: Facts) -> Json:
    return every(did(facts.purchase(), op="is", value=1))


def _lapsed(facts: Facts) -> Json:
    bought = facts.purchase()
    return every(did(bought), did(bought, 180, op="did_not"))


def _first(facts: Facts) -> Json:
    return every({"event": facts.purchase(), "occurrence": "first", "in": {"last": 30, "unit": "day"}})


def _never(facts: Facts) -> Json:
    return every(did(facts.purchase(), op="did_not"), prop("created_at", "more_than_ago", 90, unit="day"))


def _looking(facts: Facts) -> Json:
    visit, bought = facts.visit(), facts.purchase()
    facts.used.append(visit)
    return every(did(visit, 14, op="gte", value=2), did(bought, 30, op="did_not"))


def _abandoned(facts: Facts) -> Json:
    begun, bought = facts.event(*ABANDONED), facts.purchase()
    steps = [{"event": begun}, {"event": bought, "not": True, "within": {"last": 1, "unit": "day"}}]
    return every({"sequence": steps, "window": {"last": 14, "unit": "day"}})


def _busy(facts: Facts) -> Json:
    visit = facts.visit()
    facts.used.append(visit)
    return every(did(visit, 7))


def _silent(facts: Facts) -> Json:
    opened = facts.event(*OPENED)
    return every({"consent": "email", "op": "subscribed"}, did(opened, 90, op="did_not"))


def _readers(facts: Facts) -> Json:
    return every(did(facts.event(*OPENED), 30, op="gte", value=2))


def _bought_kind(facts: Facts) -> Json:
    bought = facts.purchase()
    name, value = facts.category(bought)
    return every(did(bought, 365, where=[{"property": name, "op": "is", "value": value}]))


def _changed(op: str, percent: int) -> Json:
    return {"op": op, "value": percent, "measure": "change_pct", "window": {"last": 90, "unit": "day"}}


def _rising(facts: Facts) -> Json:
    return every({"event": facts.purchase(), **_changed("gte", 50)})


def _falling(facts: Facts) -> Json:
    return every({"event": facts.purchase(), **_changed("lte", -50)})


def _from_source(facts: Facts) -> Json:
    return every(prop("source", "is", facts.most("source")))


def _best(facts: Facts) -> Json:
    return every(spent(facts.purchase(), 365, "gte", facts.spent(80)))


def _middle(facts: Facts) -> Json:
    low, high = facts.spent(40), facts.spent(80)
    return every(spent(facts.purchase(), 365, "between", [min(low, high), max(low, high)]))


def _large_baskets(facts: Facts) -> Json:
    return every(spent(facts.purchase(), 365, "gte", facts.paid(75), "avg"))


def _one_large(facts: Facts) -> Json:
    large = {"property": "revenue", "op": "gt", "value": facts.paid(90)}
    return every(did(facts.purchase(), 365, where=[large]))


def _small_often(facts: Facts) -> Json:
    bought = facts.purchase()
    return every(did(bought, 365, op="gte", value=3), spent(bought, 365, "lt", facts.paid(50), "avg"))


def _budget(facts: Facts) -> Json:
    return every(prop(facts.need("budget"), "percentile_between", [75, 100]))


TEMPLATES = (
    Template("bought-lately", _B, _("Bought lately"), _("A purchase in the last 30 days."), _recent, "shopping-cart"),
    Template("buys-often", _B, _("Buys often"), _("Three purchases or more in 90 days."), _frequent, "repeat"),
    Template("bought-once", _B, _("Bought once"), _("Exactly one purchase: the second is the hard one."), _once, "tag"),
    Template(
        "first-purchase", _B, _("First purchase"), _("Bought for the first time in the last 30 days."), _first, "gift"
    ),
    Template(
        "gone-quiet", _B, _("Gone quiet"), _("Bought before, and not in the last 180 days."), _lapsed, "player-pause"
    ),
    Template("never-bought", _B, _("Never bought"), _("Known for 90 days and more, without a purchase."), _never, "x"),
    Template(
        "looking", _B, _("Looking around"), _("Active in the last 14 days, without a purchase in 30."), _looking, "eye"
    ),
    Template(
        "abandoned-cart",
        _B,
        _("Left the cart"),
        _("Filled a cart in the last 14 days and did not buy within a day."),
        _abandoned,
        "shopping-bag",
    ),
    Template("busy-now", _B, _("Active this week"), _("Did what your contacts do most, in 7 days."), _busy, "flame"),
    Template("bought-kind", _B, _("Bought your main kind"), _("A purchase of your best-selling kind."), _bought_kind),
    Template("rising", _B, _("Buying more"), _("Half as many purchases again as in the 90 days before."), _rising),
    Template("falling", _B, _("Buying less"), _("Half the purchases of the 90 days before, or fewer."), _falling),
    Template("readers", _B, _("Reads your mails"), _("Opened two mails or more in 30 days."), _readers, "mail-opened"),
    Template("silent", _B, _("Does not read"), _("Subscribed, and opened no mail in 90 days."), _silent, "mail-off"),
    Template("by-source", _B, _("Came the usual way"), _("From the source of most contacts."), _from_source, "route"),
    Template("best", _V, _("Best customers"), _("The fifth of your buyers who spend most in a year."), _best, "star"),
    Template("middle", _V, _("Solid middle"), _("The buyers just below the best: room to grow."), _middle, "stack-2"),
    Template(
        "large-baskets",
        _V,
        _("Large baskets"),
        _("Their average purchase is among the largest quarter."),
        _large_baskets,
        "shopping-bag",
    ),
    Template("one-large", _V, _("One large purchase"), _("A purchase among the largest tenth."), _one_large, "receipt"),
    Template(
        "small-often", _V, _("Small and often"), _("Three purchases or more, each below the middle."), _small_often
    ),
    Template("budget", _V, _("Large budget"), _("The quarter of contacts with the largest budgets."), _budget),
)
