"""What definitions say: the exact sentence in every language, for every kind of condition."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from contacts.fields import FieldType
from segments import catalogue
from segments.definition.describe import say, sentence
from segments.definition.load import load
from segments.definition.operators import OPERATORS
from segments.definition.schema import Catalogue, ListedSegment, Property

LANGUAGES = ("en", "it", "fr", "es")
DESCRIBED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "described.json").read_text())
"""Definitions, each with its sentence in every language."""
ITALIANS = {"property": "country", "op": "is", "value": "IT"}
BUYERS = {"event": "Order Completed", "op": "did"}


@pytest.fixture(scope="module")
def known() -> Catalogue:
    """The standard fields, a few custom attributes, one list, and euros."""
    custom = [
        ("c_number", FieldType.NUMBER, ()),
        ("c_date", FieldType.DATE, ()),
        ("c_seen", FieldType.DATETIME, ()),
        ("c_bool", FieldType.BOOLEAN, ()),
        ("c_tags", FieldType.MULTI_ENUM, ("vip", "new", "old")),
    ]
    own = {key: Property(key, of, label=key[2:].title(), options=options) for key, of, options in custom}
    lists = {42: ListedSegment(42, "VIP", frozenset())}
    return Catalogue(catalogue.standard() | own, frozenset({"Order Completed"}), lists, "UTC", "EUR")


def said(definition: object, known: Catalogue, language: str = "en") -> str:
    with translation.override(language):
        return sentence(load(definition, known), known)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("row", DESCRIBED, ids=lambda row: row["en"][:60])
def test_every_condition_has_its_sentence_in_every_language(known, row, language):
    assert said(row["definition"], known, language) == row[language]


def test_every_operator_is_among_the_examples():
    text = json.dumps([row["definition"] for row in DESCRIBED])
    missing = {key for key in OPERATORS if f'"op": "{key}"' not in text}
    spoken_alike = {
        "not_contains",
        "starts_with",
        "ends_with",
        "not_ends_with",
        "not_matches",
        "length_is",
        "length_gt",
    }
    spoken_alike |= {"length_lte", "size_is", "size_lte", "not_between", "at_most", "not_on", "updated_in"}
    assert missing <= spoken_alike | {"in"}


@pytest.mark.parametrize(
    ("unit", "one", "several"),
    [
        ("minute", "nell’ultimo minuto", "negli ultimi 3 minuti"),
        ("hour", "nell’ultima ora", "nelle ultime 3 ore"),
        ("day", "nell’ultimo giorno", "negli ultimi 3 giorni"),
        ("week", "nell’ultima settimana", "nelle ultime 3 settimane"),
        ("month", "nell’ultimo mese", "negli ultimi 3 mesi"),
        ("year", "nell’ultimo anno", "negli ultimi 3 anni"),
    ],
)
def test_each_unit_has_its_own_plural_in_a_window(known, unit, one, several):
    for n, expected in ((1, one), (3, several)):
        definition = BUYERS | {"window": {"last": n, "unit": unit}}
        assert said(definition, known, "it") == f"Order Completed si è verificato {expected}"


def test_fiscal_units_are_called_fiscal(known):
    fiscal = Catalogue(known.properties, known.event_types, known.segments, fiscal_start=4)
    assert said(BUYERS | {"window": {"this": "year"}}, fiscal) == "Order Completed happened this fiscal year"
    assert said(BUYERS | {"window": {"this": "month"}}, fiscal) == "Order Completed happened this month"


def test_what_is_switched_off_is_not_said(known):
    assert said({"any": [ITALIANS, BUYERS | {"off": True}]}, known) == "Country is “IT”"
    assert said({"all": [{"not": ITALIANS | {"off": True}}, BUYERS]}, known) == "Order Completed happened"


def test_long_lists_of_values_say_how_many_more_there_are(known):
    cities = {"property": "city", "op": "is_any_of", "value": [f"City {n}" for n in range(10_000)]}
    assert said(cities, known, "it").endswith("«City 5» o altri 9.994")


def test_a_thousand_conditions_and_two_hundred_levels_are_one_sentence(known):
    wide = {"all": [{"property": "city", "op": "is", "value": f"City {n}"} for n in range(1_000)]}
    assert said(wide, known).count(" and ") == 999
    deep: dict[str, Any] = ITALIANS
    for _ in range(198):
        deep = {"not": deep}
    assert said(deep, known).count("ot (") == 198


def test_a_group_by_itself_says_how_it_joins_what_stands_below(known):
    heads = {
        "All of these": {"all": [ITALIANS, BUYERS]},
        "Any of these": {"any": [ITALIANS, BUYERS]},
        "At least 2 of these": {"at_least": 2, "of": [ITALIANS, BUYERS]},
        "None of these": {"not": {"any": [ITALIANS, BUYERS]}},
        "Country is “IT”": ITALIANS | {"label": "Italians"},
    }
    assert {say(load(definition, known), known): definition for definition in heads.values()} == heads


def test_sequences_stand_apart_from_their_neighbours(known):
    sequence = {"sequence": [{"event": "Cart Updated"}, {"event": "Order Completed"}]}
    assert said({"all": [sequence, ITALIANS]}, known) == "(Cart Updated, then Order Completed) and Country is “IT”"
