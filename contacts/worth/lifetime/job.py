"""The fit as a job that a page starts, and that beat starts every week: fitted, held against the past, then predicted.

It writes nothing before it is sure; killed in between, it begins again.
"""

from __future__ import annotations

from datetime import datetime
from importlib.util import find_spec
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.attribute_jobs import held
from contacts.models import LifetimeFit, WorthSettings
from crmseg.access import account
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM, Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem
from crmseg.jobs import registry, services
from crmseg.jobs.models import OPEN, Job
from crmseg.jobs.registry import Kind
from crmseg.jobs.step import Step
from crmseg.web.formats import number

from . import data, model
from .checks import check
from .everyone import predict_everyone
from .fit import Fit, NoFit, fit_bgnbd, fit_spend
from .gamma_gamma import Baskets, correlation

KIND = "contacts.fit_lifetime"
USUAL_WEEKS, MOST_WEEKS = 52, 260
KEPT = 20
FIT_EVERY_DAYS = 6.5


def connect() -> None:
    """Called once, when the apps are ready."""
    registry.register(
        Kind(
            KIND,
            gettext_lazy("Fit lifetime values"),
            lambda job: _("Fit lifetime values"),
            _run,
            url=lambda job: reverse("worth:lifetime"),
            outcome=_outcome,
            icon="chart-line",
        )
    )


def is_installed() -> bool:
    """Whether the packages that fit are there; predictions do without them."""
    return find_spec("scipy") is not None


def why_not(found: data.Readiness) -> str:
    """Empty when a fit is possible; else what is missing, in one sentence."""
    if not is_installed():
        return _("Fitted models need packages that are not installed here: those of the extra “insights”.")
    if not found.enough:
        said = _(
            "Not enough orders yet: you have %(buyers)s repeat buyers and %(weeks)s weeks of orders, "
            "it needs %(least)s and %(span)s."
        )
        return said % {
            "buyers": number(found.repeat_buyers),
            "weeks": number(int(found.weeks)),
            "least": number(data.LEAST_REPEAT_BUYERS),
            "span": number(data.LEAST_WEEKS),
        }
    return ""


def running() -> Job | None:
    return Job.objects.filter(kind=KIND, state__in=OPEN).order_by("-pk").first()


def last() -> Job | None:
    """The one that runs, or the latest that ended."""
    return Job.objects.filter(kind=KIND).order_by("-pk").first()


def start(*, weeks: int | None = None, user: User | None, actor: Actor) -> Job:
    """Queue a fit that predicts so many weeks ahead. The one that is under way is enough."""
    if weeks is not None and not 1 <= weeks <= MOST_WEEKS:
        raise InvalidInput([Problem("/weeks", _("A whole number from 1 to %(most)s.") % {"most": MOST_WEEKS})])
    if reason := why_not(data.readiness(clock.now())):
        raise Conflict(reason)
    if job := running():
        return job
    last = model.latest()
    ahead = weeks or (last.horizon_weeks if last else USUAL_WEEKS)
    return services.start(KIND, {"weeks": ahead}, user=user, actor=actor, total=3)


def renew(now: datetime) -> None:
    """Every night: predictions age with every day, and every week what people do is looked at anew."""
    if is_installed() and data.readiness(now).enough:
        last = model.latest()
        if last is None or (now - last.fitted_at).total_seconds() > FIT_EVERY_DAYS * 86_400:
            start(user=None, actor=SYSTEM)
            return
    predict_everyone(now)


def counted(now: datetime) -> None:
    """Orders were counted anew: predicted by the fit there is, or fitted for the first time as soon as that can be."""
    if model.latest() is None and last() is None and not why_not(data.readiness(now)):
        start(user=None, actor=SYSTEM)
    else:
        predict_everyone(now)


def _run(job: Job, step: Step) -> None:
    now = clock.now()
    step.check()
    if (job.cursor or 0) < 2:
        if reason := why_not(found := data.readiness(now)):
            raise InvalidInput([Problem("", reason)])
        with held(job):
            fit = _fitted(found, now, job.params["weeks"], step)
        with transaction.atomic():
            fit.save()
            old = LifetimeFit.objects.order_by("-fitted_at", "-pk").values_list("pk", flat=True)[KEPT:]
            LifetimeFit.objects.filter(pk__in=list(old)).delete()
            step.advance(2, total=3, cursor=2, people=fit.people)
    step.check()
    with held(job):
        predict_everyone(now)
    step.advance(3, total=3, cursor=3)


def _fitted(found: data.Readiness, now: datetime, weeks: int, step: Step) -> LifetimeFit:
    try:
        purchases = fit_bgnbd(data.pasts(now))
    except NoFit as error:
        reason = _("These orders do not follow the model, so it foretells nothing. What was predicted before is kept.")
        raise InvalidInput([Problem("", reason)]) from error
    params = purchases.params
    baskets, spend = data.baskets(), None
    if len(baskets) >= data.LEAST_REPEAT_BUYERS:
        try:
            spend = fit_spend(baskets)
        except NoFit:
            spend = None
    order_event = WorthSettings.objects.values_list("order_event", flat=True).first() or _usual()
    days = data.order_days(order_event, now)
    today = data.ordinal(now.date())
    return LifetimeFit(
        order_event=order_event,
        currency=account.current().currency,
        horizon_weeks=weeks,
        fitted_at=now,
        by=str(step.actor),
        people=found.buyers,
        repeat_buyers=found.repeat_buyers,
        weeks=found.weeks,
        purchases=_kept(purchases, (params.r, params.alpha, params.a, params.b)),
        spend=spend and _kept(spend, (spend.params.p, spend.params.q, spend.params.gamma)),
        checks={**check(days, today, params), "spend": _of_baskets(spend is not None, baskets)},
    )


def _usual() -> str:
    return str(WorthSettings._meta.get_field("order_event").get_default())


def _kept(fit: Fit[Any], params: tuple[float, ...]) -> dict[str, Any]:
    return {
        "params": list(params),
        "low": list(fit.low),
        "high": list(fit.high),
        "covariance": fit.covariance.tolist(),
        "log_likelihood": fit.log_likelihood,
        "people": fit.people,
    }


def _of_baskets(fitted: bool, baskets: Baskets) -> dict[str, Any]:
    return {"fitted": fitted, "people": len(baskets), "correlation": round(correlation(baskets), 3)}


def _outcome(job: Job) -> str:
    people = int(job.result.get("people", 0))
    return ngettext("Fitted to %(shown)s person.", "Fitted to %(shown)s people.", people) % {"shown": number(people)}
