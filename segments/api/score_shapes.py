"""The shapes of scores on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem

from .. import serializers as shapes
from ..models import Score, ScoreBuild, ScoreModel, ScoreModelVersion
from ..scoring import history
from ..scoring.explain import ExplainedGroup, ExplainedRule, Explanation
from ..scoring.preview import Preview, Spread
from ..scoring.queue import Lead
from ..scoring.schema import GRADES

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "key": str,
    "name": str,
    "description": str,
    "link": str,
    "intercept": (int, Decimal),
    "definition": dict,
    "draft": bool,
    "reason": str,
}
_SHOWN = (
    *("id", "key", "name", "description", "state", "error", "version", "link", "intercept", "definition"),
    *("is_default", "archived_at", "created_at", "updated_at"),
)
_READ_ONLY = {"id", "version", "state", "error", "is_default", "properties", "progress", "archived_at"}
_READ_ONLY |= {"created_at", "updated_at", "warnings"}


class ProgressOutput(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class PropertiesOutput(serializers.Serializer[Any]):
    points = serializers.CharField()
    grade = serializers.CharField()
    fit = serializers.CharField()
    engagement = serializers.CharField()


class ScoreModelOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    key = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    state = serializers.ChoiceField(choices=ScoreModel.State.choices)
    error = serializers.CharField()
    version = serializers.IntegerField()
    link = serializers.ChoiceField(choices=ScoreModel.Link.choices)
    intercept = serializers.FloatField()
    definition = serializers.JSONField()
    is_default = serializers.BooleanField()
    properties = PropertiesOutput(help_text="The properties of every contact that lists may ask for.")
    progress = ProgressOutput(allow_null=True, help_text="How far everyone is scored, while that is going on.")
    archived_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ScoreModelSaved(ScoreModelOutput):
    warnings = shapes.ProblemOutput(many=True)


class ScoreModelChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(required=False)
    definition = serializers.JSONField(
        required=False,
        help_text="`groups` of `rules` (`definition`, `points`, `decay`) with `kind` and `cap`; `grades`.",
    )
    link = serializers.ChoiceField(choices=ScoreModel.Link.choices, required=False)
    intercept = serializers.FloatField(required=False)
    reason = serializers.CharField(required=False)


class ScoreModelInput(ScoreModelChange):
    key = serializers.CharField(max_length=50)
    name = serializers.CharField(max_length=200)
    definition = serializers.JSONField()
    draft = serializers.BooleanField(required=False)


class ScoreModelVersionOutput(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    definition = serializers.JSONField()
    link = serializers.CharField()
    intercept = serializers.FloatField()
    saved_at = serializers.DateTimeField()
    saved_by = serializers.CharField()
    reason = serializers.CharField()


class PreviewInput(serializers.Serializer[Any]):
    definition = serializers.JSONField()
    link = serializers.ChoiceField(choices=ScoreModel.Link.choices, required=False)
    intercept = serializers.FloatField(required=False)
    model = serializers.IntegerField(required=False, help_text="The model to compare with.")


class BinOutput(serializers.Serializer[Any]):
    low = serializers.FloatField()
    high = serializers.FloatField()
    count = serializers.IntegerField()


class SpreadOutput(serializers.Serializer[Any]):
    everyone = serializers.IntegerField()
    looked_at = serializers.IntegerField(help_text="Of very many contacts, a sample.")
    exact = serializers.BooleanField()
    mean = serializers.FloatField(allow_null=True)
    bins = BinOutput(many=True)
    grades = serializers.DictField(child=serializers.IntegerField(), help_text="How many of each grade, A1 to D4.")


class MoveOutput(serializers.Serializer[Any]):
    before = serializers.CharField()
    after = serializers.CharField()
    count = serializers.IntegerField()


class PreviewSpreadOutput(SpreadOutput):
    raised = serializers.IntegerField()
    lowered = serializers.IntegerField()
    moves = MoveOutput(many=True, help_text="From which grade to which, those that stay among them.")
    warnings = shapes.ProblemOutput(many=True)
    took_ms = serializers.FloatField()


class ScoreOutput(serializers.Serializer[Any]):
    points = serializers.FloatField()
    fit = serializers.FloatField()
    engagement = serializers.FloatField()
    grade = serializers.ChoiceField(choices=GRADES)
    changed_at = serializers.DateTimeField()


class RankedOutput(ScoreOutput):
    contact = shapes.ContactBrief()


class LeadReasonOutput(serializers.Serializer[Any]):
    sentence = serializers.CharField(help_text="The name of the rule, or what it says.")
    points = serializers.FloatField()


class TouchOutput(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    what = serializers.CharField()


class NextStepOutput(serializers.Serializer[Any]):
    task = serializers.IntegerField()
    title = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)
    owner = serializers.CharField()


class LeadOutput(RankedOutput):
    owner = serializers.CharField(allow_null=True)
    lifecycle_stage = serializers.CharField(allow_null=True)
    why = LeadReasonOutput(many=True, help_text="The weightiest rules that hold.")
    more_reasons = serializers.IntegerField()
    change = serializers.FloatField(help_text="How the score moved within seven days.")
    last_touch = TouchOutput(allow_null=True)
    next_step = NextStepOutput(allow_null=True, help_text="The open task that is due first.")


class ReasonOutput(serializers.Serializer[Any]):
    sentence = serializers.CharField()
    holds = serializers.BooleanField()
    evidence = serializers.DictField(help_text="What decided it, as in `segments/{id}/explain/{contact}/`.")


class ExplainedRuleOutput(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    name = serializers.CharField()
    sentence = serializers.CharField()
    holds = serializers.BooleanField()
    points = serializers.FloatField(help_text="What it gives now.")
    full = serializers.FloatField(help_text="What it gives at most.")
    share = serializers.FloatField(help_text="The percentage that the age of the evidence leaves.")
    next_at = serializers.DateTimeField(allow_null=True, help_text="When time alone moves it next.")
    next_points = serializers.FloatField(allow_null=True)
    reasons = ReasonOutput(many=True)


class ExplainedGroupOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["fit", "engagement"])
    points = serializers.FloatField()
    sum = serializers.FloatField(help_text="Before the cap.")
    cap = serializers.FloatField(allow_null=True)
    most = serializers.FloatField()
    rules = ExplainedRuleOutput(many=True)


class ContactScoreOutput(ScoreOutput):
    model = serializers.IntegerField()
    key = serializers.CharField()
    name = serializers.CharField()
    version = serializers.IntegerField()


class ExplainedScoreOutput(serializers.Serializer[Any]):
    contact = serializers.IntegerField()
    at = serializers.DateTimeField()
    points = serializers.FloatField()
    fit = serializers.FloatField()
    engagement = serializers.FloatField()
    grade = serializers.ChoiceField(choices=GRADES)
    link = serializers.ChoiceField(choices=ScoreModel.Link.choices)
    intercept = serializers.FloatField()
    next_at = serializers.DateTimeField(allow_null=True)
    groups = ExplainedGroupOutput(many=True)


class ScoreChangeOutput(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    old = serializers.FloatField(allow_null=True)
    new = serializers.FloatField(allow_null=True)


def model_out(model: ScoreModel, building: ScoreBuild | None) -> dict[str, Any]:
    shown = {name: getattr(model, name) for name in _SHOWN}
    progress = {"done": building.done, "total": building.total} if building else None
    return shown | {"properties": history.names_of(model.key)._asdict(), "progress": progress}


def version_out(version: ScoreModelVersion) -> dict[str, Any]:
    names = ("definition", "link", "intercept", "saved_at", "saved_by", "reason")
    return {"version": version.number} | {name: getattr(version, name) for name in names}


def score_out(score: Score) -> dict[str, Any]:
    return {name: getattr(score, name) for name in ("points", "fit", "engagement", "grade", "changed_at")}


def lead_out(lead: Lead) -> dict[str, Any]:
    touch, task = lead.touch, lead.task
    return {
        "contact": shapes.brief(lead.contact),
        **score_out(lead.score),
        "owner": lead.contact.owner,
        "lifecycle_stage": lead.contact.lifecycle_stage,
        "why": [{"sentence": one.said, "points": one.points} for one in lead.why],
        "more_reasons": lead.more,
        "change": lead.change,
        "last_touch": touch and {"at": touch.at, "what": touch.said},
        "next_step": task
        and {"task": task.pk, "title": task.title, "due_at": task.due_at, "owner": str(task.owner or "")},
    }


def spread_out(spread: Spread) -> dict[str, Any]:
    names = ("everyone", "looked_at", "exact", "mean", "grades")
    return {name: getattr(spread, name) for name in names} | {"bins": [vars(one) for one in spread.bins]}


def preview_out(found: Preview) -> dict[str, Any]:
    moves = [{"before": old, "after": new, "count": count} for (old, new), count in sorted(found.moves.items())]
    shown = {"raised": found.raised, "lowered": found.lowered, "moves": moves, "took_ms": found.took_ms}
    return spread_out(found) | shown | {"warnings": shapes.problems(found.warnings)}


def explanation_out(found: Explanation) -> dict[str, Any]:
    verdict = found.verdict._asdict()
    del verdict["parts"]
    shown = {"contact": found.contact_id, "at": found.at, "link": found.link, "intercept": found.intercept}
    return shown | verdict | {"next_at": found.next_at, "groups": [_group_out(group) for group in found.groups]}


def read_model(given: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
    """What was sent of a model; those values that only the product writes are passed over."""
    known = _TYPES.keys() if new else _TYPES.keys() - {"key", "draft"}
    problems = [
        Problem(f"/{escape(name)}", _("A score model has no “%(key)s”.") % {"key": name[:100]})
        for name in given.keys() - known - _READ_ONLY - {"key"}
    ]
    read = {name: value for name, value in given.items() if name in known}
    for name, value in read.items():
        if not isinstance(value, _TYPES[name]) or (isinstance(value, bool) and name != "draft"):
            problems.append(Problem(f"/{name}", _EXPECTED[name]()))
    for name in ("key", "name", "definition") if new else ():
        if name not in read:
            problems.append(Problem("", _("Expected “%(key)s”.") % {"key": name}))
    if problems:
        raise InvalidInput(sorted(problems, key=lambda problem: problem.pointer))
    return read


_EXPECTED = {
    **dict.fromkeys(("key", "name", "description", "link", "reason"), lambda: _("Expected a text.")),
    "intercept": lambda: _("Expected a number."),
    "definition": lambda: _("Expected an object."),
    "draft": lambda: _("Expected true or false."),
}


def _group_out(group: ExplainedGroup) -> dict[str, Any]:
    return vars(group) | {"rules": [_rule_out(rule) for rule in group.rules]}


def _rule_out(rule: ExplainedRule) -> dict[str, Any]:
    return vars(rule) | {"reasons": [vars(reason) for reason in rule.reasons]}
