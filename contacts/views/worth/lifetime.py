"""What people are expected to buy still: the fit, how it was checked, and the order to fit anew."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crmseg.access import account
from crmseg.access.actors import actor_of, person_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common import clock
from crmseg.common.problems import InvalidInput

from ... import money
from ...models import LifetimeFit
from ...worth import figures
from ...worth.lifetime import data, gamma_gamma, job, model
from ...worth.lifetime.checks import MOST_TIMES
from ...worth.lifetime.gamma_gamma import Spend

CORRELATED = 0.3
"""From here on, what people spend hangs on how often they buy, which the model of spend does not know."""


@require_GET
@signed_in
def lifetime(request: HttpRequest) -> HttpResponseBase:
    fit = model.latest()
    readiness = data.readiness(clock.now())
    last = job.last()
    context = {
        "fit": fit,
        "readiness": readiness,
        "least": {"buyers": data.LEAST_REPEAT_BUYERS, "weeks": data.LEAST_WEEKS},
        "why_not": job.why_not(readiness),
        "installed": job.is_installed(),
        "running": last if last and last.is_open else None,
        "failed": last if last and last.state == "failed" else None,
        "totals": figures.totals() if fit else None,
        "parameters": _parameters(fit) if fit else [],
        "holdout": fit.checks.get("holdout") if fit else None,
        "spend": fit.checks.get("spend") if fit else None,
        "correlated": bool(fit and abs(fit.checks.get("spend", {}).get("correlation", 0)) >= CORRELATED),
        "mean_order": round(gamma_gamma.mean_of_all(Spend(*fit.spend["params"]))) if fit and fit.spend else None,
        "weeks": fit.horizon_weeks if fit else job.USUAL_WEEKS,
        "most_weeks": job.MOST_WEEKS,
    }
    return render(request, "worth/lifetime.html", context)


@require_POST
@role_required("marketer")
def run(request: HttpRequest) -> HttpResponse:
    asked = request.POST.get("weeks", "").strip()
    try:
        weeks = int(asked) if asked.isdecimal() and len(asked) < 6 else 0 if asked else None
        job.start(weeks=weeks, user=person_of(request), actor=actor_of(request))
    except InvalidInput as error:
        for problem in error.problems:
            messages.error(request, problem.message)
    else:
        messages.success(request, _("The fit was started. It takes a minute or less."))
    return redirect("worth:lifetime")


@require_GET
@signed_in
def chart(request: HttpRequest, name: str) -> JsonResponse:
    fit = model.latest()
    found = _CHARTS[name](fit.checks) if fit and name in _CHARTS else None
    if found is None:
        raise Http404
    return JsonResponse(found)


def _calibration(checks: dict[str, Any]) -> dict[str, Any] | None:
    found = checks.get("calibration")
    return found and {
        "kind": "beside",
        "labels": _times(),
        "series": [
            {"name": _("As it was"), "values": found["actual"]},
            {"name": _("As the model has it"), "values": found["expected"]},
        ],
    }


def _by_repeats(checks: dict[str, Any]) -> dict[str, Any] | None:
    found = checks.get("holdout")
    return found and {
        "kind": "beside",
        "labels": _times(),
        "series": [
            {"name": _("Happened"), "values": found["by_repeats"]["happened"]},
            {"name": _("Predicted"), "values": found["by_repeats"]["foretold"]},
        ],
    }


def _by_week(checks: dict[str, Any]) -> dict[str, Any] | None:
    found = checks.get("holdout")
    return found and {
        "kind": "line",
        "labels": [str(week) for week in range(1, found["weeks"] + 1)],
        "series": [
            {"name": _("Happened"), "values": found["by_week"]["happened"]},
            {"name": _("Predicted"), "values": found["by_week"]["foretold"]},
        ],
    }


_CHARTS = {"calibration": _calibration, "repeats": _by_repeats, "weeks": _by_week}


def _times() -> list[str]:
    return [*map(str, range(MOST_TIMES)), f"{MOST_TIMES}+"]


def _parameters(fit: LifetimeFit) -> list[tuple[str, str, float, float, float]]:
    """Each with what it says, and its bounds. γ is money, in major units here."""
    scale = 10 ** money.exponent(account.current().currency)
    said = {
        "r": _("How alike people are in how often they buy: the smaller, the more they differ"),
        "α": _("With r: the weeks between purchases"),
        "a": _("How likely people leave after a purchase"),
        "b": _("How likely they stay after a purchase"),
        "p": _("How alike the purchases of one person are"),
        "q": _("How alike people are in what they spend"),
        "γ": _("The scale of what people spend"),
    }
    rows = []
    for names, found in (("rαab", fit.purchases), ("pqγ", fit.spend)):
        if found:
            for name, *values in zip(names, found["params"], found["low"], found["high"], strict=True):
                one = [value / scale for value in values] if name == "γ" else values
                rows.append((name, said[name], one[0], one[1], one[2]))
    return rows
