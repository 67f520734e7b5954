"""Patterns: what they find, which are refused, and that none which is let in takes long."""

from __future__ import annotations

from random import Random

import pytest
from django.db import connection

from crmseg.common.problems import InvalidInput
from segments import catalogue
from segments.definition import patterns
from segments.definition.load import load

from .asking import names
from .factories import ContactFactory

pytestmark = pytest.mark.django_db


def found(pattern, *, case=False):
    return names({"property": "city", "op": "matches", "value": pattern, **({"case": True} if case else {})})


@pytest.mark.parametrize(
    ("pattern", "cities"),
    [
        ("rom", {"Rome"}),
        ("^O", set()),
        ("e$", {"Rome", "STRAẞE"}),
        ("^R.*e$", {"Rome"}),
        ("a.b", {"İstanbul"}),
        ("a\\nb", {"a\nB"}),
        ("^.$", set()),
        ("[A-C]\\nb", {"a\nB"}),
        ("^[^a-z]+$", {"ΟΔΟΣ 10"}),
        ("οδος", {"ΟΔΟΣ 10"}),
        ("[Σ]\\s\\d{2}$", {"ΟΔΟΣ 10"}),
        ("\\d{3}% \\(x\\)", {"100% (x)"}),
        ("(?:straße|rome)", {"Rome", "STRAẞE"}),
        ("(a|o)(m|\\s)", {"Rome", "a\nB"}),
        ("^İ", {"İstanbul"}),
        ("^i", set()),
        ("\\w{4}", {"Rome", "İstanbul", "STRAẞE"}),
        ("^\\W+$", set()),
        ("l{1,2}$", {"İstanbul"}),
        ("x{0}Rome", {"Rome"}),
    ],
)  # fmt: skip
def test_a_pattern_is_found_anywhere_and_without_case(pattern, cities):
    for city in ("Rome", "ΟΔΟΣ 10", "STRAẞE", "İstanbul", "a\nB", "100% (x)"):
        ContactFactory(first_name=city, city=city)
    ContactFactory(first_name="nowhere")
    assert found(pattern) == cities


def test_with_case_letters_are_as_they_stand():
    for city in ("Rome", "ROME"):
        ContactFactory(first_name=city, city=city)
    assert found("^R[a-z]+$", case=True) == {"Rome"}
    assert names({"property": "city", "op": "not_matches", "value": "o", "case": True}) == {"ROME"}


def test_a_pattern_finds_words_among_the_properties_of_an_event():
    from .asking import NOW, matching
    from .factories import EventFactory

    shoe = EventFactory(occurred_at=NOW, properties={"sku": "SH-10"}).contact
    EventFactory(occurred_at=NOW, properties={"sku": 10})
    where = [{"property": "sku", "op": "matches", "value": "^sh-\\d+$"}]
    assert matching({"event": "Order Completed", "op": "did", "where": where}) == {shoe.pk}


@pytest.mark.parametrize(
    "pattern",
    [
        "", "(", ")", "[", "[]", "[^]", "a**", "a*?", "a+?", "a{2}?", "*a", "{2}", "a{", "a{3,2}", "a{1001}",
        "a{99999}",
        "(a{100}){11}", "((a{11}){10}){10}",
        "(?=a)", "(?!a)", "(?<=a)", "(?i)a", "(?P<x>a)", "\\1", "(a)\\1", "\\b",
        "\\A", "\\x41", "\\", "[z-a]", "[\\d-z]", "[[:alpha:]]", "^*", "(^a)*", "($|a){2}",
        "a" * 1001,
        "(" * 60 + ")" * 60,
        "(a?){101}", "a?" * 101, "(" + "a{300}" * 20 + ")",
    ],
)  # fmt: skip
def test_other_patterns_are_refused_with_a_sentence(pattern):
    with pytest.raises(InvalidInput) as caught:
        load({"property": "city", "op": "matches", "value": pattern}, catalogue.current())
    (problem,) = caught.value.problems
    assert problem.pointer == "/value"
    assert str(problem.message).endswith(".")


def test_no_pattern_that_is_let_in_runs_away_on_a_long_text():
    texts = ["ab" * 5_000, "a" * 10_000, "a" * 9_999 + "c"]
    known = (
        "(a*)*c", "(a|a)*c", "(a+)+$", "(a|aa)+$", "([ab]*)*a[ab]{999}c", "(.*){30}Q", "(a|b|ab)*Q", "(\\w+\\s?)+Q",
        "^(a|b|ab){1,1000}$", ".{0,1000}Q", "(a?){90}a{90}Q", "(.*a){20}Q", "(x+x+)+y", "(^|a|$)b", "(^a|b$|^$|c)Q",
    )  # fmt: skip
    drawn = Random(20261122)
    for pattern in (*known, *(_draw(drawn, 3) for _ in range(300))):
        try:
            read = patterns.for_database(pattern, case=True)
        except patterns.NotAPattern:
            assert pattern not in known
            continue
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '60s'")
            cursor.execute("SELECT count(*) FROM unnest(%s::text[]) AS one WHERE one ~ %s", [texts, read])
            assert cursor.fetchone()[0] in range(4), pattern


def _draw(random: Random, depth: int) -> str:
    if not depth or random.random() < 0.5:
        atom = random.choice(("a", "b", ".", "[ab]", "[^c]", "\\w", "\\s"))
    else:
        parts = "".join(_draw(random, depth - 1) for _ in range(random.choice((1, 2, 3, 8))))
        atom = f"({parts}{random.choice(('', '|b'))})"
    repeat = random.choice(("", "", "*", "+", "?", "{2}", "{0,3}", "{5,}", "{30}", "{0,50}", "{1,1000}"))
    return atom + repeat


def test_letters_fold_as_the_database_folds_them():
    from segments.definition.sql import fold

    letters = [chr(code) for code in range(1, 0x1F000) if not 0xD800 <= code <= 0xDFFF and chr(code).isalpha()]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT one, {fold('one')} FROM unnest(%s::text[]) AS one", [letters])
        assert [(one, folded) for one, folded in cursor if patterns.fold(one) != folded] == []
