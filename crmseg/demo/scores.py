"""A score ready to look at: which of the sample's people sales should call first."""

from __future__ import annotations

from typing import Any

from crmseg.common.actor import Actor
from segments.models import ScoreModel
from segments.scoring import services

Json = dict[str, Any]
KEY = "lead_score"
MONTHLY = {"every": 30, "unit": "day", "keep": 50, "times": 3}


def _is(property: str, op: str, **value: object) -> Json:
    return {"property": property, "op": op, **value}


def _rule(name: str, points: int, definition: Json, decay: Json | None = None) -> Json:
    return {"name": name, "points": points, "definition": definition, "decay": decay}


def _did(event: str, times: int = 1, **more: object) -> Json:
    return {"event": event, "op": "gte", "value": times, **more}


def _did_not(event: str, days: int) -> Json:
    return {"event": event, "op": "did_not", "window": {"last": days, "unit": "day"}}


DEFINITION: Json = {
    "groups": [
        {
            "name": "Who they are",
            "kind": "fit",
            "cap": 60,
            "rules": [
                _rule("Works for a company we know", 15, _is("company.name", "is_known")),
                _rule("Decides what is bought", 20, _is("seniority", "is_any_of", value=["director", "owner"])),
                _rule("Large employer", 15, _is("company.employees", "gte", value=200)),
                _rule("Plays an instrument", 10, _is("plays_an_instrument", "is_true")),
                _rule("In a country with workshops", 10, _is("country", "is_any_of", value=["US", "IT", "FR", "DE"])),
                _rule("No way to write to them", -20, {"not": {"reachable": "email"}}),
            ],
        },
        {
            "name": "What they look at",
            "kind": "engagement",
            "cap": 50,
            "rules": [
                _rule(
                    "Looked at prices", 15, _did("Page Viewed", where=[_is("path", "is", value="/pricing")]), MONTHLY
                ),
                _rule("Followed three links", 10, _did("Link Clicked", 3), MONTHLY),
                _rule("Used the product five times", 25, _did("Feature Used", 5), MONTHLY),
            ],
        },
        {
            "name": "What they came to",
            "kind": "engagement",
            "cap": None,
            "rules": [
                _rule("Registered for a workshop", 15, _did("Workshop Registered"), MONTHLY),
                _rule("Came to a workshop", 20, _did("Workshop Attended"), MONTHLY | {"every": 90}),
                _rule("Ordered", 30, _did("Order Completed"), MONTHLY | {"every": 60}),
                _rule(
                    "Nothing for 90 days", -15, {"all": [_did_not("Page Viewed", 90), _did_not("Order Completed", 90)]}
                ),
            ],
        },
    ],
    "grades": {"fit": [60, 40, 20], "engagement": [60, 35, 10]},
}


def write_scores(actor: Actor) -> None:
    """The score, unless there is one of that name already."""
    if not ScoreModel.objects.filter(key=KEY).exists():
        services.create_model(
            key=KEY,
            name="Lead score",
            description="Who fits us and is interested now. Points for what somebody did halve every month.",
            definition=DEFINITION,
            actor=actor,
        )
