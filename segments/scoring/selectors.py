"""Reads of score models and scores, and the properties that they give every contact."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts import computed
from contacts.computed import Computed
from contacts.fields import FieldType
from crmseg.common import clock

from ..models import Score, ScoreBuild, ScoreModel
from .history import names_of
from .schema import GRADES

GROUP = gettext_lazy("Scores")
_THERE = "s.changed_at <= c.since"
"""Of somebody who was first scored later, nothing was noted of what her score was before."""


def models() -> QuerySet[ScoreModel]:
    """The models that can be looked at: all but the archived ones, the default first."""
    return ScoreModel.objects.filter(archived_at=None).order_by("-is_default", "name", "pk")


def scoring_models() -> QuerySet[ScoreModel]:
    """The models that give every contact a score: neither archived nor drafts."""
    return models().exclude(state=ScoreModel.State.DRAFT)


def default_model() -> ScoreModel | None:
    return scoring_models().first()


def scores_of(contact_id: int) -> QuerySet[Score]:
    """What each model gives a contact, the default model first."""
    return (
        Score.objects.filter(contact=contact_id, model__in=scoring_models())
        .select_related("model")
        .order_by("-model__is_default", "model__name", "model")
    )


def ranked(model: ScoreModel, *, least: Decimal | None = None, grades: list[str] | None = None) -> QuerySet[Score]:
    """Who has the highest score of a model, first."""
    rows = Score.objects.filter(model=model).order_by("-points", "contact")
    if least is not None:
        rows = rows.filter(points__gte=least)
    return rows.filter(grade__in=grades) if grades else rows


def latest_build(model: ScoreModel) -> ScoreBuild | None:
    """The last work on everyone's scores, with how far it came."""
    return ScoreBuild.objects.filter(model=model).order_by("-pk").first()


def open_builds() -> QuerySet[ScoreBuild]:
    return ScoreBuild.objects.filter(state__in=[ScoreBuild.State.QUEUED, ScoreBuild.State.RUNNING])


def waiting_builds() -> QuerySet[ScoreBuild]:
    """The builds that are nobody's."""
    free = Q(state=ScoreBuild.State.QUEUED) | Q(state=ScoreBuild.State.RUNNING, lease_until__lt=clock.now())
    return ScoreBuild.objects.filter(free).order_by("pk")


def fields() -> Iterator[Computed]:
    """The properties of every contact that are scores, for definitions to ask for."""
    for pk, key, name in scoring_models().values_list("pk", "key", "name"):
        own, said = names_of(key), {"score": name}
        number, enum = FieldType.NUMBER, FieldType.ENUM
        past = computed.as_noted(own.points, number, _read("points", pk, _THERE))
        yield Computed(own.points, name, GROUP, number, _read("points", pk), recorded=True, past=past)
        grade = _("%(score)s: grade") % said
        past = computed.as_noted(own.grade, enum, _read("grade::text", pk, _THERE))
        yield Computed(own.grade, grade, GROUP, enum, _read("grade::text", pk), GRADES, recorded=True, past=past)
        yield Computed(own.fit, _("%(score)s: fit") % said, GROUP, number, _read("fit", pk))
        yield Computed(own.engagement, _("%(score)s: engagement") % said, GROUP, number, _read("engagement", pk))


def _read(column: str, model_id: int, there: str = "true") -> str:
    where = f"s.model_id = {int(model_id)} AND s.contact_id = c.id AND {there}"
    return f"(SELECT s.{column} FROM segments_score AS s WHERE {where})"
