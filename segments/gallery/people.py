"""Templates about who people are, where they live, how they think, what they use and what they need."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from contacts.fields import CONTACT_FIELDS

from .facts import Facts
from .template import Json, Model, Template, Words, every, prop


def _most(key: str) -> Callable[[Facts], Json]:
    """Those with the most frequent value of a property."""
    return lambda facts: every(prop(key, "is", facts.most(key)))


def _among(key: str) -> Callable[[Facts], Json]:
    """Those who have the most frequent one of many values."""
    return lambda facts: every(prop(key, "contains_any", [facts.most(key)]))


def _one(model: Model, key: str, icon: str, text: Words) -> Template:
    made = _among(key) if key in _MANY else _most(key)
    return Template(f"by-{key.replace('_', '-')}", model, CONTACT_FIELDS[key].label, text, made, icon)


def _aged(key: str, name: Words, text: Words, op: str, value: object) -> Template:
    def make(facts: Facts) -> Json:
        facts.need("birth_date")
        return every(prop("age", op, value))

    return Template(key, Model.DEMOGRAPHIC, name, text, make, "cake")


_MANY = {"interests", "values", "apps", "software", "needs", "objectives"}
_D, _G, _P, _T, _N = Model.DEMOGRAPHIC, Model.GEOGRAPHIC, Model.PSYCHOGRAPHIC, Model.TECHNOGRAPHIC, Model.NEEDS


def _abroad(facts: Facts) -> Json:
    return every(prop("country", "is_not", facts.most("country")))


def _near(facts: Facts) -> Json:
    return every(prop("location", "within_km", facts.near()))


def _speakers_abroad(facts: Facts) -> Json:
    language, country = facts.most("language"), facts.most("country")
    return every(prop("language", "is", language), prop("country", "is_not", country))


def _unreached(facts: Facts) -> Json:
    facts.need("preferred_channel")
    return every(prop("preferred_channel", "is_known"), prop("preferred_channel", "is_not", "email"))


TEMPLATES = (
    _aged("young-adults", _("Young adults"), _("From 18 to 29 years old, today."), "between", [18, 29]),
    _aged("middle-years", _("In their middle years"), _("From 30 to 59 years old, today."), "between", [30, 59]),
    _aged("sixty-and-over", _("Sixty and over"), _("60 years old and older, today."), "gte", 60),
    _one(_D, "gender", "users", _("The gender that most of your contacts stated.")),
    _one(_D, "marital_status", "heart", _("The most frequent marital status among your contacts.")),
    _one(_D, "life_stage", "home", _("The most frequent life stage, such as a young family or an empty nest.")),
    _one(_D, "education", "school", _("The most frequent education among your contacts.")),
    _one(_D, "income_band", "credit-card", _("The most frequent income band: a first guess at purchasing power.")),
    _one(_G, "country", "globe", _("The country where most of your contacts live.")),
    Template("abroad", _G, _("Abroad"), _("Everybody who lives in another country than most."), _abroad, "world"),
    _one(_G, "region", "map-2", _("The region where most of your contacts live.")),
    _one(_G, "city", "map-pin", _("The city where most of your contacts live.")),
    Template(
        "near-you",
        _G,
        _("Within 50 kilometres"),
        _("Around the city where most contacts with coordinates live: for shops and events."),
        _near,
        "map-pin",
    ),
    _one(_G, "language", "language", _("The language that most of your contacts read.")),
    Template(
        "speakers-abroad",
        _G,
        _("Your language, elsewhere"),
        _("They read your most frequent language and live in another country than most."),
        _speakers_abroad,
        "language",
    ),
    _one(_P, "interests", "star", _("The interest that most of your contacts share.")),
    _one(_P, "values", "heart", _("The value that most of your contacts hold high.")),
    _one(_P, "lifestyle", "activity", _("The most frequent lifestyle among your contacts.")),
    _one(_P, "personality", "mood-smile", _("The most frequent personality among your contacts.")),
    _one(_P, "attitude", "bulb", _("The most frequent attitude towards what you offer.")),
    _one(_P, "style", "sparkles", _("The most frequent style among your contacts.")),
    _one(_T, "device_type", "device-mobile", _("The kind of device that most of your contacts use.")),
    _one(_T, "operating_system", "device-laptop", _("The operating system that most of your contacts use.")),
    _one(_T, "apps", "plug", _("The app that most of your contacts use.")),
    _one(_T, "software", "device-desktop", _("The software that most of your contacts use.")),
    _one(_N, "needs", "help", _("The need that most of your contacts have.")),
    _one(_N, "objectives", "target", _("What most of your contacts want to reach.")),
    _one(_N, "interest_level", "gauge", _("The most frequent level of interest in what you offer.")),
    Template(
        "other-channel",
        _N,
        _("Rather not by e-mail"),
        _("They told you that they prefer another channel: write there."),
        _unreached,
        "phone",
    ),
)
