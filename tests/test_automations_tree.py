"""The picture of an automation holds every step, and what is moved in it stays connected."""

from __future__ import annotations

import random

import pytest

from campaigns.journeys.views import rearranging, tree

WAIT, SEND, BRANCH, END = "wait", "send", "branch", "end"


def step(step_id: str, kind: str = WAIT, **to: str) -> dict[str, object]:
    return {"id": step_id, "kind": kind, **to}


def shape(chain: tree.Chain) -> list[object]:
    """Ids, and of a branch its ways, as nested lists."""
    return [[item.id, *(shape(arm) for arm in item.arms)] if item.arms else item.id for item in chain.items]


FORKED = [
    step("a", next="b"),
    step("b", BRANCH, yes="c", no="d"),
    step("c", next="e"),
    step("d", next="e"),
    step("e", next=""),
]


def pointers(steps) -> dict[str, tuple[str, ...]]:
    return {one["id"]: tuple(str(one.get(key) or "") for key in tree.exits_of(one)) for one in steps}


def test_two_ways_stand_side_by_side_until_they_meet():
    assert shape(tree.read(FORKED).root) == ["a", ["b", ["c"], ["d"]], "e"]


def test_what_was_read_is_written_as_it_was():
    for steps in (FORKED, [], [step("a", next="")], [step("b", BRANCH, yes="", no="c"), step("c", END)]):
        assert pointers(tree.write(tree.read(steps))) == pointers(steps)


def test_a_way_that_ends_while_the_other_goes_on_still_ends():
    steps = [
        step("o", BRANCH, yes="b", no="z"),
        step("b", BRANCH, yes="c", no=""),
        step("c", next="z"),
        step("z", next=""),
    ]
    read = tree.read(steps)
    assert shape(read.root) == [["o", [["b", ["c"], []]], []], "z"]
    assert read.root.items[0].arms[0].items[0].arms[1].ends
    assert pointers(tree.write(read)) == pointers(steps)


def test_a_branch_put_between_two_steps_leads_on_either_way():
    steps = rearranging.put([step("a", next="e"), step("e", next="")], "a", step("b", BRANCH))
    assert pointers(steps) == {"a": ("b",), "b": ("e", "e"), "e": ("",)}
    steps = rearranging.put(steps, "b.no", step("d"))
    assert pointers(steps)["b"] == ("e", "d")
    assert pointers(steps)["d"] == ("e",)


def test_below_a_branch_both_ways_go_on():
    steps = rearranging.put([step("b", BRANCH, yes="c", no=""), step("c", next="")], "b", step("z"))
    assert pointers(steps) == {"b": ("c", "z"), "c": ("z",), "z": ("",)}


def test_an_end_stands_only_where_nothing_follows():
    with pytest.raises(KeyError):
        rearranging.put(FORKED, "a", step("stop", END))
    steps = rearranging.put(FORKED, "d", step("stop", END))
    assert pointers(steps)["d"] == ("stop",)
    assert pointers(steps)["c"] == ("e",)


def test_removing_a_branch_keeps_the_way_that_was_asked_for():
    assert shape(tree.read(rearranging.remove(FORKED, "b", keep="no")).root) == ["a", "d", "e"]
    assert shape(tree.read(rearranging.remove(FORKED, "b")).root) == ["a", "e"]
    assert shape(tree.read(rearranging.remove(FORKED, "a")).root) == [["b", ["c"], ["d"]], "e"]


def test_a_step_moves_through_every_slot_and_back():
    steps, seen = FORKED, []
    for _ in range(6):
        seen.append(shape(tree.read(steps).root))
        steps = rearranging.shift(steps, "a", 1)
    assert seen[1] == [["b", ["a", "c"], ["d"]], "e"]
    assert seen[5] == [["b", ["c"], ["d"]], "a", "e"]
    for _ in range(5):
        steps = rearranging.shift(steps, "a", -1)
    assert seen[1] == shape(tree.read(steps).root)
    first = rearranging.shift(steps, "a", -1)
    assert rearranging.shift(first, "a", -1) == first


def test_a_branch_cannot_be_moved_into_itself():
    with pytest.raises(KeyError):
        rearranging.move(FORKED, "b", "b.yes")
    moved = rearranging.move(FORKED, "b", "e")
    assert shape(tree.read(moved).root) == ["a", "e", ["b", ["c"], ["d"]]]


def test_what_no_way_leads_to_is_kept_and_can_be_removed():
    steps = [*FORKED, step("lost", next="e")]
    read = tree.read(steps)
    assert [one["id"] for one in read.lost] == ["lost"]
    assert "lost" not in pointers(rearranging.remove(steps, "lost"))


def test_ways_that_cross_or_turn_back_are_drawn_as_jumps():
    crossing = [
        step("a", BRANCH, yes="b", no="c"),
        step("b", BRANCH, yes="d", no="e"),
        step("c", BRANCH, yes="d", no="e"),
        step("d", next=""),
        step("e", next="a"),
    ]
    read = tree.read(crossing)
    drawn = [item.id for item in tree.walk(read.root)]
    assert sorted(drawn) == ["a", "b", "c", "d", "e"]


def test_no_sequence_of_changes_loses_or_doubles_a_step():
    chance = random.Random(6)
    for _ in range(60):
        steps: list[dict[str, object]] = []
        names: set[str] = set()
        cut = 0
        for turn in range(25):
            slots = tree.slots(steps)
            act = chance.choice(["put", "put", "put", "move", "up", "down", "remove"])
            some = chance.choice(sorted(names)) if names else ""
            try:
                if act == "put" or not some:
                    made = f"s{turn}"
                    kind = chance.choice([WAIT, SEND, BRANCH, END])
                    steps = rearranging.put(steps, chance.choice(slots), step(made, kind))
                    names.add(made)
                elif act == "move":
                    steps = rearranging.move(steps, some, chance.choice(slots))
                elif act == "remove" and len(names) > 8:
                    steps = rearranging.remove(steps, some, keep=chance.choice(["yes", "no", ""]))
                    names &= {str(one["id"]) for one in steps}
                else:
                    steps = rearranging.shift(steps, some, 1 if act == "down" else -1)
            except KeyError:
                continue
            read = tree.read(steps)
            drawn = [item.id for item in tree.walk(read.root)]
            assert sorted(drawn + [str(one["id"]) for one in read.lost]) == sorted(names)
            assert len(read.lost) <= cut or act == "remove"
            cut = len(read.lost)
            assert pointers(tree.write(read)) == pointers(steps)
