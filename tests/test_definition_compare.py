"""What became of a definition: no more than was edited, wherever it stands."""

from __future__ import annotations

from segments.definition.compare import compare

IT = {"property": "country", "op": "is", "value": "IT"}
FR = {"property": "country", "op": "is", "value": "FR"}
ROME = {"property": "city", "op": "is", "value": "Rome"}
BOUGHT = {"event": "Order Completed", "op": "did"}
OFTEN = {"event": "Order Completed", "op": "gte", "value": 3}


def edits(old, new):
    return [(one.kind, one.before and one.before.pointer, one.after and one.after.pointer) for one in compare(old, new)]


def test_the_same_is_no_edit_nor_is_another_order():
    assert edits(IT, IT) == []
    assert edits({"all": [IT, ROME]}, {"all": [ROME, IT]}) == []


def test_conditions_are_added_and_removed():
    assert edits({"all": [IT]}, {"all": [IT, BOUGHT]}) == [("added", None, "/all/1")]
    assert edits({"any": [IT, BOUGHT, FR]}, {"any": [IT, BOUGHT]}) == [("removed", "/any/2", None)]


def test_a_condition_about_the_same_is_changed_wherever_it_went():
    old = {"all": [IT, ROME, BOUGHT]}
    new = {"all": [OFTEN, FR, ROME]}
    assert edits(old, new) == [("changed", "/all/2", "/all/0"), ("changed", "/all/0", "/all/1")]


def test_an_edit_deep_inside_names_the_innermost_node():
    old = {"all": [ROME, {"not": {"any": [IT, {"at_least": 1, "of": [BOUGHT, FR]}]}}]}
    new = {"all": [ROME, {"not": {"any": [IT, {"at_least": 1, "of": [OFTEN, FR]}]}}]}
    assert edits(old, new) == [("changed", "/all/1/not/any/1/of/0", "/all/1/not/any/1/of/0")]


def test_a_group_of_another_kind_is_changed_and_its_parts_are_not_repeated():
    assert edits({"all": [IT, ROME]}, {"any": [IT, ROME, BOUGHT]}) == [("changed", "", ""), ("added", None, "/any/2")]
    two = {"at_least": 2, "of": [IT, ROME]}
    assert edits(two, {**two, "at_least": 1}) == [("changed", "", "")]
    assert edits({"all": [IT], "label": "Here"}, {"all": [IT], "off": True}) == [("changed", "", "")]


def test_a_condition_that_became_a_group_is_still_there():
    assert edits(IT, {"all": [IT, ROME]}) == [("added", None, "/all/1")]
    assert edits({"all": [FR, ROME]}, IT) == [("removed", "/all/1", None), ("changed", "/all/0", "")]
    assert edits(IT, {"any": [ROME, BOUGHT]}) == [("changed", "", "")]


def test_large_and_deep_definitions_are_compared_too():
    wide = [{"property": "city", "op": "is", "value": str(n)} for n in range(1000)]
    assert edits({"any": wide}, {"any": [*wide[:500], IT, *wide[501:]]}) == [
        ("removed", "/any/500", None),
        ("added", None, "/any/500"),
    ]
    deep, deeper = IT, FR
    for _ in range(199):
        deep, deeper = {"not": deep}, {"not": deeper}
    assert edits(deep, deeper) == [("changed", "/not" * 199, "/not" * 199)]
