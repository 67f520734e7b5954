"""Goals: whom to reach for them, how to tell that it worked, and what each team should know."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .facts import Facts, Missing
from .template import Json, Model, Template, did, every, prop, spent

_LEADS = ["lead", "marketing-qualified", "sales-qualified", "opportunity"]


def _win_back(facts: Facts) -> Json:
    bought = facts.purchase()
    return every(did(bought, op="gte", value=2), did(bought, 180, op="did_not"))


def _reward(facts: Facts) -> Json:
    bought = facts.purchase()
    return every(did(bought, 365, op="gte", value=3), spent(bought, 365, "gte", facts.spent(80)))


def _convert(facts: Facts) -> Json:
    facts.need("lifecycle_stage")
    visit = facts.visit()
    facts.used.append(visit)
    return every(prop("lifecycle_stage", "is_any_of", _LEADS), did(visit, 30))


def _cross_sell(facts: Facts) -> Json:
    bought = facts.purchase()
    name, first = facts.category(bought)
    _name, second = facts.category(bought, 1)
    of = [{"property": name, "op": "is", "value": first}]
    never = [{"property": name, "op": "is", "value": second}]
    return every(did(bought, 365, where=of), did(bought, op="did_not", where=never))


def _price(facts: Facts) -> Json:
    return every(did(facts.purchase(), 365), {"bucket": [0, 4999], "of": 10000, "salt": "price test"})


def _keep(facts: Facts) -> Json:
    bought = facts.purchase()
    fewer = {"measure": "change_pct", "op": "lte", "value": -50, "window": {"last": 90, "unit": "day"}}
    return every(did(bought, 365, op="gte", value=2), {"event": bought, **fewer})


def _welcome(facts: Facts) -> Json:
    new = prop("created_at", "in_last", 14, unit="day")
    try:
        return every(new, did(facts.purchase(), op="did_not"))
    except Missing:
        return every(new)


def _birthday(facts: Facts) -> Json:
    return every(prop(facts.need("birth_date"), "anniversary_in_next", 14, unit="day"))


def _goal(key: str, name: object, text: object, make: object, icon: str, **about: object) -> Template:
    return Template(key, Model.GOAL, name, text, make, icon, about)  # type: ignore[arg-type]


TEMPLATES = (
    _goal(
        "win-back",
        _("Win back"),
        _("Good customers of the past who have not bought for 180 days."),
        _win_back,
        "arrow-back-up",
        goal=_("Win back customers who stopped buying"),
        target_metric=_("Share who buy within 30 days of the message"),
        persona=_("Liked us once, found something else or forgot"),
        note_marketing=_("One message a quarter. Say what is new before you offer a discount."),
        note_sales=_("Call the largest ones; ask what was missing."),
        note_service=_("If they write, ask why they stopped, and note it."),
    ),
    _goal(
        "reward",
        _("Reward"),
        _("The loyal ones who spend most: three purchases or more in a year."),
        _reward,
        "gift",
        goal=_("Keep our best customers, and let them feel it"),
        target_metric=_("Revenue kept from one year to the next"),
        persona=_("Comes back by habit and tells others"),
        note_marketing=_("Show them what is new first. They need no discount."),
        note_sales=_("Thank them in person."),
        note_service=_("Answer them first."),
    ),
    _goal(
        "convert-leads",
        _("Convert leads"),
        _("Leads who were active in the last 30 days."),
        _convert,
        "target-arrow",
        goal=_("Turn active leads into customers"),
        target_metric=_("Share who become customers within 90 days"),
        persona=_("Looks around, compares, has not decided"),
        note_marketing=_("Answer the usual doubts: proof, guarantee, a small first step."),
        note_sales=_("Get in touch while they are active."),
        note_service=_("Their first question decides: answer the same day."),
    ),
    _goal(
        "cross-sell",
        _("Cross-sell"),
        _("Bought your best-selling kind in a year, and never the next one."),
        _cross_sell,
        "switch-horizontal",
        goal=_("Sell a second kind to those who know the first"),
        target_metric=_("Share who buy the second kind within 60 days"),
        persona=_("Knows one side of what we do"),
        note_marketing=_("Start from what they have: “goes well with”."),
        note_sales=_("Mention it when they order again."),
        note_service=_("Do not sell while a complaint is open."),
    ),
    _goal(
        "test-price",
        _("Test a price"),
        _("A random half of this year's buyers; the other half is what to compare with."),
        _price,
        "test-pipe",
        goal=_("Learn what another price does"),
        target_metric=_("Revenue per contact against the other half"),
        persona=_("Anybody who bought in the last year"),
        note_marketing=_("Show the new price to this half alone, and change nothing else."),
        note_sales=_("Do not promise either price."),
        note_service=_("If they ask about the price: it is a test until the end of the month."),
    ),
    _goal(
        "keep",
        _("Keep from leaving"),
        _("Regular buyers whose purchases fell by half in 90 days."),
        _keep,
        "shield-check",
        goal=_("Stop regular customers from leaving"),
        target_metric=_("Share who buy again within 60 days"),
        persona=_("Still there, already looking elsewhere"),
        note_marketing=_("Ask before you offer: what would make it right?"),
        note_sales=_("A call now is worth more than a discount later."),
        note_service=_("Look for open complaints first."),
    ),
    _goal(
        "welcome",
        _("Welcome newcomers"),
        _("New in the last 14 days, without a purchase yet."),
        _welcome,
        "user-plus",
        goal=_("A good first fortnight"),
        target_metric=_("Share who make a first purchase within 30 days"),
        persona=_("Just arrived and curious"),
        note_marketing=_("Three short mails: who we are, what others like, a small first step."),
        note_sales=_("Leave them in peace for a week."),
        note_service=_("Welcome them by name."),
    ),
    _goal(
        "birthday",
        _("Birthday"),
        _("Everybody whose birthday is within 14 days."),
        _birthday,
        "cake",
        goal=_("A wish that is opened and remembered"),
        target_metric=_("Share who open, and who buy within two weeks"),
        persona=_("Anybody who told us a birthday"),
        note_marketing=_("The wish first, the offer second."),
        note_sales=_("A personal line for the largest customers."),
        note_service=_("Congratulate whoever calls."),
    ),
)
