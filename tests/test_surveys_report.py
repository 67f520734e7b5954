"""Scores stand between their limits, drivers are found where they were put, and too few answers say nothing."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from campaigns.asking import drivers, figures, report, responding, scores, services
from campaigns.models import SurveyResponse
from crmseg.common import clock

from .campaign_worlds import list_of
from .factories import ContactFactory
from .survey_worlds import nps_form, opened, words

pytestmark = pytest.mark.django_db


def test_the_interval_of_a_score_is_the_published_one():
    """60 promoters, 25 passives, 15 detractors, by hand: (60.75 − 15.75) / 103 ± 1.96 √((p + d − (p − d)²) / 103)."""
    found = scores.nps(60, 25, 15)
    assert found.value == pytest.approx(45)
    assert (found.low, found.high) == pytest.approx((29.34, 58.04), abs=0.01)


def test_an_interval_stays_within_what_a_score_can_be():
    assert scores.nps(10, 0, 0).high == 100
    assert scores.nps(0, 0, 10).low == -100
    assert (scores.nps(9, 0, 0).value, scores.csat(3, 9).value) == (None, None)
    found = scores.csat(81, 100)
    assert (found.value, found.low, found.high) == pytest.approx((81, 72.22, 87.49), abs=0.01)


def test_intervals_hold_the_true_score_as_often_as_they_say():
    chance, held = random.Random(7), 0
    for _turn in range(600):
        drawn = chance.choices("pnd", (0.5, 0.3, 0.2), k=60)
        found = scores.nps(*(drawn.count(kind) for kind in "pnd"))
        held += found.low <= 30 <= found.high
    assert 0.93 <= held / 600 <= 0.98


def test_corrections_for_many_looks_are_holms():
    assert drivers.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_fishers_interval_of_a_correlation_is_the_textbooks():
    assert drivers.between(0.5, 50) == pytest.approx((0.258, 0.683), abs=0.001)


FORM = nps_form(
    languages=["en"],
    questions=[
        {"key": "score", "kind": "nps", "text": words("Recommend?"), "required": True},
        {"key": "ease", "kind": "scale", "from": 1, "to": 5, "text": words("Easy?")},
        {"key": "noise", "kind": "scale", "from": 1, "to": 5, "text": words("Noise?")},
        {
            "key": "need",
            "kind": "multiple",
            "text": words("Need?"),
            "options": [{"key": "price", "text": words("Price")}, {"key": "help", "text": words("Help")}],
        },
    ],
)


def simulated(n=120):
    """Ease raises the score by one a step, wanting help lowers it by two, noise does nothing."""
    survey, chance = opened(FORM), random.Random(3)
    version = services.published(survey)
    assert version is not None
    made = []
    for _turn in range(n):
        ease, noise, wants = chance.randint(1, 5), chance.randint(1, 5), chance.random() < 0.4
        score = max(0, min(10, round(5 + ease - 2 * wants + chance.gauss(0, 1))))
        need = ["help"] if wants else ["price"] if chance.random() < 0.5 else None
        at = clock.now() - timedelta(days=chance.randint(0, 40))
        made.append(
            SurveyResponse(
                survey=survey, version=1, channel="public", language="en", started_at=at - timedelta(seconds=30),
                completed_at=at, nps=score, answers={"score": score, "ease": ease, "noise": noise, "need": need},
            )
        )  # fmt: skip
    SurveyResponse.objects.bulk_create(made)
    return survey, made


def test_what_was_put_in_is_what_is_found():
    survey, made = simulated()
    found = report.report(survey)
    rows = {(row["question"], row["option"]): row for row in found["drivers"]["rows"]}
    assert rows["ease", ""]["r"] > 0.5
    assert rows["ease", ""]["is_sure"]
    assert rows["need", "help"]["r"] < -0.3
    assert rows["need", "help"]["with_it"] < rows["need", "help"]["without"]
    assert not rows["noise", ""]["is_sure"]
    assert found["drivers"]["rows"][0]["question"] in {"ease", "need"}
    counted = {row["value"]: row["count"] for row in found["questions"][1]["values"]}
    assert counted == {str(step): sum(one.answers["ease"] == step for one in made) for step in range(1, 6)}
    assert found["questions"][3]["answers"] == sum(one.answers["need"] is not None for one in made)
    assert found["completed"] == sum(point["completed"] for point in found["over_time"]) == 120
    assert found["median_seconds"] == 30
    promoters = sum(one.nps >= 9 for one in made)
    assert found["nps"]["promoters"] == promoters


def test_too_few_answers_say_how_many_it_needs():
    survey, _made = simulated(20)
    found = report.report(survey)["drivers"]
    assert (found["state"], found["answers"], found["needed"]) == ("too_few", 20, 30)


def test_the_score_is_told_by_list_and_between_days():
    survey = opened()
    people = [ContactFactory() for _turn in range(20)]
    for place, person in enumerate(people):
        responding.answer_all(survey, {"score": 10 if place < 12 else 0}, contact_id=person.pk, language="en")
    fans, few = list_of(*people[:12], name="Fans"), list_of(people[0], name="Few")
    rows = {row["name"]: row for row in report.report(survey)["by_list"]}
    assert (rows["Fans"]["nps"]["value"], rows["Few"]["nps"]["value"]) == (100, None)
    assert report.report(survey, segment_id=fans.pk)["completed"] == 12
    assert report.report(survey, segment_id=few.pk)["nps"]["answers"] == 1
    assert report.report(survey, until=clock.now() - timedelta(days=1))["completed"] == 0


def test_options_of_older_versions_stay_counted():
    survey = opened()
    responding.answer_all(survey, {"score": 9, "need": "price"}, contact_id=None, language="en")
    SurveyResponse.objects.update(answers={"score": 9, "need": "gone"})
    rows = report.report(survey)["questions"][2]["values"]
    assert [(row["value"], row["count"]) for row in rows] == [("price", 0), ("quality", 0), ("gone", 1)]


def test_the_same_number_of_statements_however_many_answers(django_assert_max_num_queries):
    survey, _made = simulated(5)
    report.report(survey)
    with django_assert_max_num_queries(9):
        report.report(survey)
    assert figures.tags(survey) == []
