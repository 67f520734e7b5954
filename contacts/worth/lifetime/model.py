"""The parameters that predict now, read from the latest fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db.models import QuerySet

from contacts.models import LifetimeFit, WorthSettings
from crmseg.access import account

from .bgnbd import Floats, Params
from .gamma_gamma import Spend


@dataclass(frozen=True)
class Model:
    params: Params
    covariance: Floats
    spend: Spend | None
    weeks: int


def latest() -> LifetimeFit | None:
    """The fit that holds for what counts as an order today, in today's currency."""
    return _latest().first()


def latest_but_checks() -> LifetimeFit | None:
    """The same, without what only the page about it shows."""
    return _latest().defer("checks").first()


def _latest(order_event: str | None = None) -> QuerySet[LifetimeFit]:
    if order_event is None:
        order_event = WorthSettings.objects.values_list("order_event", flat=True).first()
    known = LifetimeFit.objects.filter(currency=account.current().currency)
    if order_event is not None:
        known = known.filter(order_event=order_event)
    return known.order_by("-fitted_at", "-pk")


def current(order_event: str | None = None) -> Model | None:
    """What predicts, for whoever knows the order event already or not."""
    fit = _latest(order_event).defer("checks").first()
    return of(fit) if fit else None


def of(fit: LifetimeFit) -> Model:
    spend = Spend(*fit.spend["params"]) if fit.spend else None
    found = fit.purchases
    return Model(Params(*found["params"]), np.array(found["covariance"]), spend, fit.horizon_weeks)
