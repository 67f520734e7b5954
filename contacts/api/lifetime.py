"""`lifetime/`, `churn/` and `cohorts/`: what people are expected to buy still, and who stays."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crmseg.access import account
from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.parsers import read_object

from .. import filters, money, values
from ..models import Contact, EventType, LifetimeFit
from ..worth import churn as falls
from ..worth import cohorts, figures, rules
from ..worth.among import Among
from ..worth.lifetime import data, gamma_gamma, job, model
from ..worth.lifetime.gamma_gamma import Spend
from . import schemas

_NUMBER: schemas.Schema = {"type": "number"}
_FITTED = schemas.record(params=schemas.ANYTHING, low=schemas.ANYTHING, high=schemas.ANYTHING, log_likelihood=_NUMBER)
_FIT = schemas.record(
    fitted_at=schemas.INSTANT,
    weeks=schemas.COUNT,
    people=schemas.COUNT,
    repeat_buyers=schemas.COUNT,
    order_event=schemas.TEXT,
    currency=schemas.TEXT,
    purchases=_FITTED,
    spend=schemas.nullable(_FITTED),
    expected_orders=schemas.nullable(_NUMBER),
    expected_spend=schemas.nullable(_NUMBER),
    average_order=schemas.nullable(_NUMBER),
    checks=schemas.ANYTHING,
)
_OUT = schemas.record(
    ready={"type": "boolean"},
    why_not=schemas.TEXT,
    repeat_buyers=schemas.COUNT,
    weeks=_NUMBER,
    needs=schemas.record(repeat_buyers=schemas.COUNT, weeks=schemas.COUNT),
    running={"type": "boolean"},
    fit=schemas.nullable(_FIT),
)
_IN: schemas.Schema = {
    "type": "object",
    "properties": {"weeks": {"type": "integer", "minimum": 1, "maximum": job.MOST_WEEKS}},
}
_SEGMENT = OpenApiParameter("segment", int, description="Only members of this list.")
_EVENT = OpenApiParameter("event", str, description="The name of an event type; the event of an order if left out.")
_SHARE = schemas.nullable({"type": "number", "minimum": 0, "maximum": 1})
_SHARES: schemas.Schema = {"type": "array", "items": _SHARE}
_CURVE = schemas.record(
    name=schemas.TEXT, people=schemas.COUNT, lost=schemas.COUNT, share=_SHARES, low=_SHARES, high=_SHARES
)
_COHORT = schemas.record(month=schemas.TEXT, people=schemas.COUNT, revenue=_NUMBER, returned=_SHARES)
_COHORTS = schemas.record(
    cohorts={"type": "array", "items": _COHORT},
    average=_SHARES,
    sampled=schemas.nullable(schemas.COUNT),
    survival={"type": "array", "items": _CURVE},
)
_FALL = schemas.record(contact=schemas.ID, before=schemas.COUNT, recent=schemas.COUNT)
_CHURN = schemas.record(
    event=schemas.TEXT,
    days=schemas.COUNT,
    bands={"type": "object", "additionalProperties": schemas.COUNT},
    before=schemas.COUNT,
    falling=schemas.COUNT,
    by_chance=_NUMBER,
    people={"type": "array", "items": _FALL},
)


@extend_schema(tags=["worth"])
class LifetimeView(IdempotentWrites, APIView):
    """The fit that predicts now, and the order to fit anew."""

    @extend_schema(responses={200: _OUT})
    def get(self, request: Request) -> Response:
        """The fit, how it was held against what happened, and whether there is enough to fit anew."""
        return Response(_state())

    @extend_schema(request={"application/json": _IN}, responses={202: _OUT})
    def post(self, request: Request) -> Response:
        """Fit on a worker; 409 while there is not enough. `weeks` is how far it foretells."""
        given = read_object(request)
        if unknown := sorted(given.keys() - {"weeks"}):
            said = _("There is no field “%(key)s”.")
            raise InvalidInput([Problem(f"/{escape(key[:100])}", said % {"key": key[:100]}) for key in unknown])
        weeks = given.get("weeks")
        if weeks is not None and (not isinstance(weeks, int) or isinstance(weeks, bool)):
            weeks = 0
        user = request.user if isinstance(request.user, User) else None
        job.start(weeks=weeks, user=user, actor=actor_of(request))
        return Response(_state(), status=status.HTTP_202_ACCEPTED)


@extend_schema(tags=["worth"])
class CohortsView(APIView):
    @extend_schema(
        responses={200: _COHORTS},
        parameters=[
            _SEGMENT,
            OpenApiParameter("months", int, description="First orders of the last so many months, 1 to 24."),
            OpenApiParameter("unit", str, enum=["year", "quarter"], description="What curves are by."),
        ],
    )
    def get(self, request: Request) -> Response:
        """Retention by month of the first order, and survival by its year or quarter (Kaplan-Meier, 95 % bounds)."""
        now, among = clock.now(), _among(request)
        months = _number(request, "months", 12, range(1, cohorts.MOST_MONTHS + 1))
        unit = request.query_params.get("unit", "year")
        if unit not in ("year", "quarter"):
            raise InvalidInput([Problem("/unit", _("Expected one of: %(options)s.") % {"options": "year, quarter"})])
        found = cohorts.retention(now, months=months, among=among)
        return Response(
            {
                "cohorts": [
                    {
                        "month": f"{cohort.month:%Y-%m}",
                        "people": cohort.people,
                        "revenue": _major(cohort.revenue),
                        "returned": cohort.returned,
                    }
                    for cohort in found.cohorts
                ],
                "average": found.average(),
                "sampled": found.sampled,
                "survival": [
                    {name: getattr(curve, name) for name in ("name", "people", "lost", "share", "low", "high")}
                    for curve in cohorts.survival(now, unit=unit, among=among)
                ],
            }
        )


@extend_schema(tags=["worth"])
class ChurnView(APIView):
    @extend_schema(
        responses={200: _CHURN},
        parameters=[_SEGMENT, _EVENT, OpenApiParameter("days", int, enum=list(falls.SPANS))],
    )
    def get(self, request: Request) -> Response:
        """Who does something less than in as many days before; `people` fell beyond chance, worth most first."""
        days, among, now = _number(request, "days", 30, falls.SPANS), _among(request), clock.now()
        name = request.query_params.get("event") or rules.current().order_event
        event = EventType.objects.filter(name=name).first() if "\0" not in name else None
        if event is None:
            raise InvalidInput([Problem("/event", _("There is no such event."))])
        found = falls.churn(event, days, now, among)
        people = falls.falling(event, days, now, among, limit=200)
        return Response(
            {
                "event": event.name,
                "days": days,
                "bands": found.bands,
                "before": found.before,
                "falling": found.falling,
                "by_chance": found.expected,
                "people": [{"contact": one.contact.pk, "before": one.before, "recent": one.recent} for one in people],
            }
        )


def _state() -> dict[str, Any]:
    found, fit = data.readiness(clock.now()), model.latest()
    reason = job.why_not(found)
    return {
        "ready": not reason,
        "why_not": reason,
        "repeat_buyers": found.repeat_buyers,
        "weeks": round(found.weeks, 1),
        "needs": {"repeat_buyers": data.LEAST_REPEAT_BUYERS, "weeks": data.LEAST_WEEKS},
        "running": job.running() is not None,
        "fit": fit and _fit(fit),
    }


def _fit(fit: LifetimeFit) -> dict[str, Any]:
    """γ is in minor units of the currency."""
    totals = figures.totals()
    average = gamma_gamma.mean_of_all(Spend(*fit.spend["params"])) if fit.spend else None
    return {
        "fitted_at": values.dump(fit.fitted_at),
        "weeks": fit.horizon_weeks,
        "people": fit.people,
        "repeat_buyers": fit.repeat_buyers,
        "order_event": fit.order_event,
        "currency": fit.currency,
        "purchases": _named("r alpha a b", fit.purchases),
        "spend": fit.spend and _named("p q gamma", fit.spend),
        "expected_orders": totals.expected_orders,
        "expected_spend": _major(totals.expected_spend),
        "average_order": None if average is None else _major(round(average)),
        "checks": fit.checks,
    }


def _named(names: str, found: dict[str, Any]) -> dict[str, Any]:
    sides = {side: dict(zip(names.split(), found[side], strict=True)) for side in ("params", "low", "high")}
    return {**sides, "log_likelihood": found["log_likelihood"]}


def _major(minor: int | None) -> Any:
    return None if minor is None else money.from_minor(minor, account.current().currency)


def _among(request: Request) -> Among:
    asked = request.query_params.get("segment", "")
    return filters.apply("segment", Contact.objects.all(), asked) if asked else None


def _number(request: Request, name: str, usual: int, known: range | tuple[int, ...]) -> int:
    asked = request.query_params.get(name)
    if asked is None:
        return usual
    if asked.isascii() and asked.isdecimal() and len(asked) < 6 and int(asked) in known:
        return int(asked)
    said = f"{known[0]} – {known[-1]}" if isinstance(known, range) else ", ".join(map(str, known))
    raise InvalidInput([Problem(f"/{name}", _("Expected one of: %(options)s.") % {"options": said})])
