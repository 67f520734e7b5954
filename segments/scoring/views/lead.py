"""One contact's score: what made it, rule by rule, what would move it, and how it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from contacts import identity
from contacts.models import Contact
from crmseg.access.roles import has_role, signed_in
from crmseg.common import clock
from crmseg.common.problems import InvalidInput
from segments import catalogue
from segments.models import Score, ScoreModel
from segments.views.explaining import people_in, rows

from .. import explain, history, queue, selectors

DAYS = 90
LINE_WIDTH, LINE_HEIGHT = 160, 36


@dataclass(frozen=True)
class Course:
    """How a score went: a small line of the last `DAYS` days, drawn between its least and its greatest."""

    line: str
    least: Decimal
    most: Decimal
    change: Decimal


def course(score: Score, contact: Contact) -> Course:
    now = clock.now()
    changes = history.points_of(score.model.key, contact.pk)
    values = _by_day(score, changes, contact, now)
    known = [value for value in values if value is not None]
    low, high = min(known), max(known)
    span = high - low
    step = LINE_WIDTH / DAYS
    drawn = "L".join(
        f"{place * step:.1f} "
        f"{LINE_HEIGHT - 3 - float((value - low) / span) * (LINE_HEIGHT - 6) if span else LINE_HEIGHT / 2:.1f}"
        for place, value in enumerate(values)
        if value is not None
    )
    week = history.score_at(changes, score.points, now - queue.CHANGED_WITHIN)
    dot = "h-3" if len(known) == 1 else ""
    return Course(f"M{drawn}{dot}", low, high, score.points - week)


def _by_day(score: Score, changes: Sequence[history.Change], contact: Contact, now: datetime) -> list[Decimal | None]:
    """What the score was on each of the last days; nothing before there was one."""
    since = history.known_since(score, changes, contact)
    days = [now - timedelta(days=back) for back in range(DAYS, -1, -1)]
    return [history.score_at(changes, score.points, at) if at >= min(since, now) else None for at in days]


@require_GET
@signed_in
def page(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    contact = Contact.objects.select_related("company").filter(pk=contact_id).first()
    if contact is None:
        became = identity.survivor_of(contact_id)
        if became is None:
            raise Http404
        return redirect("leads:lead", became)
    models = list(selectors.scoring_models())
    model = next((one for one in models if one.key == request.GET.get("model")), models[0] if models else None)
    now = clock.now()
    context: dict[str, Any] = {
        "contact": contact,
        "model": model,
        "models": models,
        "touch": queue.touches([contact_id], now).get(contact_id),
        "task": queue.next_tasks([contact_id]).get(contact_id),
        "may_assign": has_role(request.user, "sales"),
        "is_mine": contact.owner in queue.names_of(request.user),  # type: ignore[arg-type]
        "here": request.get_full_path(),
        "now": now,
    }
    if model is not None:
        context |= _explained(model, contact)
    return render(request, "leads/lead.html", context)


def _explained(model: ScoreModel, contact: Contact) -> dict[str, Any]:
    stored = Score.objects.filter(model=model, contact=contact).select_related("model").first()
    try:
        found = explain.explain(model, contact.pk)
    except (InvalidInput, explain.UnknownContact) as error:
        return {"unreadable": str(error), "stored": stored}
    known = catalogue.current()
    mentioned = {pk for group in found.groups for rule in group.rules for pk in _people(rule)}
    names = {pk: str(person) for pk, person in Contact.objects.in_bulk(mentioned).items()} if mentioned else {}
    return {
        "told": found,
        "stored": stored,
        "course": course(stored, contact) if stored else None,
        "groups": [
            {"group": group, "rules": [{"rule": rule, "facts": _facts(rule, known, names)} for rule in group.rules]}
            for group in found.groups
        ],
        "coming": _coming(found),
    }


def _node(reason: explain.Reason) -> dict[str, Any]:
    """A reason as the explanation of lists draws its leaves."""
    shown = {"sentence": reason.sentence, "holds": reason.holds, "evidence": reason.evidence}
    return shown | {"kind": "leaf", "flips_at": None, "children": []}


def _people(rule: explain.ExplainedRule) -> set[int]:
    return {pk for reason in rule.reasons for pk in people_in(_node(reason))}


def _facts(rule: explain.ExplainedRule, known: Any, names: Any) -> list[Any]:
    """What decided a rule, each fact once however many of its conditions ask for it."""
    facts = [fact for reason in rule.reasons for row in rows(_node(reason), known, names) for fact in row.facts]
    return list(dict.fromkeys(facts))


def _coming(found: explain.Explanation) -> Sequence[explain.ExplainedRule]:
    """The rules that time alone moves, the soonest first."""
    moving = [rule for group in found.groups for rule in group.rules if rule.next_at]
    return sorted(moving, key=lambda rule: rule.next_at or found.at)[:5]


@require_GET
@signed_in
def history_chart(request: HttpRequest, contact_id: int) -> JsonResponse:
    """The score by day, with each instant at which it moved."""
    contact = get_object_or_404(Contact, pk=contact_id)
    key = request.GET.get("model", "").replace("\x00", "")
    model = selectors.scoring_models().filter(key=key).first() or selectors.default_model()
    scores = Score.objects.filter(model=model, contact=contact).select_related("model")
    stored = scores.first() if model else None
    if model is None or stored is None:
        return JsonResponse({"kind": "area", "labels": [], "series": [], "notes": []})
    now = clock.now()
    changes = history.points_of(model.key, contact_id)
    values = [None if one is None else float(one) for one in _by_day(stored, changes, contact, now)]
    series = [{"name": model.name, "values": values}]
    labels = [(now - timedelta(days=back)).date().isoformat() for back in range(DAYS, -1, -1)]
    return JsonResponse({"kind": "area", "labels": labels, "series": series, "notes": []})


def panel(contact: Contact) -> dict[str, Any] | None:
    """What the page of a contact shows: each score with its grade and its course. Nothing where there are no models."""
    scores = list(selectors.scores_of(contact.pk)[:5])
    if not scores:
        return None
    return {
        "scores": [
            {
                "score": score,
                "course": course(score, contact),
                "why": queue.reasons(score, queue.rule_words(score.model))[: queue.REASONS],
                "url": f"{reverse('leads:lead', args=[contact.pk])}?model={score.model.key}",
            }
            for score in scores
        ]
    }
