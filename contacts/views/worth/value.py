"""What everyone is worth together."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crmseg.access.roles import signed_in
from crmseg.web import formats

from ...worth import figures, rules
from ...worth.lifetime import model


@require_GET
@signed_in
def value(request: HttpRequest) -> HttpResponseBase:
    totals = figures.totals()
    known = rules.current()
    context = {
        "totals": totals,
        "rules": known,
        "least_tenths": rules.LEAST["tenths"],
        "tenths": figures.tenths(),
        "concentration": figures.concentration(),
        "best": figures.most_valuable(),
        "fit": model.latest() if totals.predicted else None,
        "activity": [
            ("active", _("Active"), totals.active, totals.active_revenue),
            ("at_risk", _("At risk"), totals.at_risk, totals.at_risk_revenue),
            ("lost", _("Lost"), totals.lost, totals.lost_revenue),
        ],
    }
    return render(request, "worth/value.html", context)


@require_GET
@signed_in
def chart(request: HttpRequest) -> JsonResponse:
    """Which share of all revenue the best so many per cent of buyers bring, beside what it were if all were equal."""
    found = figures.concentration()
    if found is None:
        raise Http404
    steps = range(0, 101, 5)
    series = [
        {"name": _("Revenue"), "values": [0, *(round(100 * found.top(step), 1) for step in steps if step)]},
        {"name": _("If all brought the same"), "values": list(steps)},
    ]
    return JsonResponse({"kind": "line", "labels": [formats.percent(step, 100) for step in steps], "series": series})
