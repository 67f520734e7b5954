"""From trees to definitions: nested conditions that say exactly what the tree says, and how well they fit."""

import pytest

from segments.insights.discovery import rules
from segments.insights.discovery.rules import Fit, Leaf, Split

IT = {"property": "country", "op": "is", "value": "IT"}
RICH = {"property": "budget", "op": "gte", "value": 500}
RICHER = {"property": "budget", "op": "gte", "value": 900}
QUESTIONS = [IT, RICH, RICHER]


def leaf(number):
    return Leaf(number, 1, 1)


def test_one_question_is_one_condition():
    tree = Split(0, leaf(1), leaf(2))
    assert rules.definition(tree, frozenset({1}), QUESTIONS) == IT
    assert rules.definition(tree, frozenset({2}), QUESTIONS) == {**IT, "op": "is_not", "unknown": True}
    assert rules.definition(tree, frozenset({1, 2}), QUESTIONS) is True
    assert rules.definition(tree, frozenset(), QUESTIONS) is False


def test_a_path_is_all_of_its_conditions_and_several_are_any_of_them():
    tree = Split(0, Split(1, leaf(1), leaf(2)), leaf(3))
    assert rules.definition(tree, frozenset({1}), QUESTIONS) == {"all": [IT, RICH]}
    not_italian = {**IT, "op": "is_not", "unknown": True}
    assert rules.definition(tree, frozenset({1, 3}), QUESTIONS) == {"any": [not_italian, RICH]}


def test_a_bound_that_another_one_implies_is_left_out():
    tree = Split(1, Split(2, leaf(1), leaf(2)), leaf(3))
    assert rules.definition(tree, frozenset({1}), QUESTIONS) == RICHER
    between = rules.definition(tree, frozenset({2}), QUESTIONS)
    assert between == {"all": [RICH, {**RICHER, "op": "lt", "unknown": True}]}
    assert rules.either([RICH, RICHER]) == RICH


@pytest.mark.parametrize(
    ("node", "opposite"),
    [
        ({"event": "A", "op": "did"}, {"event": "A", "op": "did_not"}),
        ({"event": "A", "op": "gte", "value": 3}, {"event": "A", "op": "lt", "value": 3}),
        ({"property": "budget", "op": "is_known"}, {"property": "budget", "op": "is_unknown"}),
        ({"reachable": "email"}, {"not": {"reachable": "email"}}),
        ({"property": "seen", "op": "in_last", "value": 3, "unit": "day"},) * 2,
    ],
)
def test_the_others_are_said_as_people_would_say_them(node, opposite):
    assert rules.negated(node) == (opposite if opposite is not node else {"not": node})


def test_how_well_a_definition_fits_weighs_those_drawn_as_many_as_there_are():
    """Of 100 sought 80 are in it, of 100 others 10, but the sought are one in a hundred."""
    fit = Fit(80, 100, 10, 100, 0.01)
    assert fit.recall == 0.8
    assert fit.share == pytest.approx(0.01 * 0.8 + 0.99 * 0.1)
    assert fit.precision == pytest.approx(0.008 / 0.107)
    assert fit.lift == pytest.approx(7.4766, rel=1e-4)
    low, high = fit.precision_between()
    assert low < fit.precision < high


@pytest.mark.parametrize("fit", [Fit(690, 690, 0, 2266, 0.2337), Fit(0, 50, 7, 100, 0.1)])
def test_what_was_found_lies_within_its_limits_even_where_nobody_is_wrong_or_nobody_right(fit):
    told = fit.told()
    for figure in ("precision", "recall", "lift"):
        assert told[f"{figure}_low"] <= told[figure] <= told[f"{figure}_high"]


def test_a_definition_without_anybody_fits_nothing_and_fails_nowhere():
    told = Fit(0, 0, 0, 0, 0.0).told()
    assert (told["precision"], told["recall"], told["lift"]) == (0, 0, 0)
