"""Surveys and their answers, as tables and filters ask for them."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from segments.models import Membership

from ..models import Survey, SurveyResponse

GROUPS = {"promoters": Q(nps__gte=9), "passives": Q(nps__in=(7, 8)), "detractors": Q(nps__lte=6)}


def surveys_table(*, q: str = "", state: str = "") -> QuerySet[Survey]:
    found = Survey.objects.annotate(
        answers=Count("responses", filter=Q(responses__completed_at__isnull=False)),
        begun=Count("responses"),
        passives=Count("responses", filter=Q(responses__nps__in=(7, 8))),
        promoters=Count("responses", filter=Q(responses__nps__gte=9)),
        detractors=Count("responses", filter=Q(responses__nps__lte=6)),
    )
    if q:
        found = found.filter(Q(name__icontains=q) | Q(key__icontains=q))
    return found.filter(state=state) if state else found


def answers(
    survey: Survey, *, q: str = "", group: str = "", tag: str = "", segment: int | None = None
) -> QuerySet[SurveyResponse]:
    """The complete ones. `q` looks into every answer."""
    found = SurveyResponse.objects.filter(survey=survey).exclude(completed_at=None)
    if q:
        found = found.extra(where=["answers::text ILIKE %s"], params=[f"%{_escaped(q)}%"])
    if group in GROUPS:
        found = found.filter(GROUPS[group])
    if tag:
        found = found.filter(tags__contains=[tag])
    if segment:
        found = found.filter(contact_id__in=Membership.objects.filter(segment=segment).values("contact_id"))
    return found


def _escaped(text: str) -> str:
    for sign in ("\\", "%", "_"):
        text = text.replace(sign, f"\\{sign}")
    return text
