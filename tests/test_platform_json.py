"""What the product reads as JSON, and what it refuses to read."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils.translation import gettext_lazy

from crmseg.common import json
from crmseg.common.problems import InvalidInput


def problems(data: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        json.loads(data)
    return [(problem.pointer, problem.message) for problem in refused.value.problems]


def test_decimals_are_read_and_written_exactly():
    value = json.loads(b'{"price": 19.99, "many": 12345678901234567890.10, "whole": 123456789012345678901}')
    assert value == {
        "price": Decimal("19.99"),
        "many": Decimal("12345678901234567890.10"),
        "whole": 123456789012345678901,
    }
    assert json.dumps(value) == b'{"price":19.99,"many":12345678901234567890.10,"whole":123456789012345678901}'


def test_instants_and_translations_are_written_as_text():
    value = {"at": datetime(2026, 1, 31, 12, tzinfo=UTC), "day": date(2026, 1, 31), "word": gettext_lazy("yes")}
    assert json.dumps(value) == b'{"at":"2026-01-31T12:00:00Z","day":"2026-01-31","word":"yes"}'


def test_the_order_of_names_makes_no_difference_to_the_canonical_form():
    assert json.canonical({"a": 1, "b": {"d": 1, "c": 2}}) == json.canonical({"b": {"c": 2, "d": 1}, "a": 1})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a": 1,}',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"\x00",
        b'"\x00"',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        '{"a": "é"}'.encode("latin-1"),
        '{"a": 1}'.encode("utf-16"),
        b"1e400",
        b"-1e400",
        b"1e-400",
        b"1e999999999",
        b"1e99999999999999999999999",
        b"1" * 400,
        b"1" * 5000,
        b"0." + b"1" * 5000,
        b"{1: 2}",
        b"\x93binary\x00\x01",
    ],
)
def test_what_is_no_storable_json_is_refused(data):
    assert problems(data)


@pytest.mark.parametrize("pair", ["\\u0000", "\\ud800", "\\udfff", "\\ud800x"])
def test_text_that_cannot_be_stored_is_refused_where_it_stands(pair):
    found = problems(b'{"good": "\\ud83d\\ude00", "rows": [{"a/b~c": "x%s"}]}' % pair.encode())
    assert [pointer for pointer, _message in found] == ["/rows/0/a~1b~0c"]


def test_names_that_cannot_be_stored_are_refused_at_their_object():
    assert [pointer for pointer, _message in problems(b'{"a": {"\\u0000": 1}}')] == ["/a"]


def test_escapes_that_only_look_bad_are_read():
    assert json.loads(b'"\\\\u0000 \\\\ud800"') == "\\u0000 \\ud800"
    assert json.loads(b'"' + b"7" * 1000 + b'"') == "7" * 1000


def test_a_byte_order_mark_is_ignored():
    assert json.loads(b"\xef\xbb\xbf[1]") == [1]


def test_a_definition_as_deep_as_the_language_allows_is_read():
    deep = b'{"all":[' * 200 + b"1" + b"]}" * 200
    assert json.loads(deep)


@pytest.mark.parametrize(
    "deep", [b"[" * 2_000 + b"]" * 2_000, b'{"not":' * 2_000 + b"1" + b"}" * 2_000, b"[" * 5_000_000]
)
def test_what_nests_too_deeply_is_refused_without_recursion(deep):
    assert "nested too deeply" in problems(deep)[0][1]


def test_brackets_inside_text_are_not_nesting():
    assert json.loads(b'["' + b"[{" * 5000 + b'", "\\"[[["]')


def test_a_long_row_of_escaped_quotes_costs_no_quadratic_time():
    problems(b"[[" * 600 + b'\\"' * 2_000_000)
