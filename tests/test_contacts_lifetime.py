"""Lifetime values in the account: refused while too little is known, fitted as a job, kept current with orders."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import Event, EventType, LifetimeFit, Worth
from contacts.worth import bulk
from contacts.worth.lifetime import data, everyone, job, model, predict, some
from crmseg.access import account
from crmseg.access.services import update_account
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict, InvalidInput
from crmseg.jobs import running, services
from tests.worth_world import NOW, order, shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def fitted():
    contacts = shop()
    bulk.renew(NOW)
    started = job.start(user=None, actor=SYSTEM)
    running.run(started.pk)
    started.refresh_from_db()
    assert started.state == "done", started.error
    return contacts


def test_too_few_orders_are_refused_with_what_there_is_and_what_it_takes():
    shop(40)
    bulk.renew(NOW)
    found = data.readiness(NOW)
    assert 0 < found.repeat_buyers < 100
    assert found.weeks > 26
    with pytest.raises(Conflict) as refused:
        job.start(user=None, actor=SYSTEM)
    assert str(found.repeat_buyers) in str(refused.value)
    assert "100 and 26" in str(refused.value)


def test_too_short_a_time_is_refused_however_many_buy():
    shop(400, weeks=20)
    bulk.renew(NOW)
    with pytest.raises(Conflict):
        job.start(user=None, actor=SYSTEM)


def test_without_the_packages_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(job, "is_installed", lambda: False)
    with pytest.raises(Conflict, match="insights"):
        job.start(user=None, actor=SYSTEM)
    predict_nothing = everyone.predict_everyone(NOW)
    assert predict_nothing == 0


def test_the_first_fit_begins_by_itself_once_enough_orders_were_counted():
    shop(40)
    bulk.renew(NOW)
    job.counted(NOW)
    assert job.last() is None
    shop(400, seed=4)
    bulk.renew(NOW, count=True)
    job.counted(NOW)
    begun = job.last()
    assert begun is not None
    job.counted(NOW)
    services.cancel(begun.pk, actor=SYSTEM)
    job.counted(NOW)
    assert job.last() == begun, "whoever stopped it meant it"


def test_a_horizon_beyond_five_years_is_refused():
    with pytest.raises(InvalidInput):
        job.start(weeks=500, user=None, actor=SYSTEM)


def test_a_fit_says_what_it_found_and_how_it_was_checked(fitted):
    fit = LifetimeFit.objects.get()
    assert (fit.people, fit.currency, fit.horizon_weeks) == (400, "USD", 52)
    assert fit.spend["people"] == fit.repeat_buyers > 100
    assert fit.checks["holdout"]["happened"] > 0
    assert fit.checks["holdout"]["foretold"] == pytest.approx(fit.checks["holdout"]["happened"], rel=0.3)
    assert sum(fit.checks["calibration"]["actual"]) == 400


def test_everybody_who_bought_is_predicted(fitted):
    rows = Worth.objects.filter(lifetime_at=NOW)
    assert rows.count() == 400
    for row in rows[:50]:
        assert 0 < row.alive_low <= row.alive <= row.alive_high <= 1
        assert row.expected_orders_low <= row.expected_orders_high
        assert row.lifetime_value == pytest.approx(row.revenue + row.expected_spend, abs=1)
        assert row.lifetime_value_low <= row.lifetime_value_high


def test_one_is_predicted_exactly_like_everyone(fitted):
    row = Worth.objects.order_by("-order_days").first()
    before = [getattr(row, column) for column in predict.COLUMNS]
    predict.one(row, NOW)
    assert [getattr(row, column) for column in predict.COLUMNS] == pytest.approx(before)


def test_a_new_order_moves_what_is_expected_and_says_so(fitted):
    row = Worth.objects.filter(alive__lt=0.5).first()
    before = row.alive, row.lifetime_value
    Worth.objects.filter(pk=row.pk).update(
        order_days=row.order_days + 1,
        orders=row.orders + 1,
        last_order_at=NOW,
        revenue=row.revenue + 5_000,
        repeat_revenue=row.repeat_revenue + 5_000,
    )
    moved = some.predict_some([row.pk], NOW, model.current())
    row.refresh_from_db()
    assert (row.alive, row.lifetime_value) > before
    assert "attribute:alive_probability" in moved[row.pk]
    assert some.predict_some([row.pk], NOW, model.current()) == {}


def test_worth_that_is_followed_predicts_at_once(fitted):
    from contacts.worth.follow import follow

    lost = Worth.objects.filter(alive__lt=0.5).first()
    Event.objects.bulk_create([order(lost.contact, EventType.objects.get(name="Order Completed"), NOW, 5_000)])
    moved = follow({lost.pk: {"event:Order Completed"}}, NOW + timedelta(seconds=1))
    assert {"attribute:total_revenue", "attribute:alive_probability"} <= moved[lost.pk]
    assert Worth.objects.get(pk=lost.pk).alive > lost.alive


def test_predictions_age_with_the_days(fitted):
    before = dict(Worth.objects.filter(order_days__gt=1).values_list("pk", "alive"))
    everyone.predict_everyone(NOW + timedelta(days=60))
    after = dict(Worth.objects.filter(order_days__gt=1).values_list("pk", "alive"))
    assert all(after[pk] < before[pk] for pk in before)


def test_another_currency_forgets_what_was_said_in_the_old_one(fitted):
    update_account({"currency": "EUR"}, actor=SYSTEM)
    account.forget()
    assert everyone.predict_everyone(NOW) == 0
    assert not Worth.objects.filter(alive__isnull=False).exists()


def test_the_night_fits_once_a_week_and_predicts_anew_in_between(fitted):
    job.renew(NOW + timedelta(days=1))
    assert job.running() is None
    assert not Worth.objects.filter(lifetime_at=NOW).exists()
    job.renew(NOW + timedelta(days=8))
    assert job.running() is not None
    assert job.start(user=None, actor=SYSTEM) == job.running()
