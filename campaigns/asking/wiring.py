"""What surveys register with the rooms below: merges and privacy, the search, and where an attribute is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts import guards, tasks_listed
from crmseg.web import panels

from ..models import Survey
from . import privacy, selectors, services


def connect() -> None:
    privacy.connect()
    guards.register(_reading)
    tasks_listed.register_source("survey", _sources)
    panels.register_finder(panels.Finder(gettext_lazy("Surveys"), "message-circle", _find))


def _reading(keys: Sequence[str]) -> list[str]:
    """Open surveys whose answers are kept as one of these attributes."""
    wanted = {key.removeprefix("attribute:") for key in keys if key.startswith("attribute:")}
    if not wanted:
        return []
    found = []
    for survey in Survey.objects.filter(state=Survey.State.OPEN).order_by("name"):
        form = services.published(survey)
        if form and wanted & {one.attribute for one in form.questions}:
            found.append(_("the survey “%(name)s”") % {"name": survey.name})
    return found


def _sources(rests: Iterable[str]) -> Mapping[str, tasks_listed.Source]:
    """The surveys whose unhappy answers asked for tasks."""
    ids = {int(rest) for rest in rests if rest.isascii() and rest.isdigit() and len(rest) < 19}
    found = Survey.objects.filter(pk__in=ids).values_list("pk", "name")
    return {str(pk): tasks_listed.Source(name, reverse("surveys:survey", args=[pk])) for pk, name in found}


def _find(query: str, limit: int) -> list[panels.Hit]:
    return [
        panels.Hit(survey.name, reverse("surveys:survey", args=[survey.pk]), str(survey.get_state_display()))
        for survey in selectors.surveys_table(q=query).order_by("-pk")[:limit]
    ]
