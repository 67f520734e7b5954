"""Templates about the companies people work for, and their role there."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from .facts import Facts
from .template import Json, Model, Template, did, every, prop

_C = Model.COMPANY
_CUSTOMER = prop("lifecycle_stage", "at_least", "customer")


def _most(key: str) -> Callable[[Facts], Json]:
    return lambda facts: every(prop(key, "is", facts.most(key)))


def _large(facts: Facts) -> Json:
    return every(prop(facts.need("company.employees"), "percentile_between", [75, 100]))


def _small(facts: Facts) -> Json:
    return every(prop(facts.need("company.employees"), "lt", 50))


def _strong(facts: Facts) -> Json:
    return every(prop(facts.need("company.revenue"), "percentile_between", [75, 100]))


def _buying(facts: Facts) -> Json:
    facts.need("company.name")
    return every({"colleagues": "any", "of": did(facts.purchase(), 365)})


def _repeat(facts: Facts) -> Json:
    facts.need("company.name")
    return every({"colleagues": {"at_least": 2}, "of": did(facts.purchase())})


def _open_door(facts: Facts) -> Json:
    facts.need("company.name")
    not_yet = prop("lifecycle_stage", "is_none_of", ["customer", "evangelist"], unknown=True)
    return every(not_yet, {"colleagues": "any", "of": _CUSTOMER})


def _untouched(facts: Facts) -> Json:
    facts.need("company.name")
    return every(prop("company.name", "is_known"), {"colleagues": "none", "of": _CUSTOMER}, {"not": _CUSTOMER})


TEMPLATES = (
    Template(
        "industry", _C, _("Main industry"), _("The industry of most of your companies."), _most("company.industry")
    ),
    Template("large-companies", _C, _("Large companies"), _("The largest quarter by employees."), _large, "building"),
    Template("small-companies", _C, _("Small companies"), _("Fewer than 50 employees."), _small, "building-community"),
    Template("strong-companies", _C, _("Strong companies"), _("The quarter with the most revenue."), _strong),
    Template(
        "company-country",
        _C,
        _("Country of the company"),
        _("Where most of them are."),
        _most("company.country"),
        "globe",
    ),
    Template(
        "company-city", _C, _("City of the company"), _("Where most of them are."), _most("company.city"), "map-pin"
    ),
    Template(
        "seniority", _C, _("Seniority"), _("The most frequent seniority: who decides."), _most("seniority"), "user-cog"
    ),
    Template("department", _C, _("Department"), _("The most frequent department."), _most("department"), "sitemap"),
    Template("job-title", _C, _("Job title"), _("The most frequent job title."), _most("job_title"), "briefcase"),
    Template(
        "buying-companies",
        _C,
        _("Their company buys"),
        _("A colleague bought in the last 365 days."),
        _buying,
        "receipt",
    ),
    Template(
        "several-buyers", _C, _("Several buyers"), _("Two colleagues or more have bought: a standing account."), _repeat
    ),
    Template(
        "open-door",
        _C,
        _("Open door"),
        _("Not a customer yet, but a colleague is: ask for an introduction."),
        _open_door,
    ),
    Template("untouched", _C, _("New ground"), _("Nobody at their company is a customer yet."), _untouched, "rocket"),
)
