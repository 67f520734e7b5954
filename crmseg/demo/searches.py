"""What was found in the sample: one search for what predicts a registration, and one score learned from registrations.

Both are asked for as anybody asks, when everything else is loaded; the work is done in the background, after the lists.
So are lifetime values, once all orders are counted.
"""

from __future__ import annotations

from typing import Any

from contacts.models import ContactChange, LifetimeFit
from contacts.worth.lifetime import data, job
from crmseg.common import clock
from crmseg.common.actor import Actor
from segments.insights.discovery import learning
from segments.models import Discovery, Fitting
from segments.scoring.fitted import runs
from segments.services import start_discovery

from . import words
from .models import SampleLoad

Json = dict[str, Any]
GOAL = "Workshop Registered"
SEARCH, SCORE = "Who registers for workshops", "Registers for a workshop"
SEARCH_DAYS, SCORE_DAYS = 90, 30


ABOUT = (
    *("interests", "needs", "objectives", "city", "seniority", "department", "plays_an_instrument", "company.industry"),
    *("event:Workshop Invited", "event:Page Viewed", "event:Link Clicked", "event:Feature Used"),
)


def _did(event: str, **more: object) -> Json:
    return {"event": event, "op": "did", "window": {"last": 30, "unit": "day"}, **more}


def _is(property: str, op: str, **value: object) -> Json:
    return {"property": property, "op": op, **value}


def _conditions() -> dict[str, Json]:
    return {
        "Invited to a workshop": _did("Workshop Invited"),
        "Looked at prices": _did("Page Viewed", where=[_is("path", "is", value="/pricing")]),
        "Followed a link": _did("Link Clicked"),
        "Used the product": _did("Feature Used"),
        "Is interested in workshops": _is("interests", "contains_any", value=["workshops"]),
        "Plays an instrument": _is("plays_an_instrument", "is_true"),
        "Lives where workshops are": _is("city", "is_any_of", value=list(words.WORKSHOP_CITIES)),
        "Works for a company we know": _is("company.name", "is_known"),
        "Agreed to e-mail": {"consent": "email", "op": "subscribed"},
        "Decides what is bought": _is("seniority", "is_any_of", value=["director", "owner"]),
    }


def fit_lifetimes(actor: Actor) -> None:
    """The first fit, once the sample is there and everything that it changed has been looked at."""
    if not SampleLoad.objects.filter(finished_at__isnull=False).exists() or LifetimeFit.objects.exists():
        return
    if job.last() is None and not ContactChange.objects.exists() and not job.why_not(data.readiness(clock.now())):
        job.start(user=None, actor=actor)


def start_searches(actor: Actor) -> None:
    """Nothing without the packages that search, and nothing that is there already."""
    if learning.missing():
        return
    if not Discovery.objects.filter(name=SEARCH).exists():
        asked = {"goal": {"event": GOAL, "days": SEARCH_DAYS}, "about": list(ABOUT)}
        start_discovery(Discovery.Kind.GOAL, asked, name=SEARCH, user=None, actor=actor)
    if not Fitting.objects.filter(name=SCORE).exists():
        features = [{"name": name, "definition": definition} for name, definition in _conditions().items()]
        goal = {"event": GOAL}
        runs.start(name=SCORE, goal=goal, days=SCORE_DAYS, features=features, user=None, actor=actor)
