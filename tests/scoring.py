"""Score models for tests, and what they give."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crmseg.common.actor import SYSTEM
from segments.engine import audit
from segments.models import Score, ScoreModel
from segments.scoring import services

ITALIAN = {"property": "country", "op": "is", "value": "IT"}
ORDERED = {"event": "Order Completed", "op": "did"}
FADING = {"every": 30, "unit": "day", "keep": 50, "times": 2}


def rule(definition: dict[str, Any], points: Any, **more: Any) -> dict[str, Any]:
    return {"definition": definition, "points": points, **more}


def group(kind: str, *rules: dict[str, Any], cap: Any = None, name: str = "") -> dict[str, Any]:
    return {"name": name or kind, "kind": kind, "cap": cap, "rules": list(rules)}


def scheme(*groups: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"groups": list(groups), **more}


def make(definition: dict[str, Any] | None = None, key: str = "lead_score", **more: Any) -> ScoreModel:
    """A model that is live, because nothing waits any more."""
    if definition is None:
        definition = scheme(group("fit", rule(ITALIAN, 20)), group("engagement", rule(ORDERED, 10)))
    model = services.create_model(key=key, name=more.pop("name", key), definition=definition, actor=SYSTEM, **more)
    settle()
    model.refresh_from_db()
    return model


def settle() -> None:
    assert audit.settle()


def points(model: ScoreModel) -> dict[str, Decimal]:
    """The score of everybody, by first name."""
    return dict(Score.objects.filter(model=model).values_list("contact__first_name", "points"))


def grades(model: ScoreModel) -> dict[str, str]:
    return dict(Score.objects.filter(model=model).values_list("contact__first_name", "grade"))
