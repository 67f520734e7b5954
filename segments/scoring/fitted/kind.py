"""What the tray and the history of jobs know of learning a score."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crmseg.jobs import registry
from crmseg.jobs.models import Job

from ...models import Fitting
from . import runs


def connect() -> None:
    registry.register(
        registry.Kind(
            runs.KIND,
            gettext_lazy("Learn a score"),
            lambda job: _("Learn “%(name)s”") % {"name": job.params["name"]},
            runs.run,
            url=_url,
            outcome=_outcome,
            icon="chart-line",
        )
    )


def _url(job: Job) -> str:
    try:
        return reverse("leads:fitting", args=[job.params["fitting"]])
    except NoReverseMatch:
        return ""


def _outcome(job: Job) -> str:
    fitting = Fitting.objects.filter(pk=job.params["fitting"]).first()
    if fitting is None or fitting.found is None:
        return ""
    if fitting.refused:
        return refusal(fitting)
    said = _("It tells who converts from who does not in %(share)s of 100 pairs.")
    return said % {"share": round(fitting.found["auc"] * 100)}


def refusal(fitting: Fitting) -> str:
    """Why nothing was learned, with how many there are and how many it takes."""
    said = {
        "conversions": _("Not enough conversions yet: you have %(have)s, it needs %(need)s."),
        "later": _("Not enough recent conversions to judge by: you have %(have)s, it needs %(need)s."),
        "others": _("Not enough people who did not convert: you have %(have)s, it needs %(need)s."),
        "later_others": _("Not enough people who did not convert lately: you have %(have)s, it needs %(need)s."),
    }[fitting.refused]
    return said % (fitting.found or {"have": 0, "need": 0})
