"""What may enter a field, and how it is tidied."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import values
from contacts.fields import COMPANY_FIELDS, CONTACT_FIELDS, Field, FieldType
from crmseg.common import json

FIELDS = CONTACT_FIELDS


def field(type: str, *options: str, normal: str = "") -> Field:
    return Field("x", "X", "", FieldType(type), options=options, normal=normal)


def refused(of: Field, raw: object, **context: str) -> str:
    with pytest.raises(ValueError, match=r"\.$") as error:
        values.read(of, raw, **context)
    return str(error.value)


@pytest.mark.parametrize("of", FIELDS.values(), ids=FIELDS.keys())
@pytest.mark.parametrize("raw", [None, "", []])
def test_null_empty_text_and_empty_list_are_unknown(of, raw):
    assert values.read(of, raw) is None


def test_text_is_trimmed_and_blank_is_unknown():
    assert values.read(field("text"), "  Ada  ") == "Ada"
    assert values.read(field("text"), " \t ") is None


@pytest.mark.parametrize("raw", ["a\x00b", "a\ud800", "x" * 10_001, 5, True, {"a": 1}, ["a"]])
def test_text_that_cannot_be_kept_is_refused(raw):
    refused(field("text"), raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [(19.99, "19.99"), ("1e3", "1000"), (Decimal("2.50"), "2.5"), (" 7 ", "7"), (-0.0, "0"), (10**20, str(10**20))],
)
def test_numbers_stay_exact(raw, value):
    assert str(values.read(field("number"), raw)) == value


@pytest.mark.parametrize(
    "raw", [float("nan"), float("inf"), "NaN", "1,5", True, "٣", "0x10", Decimal("1e40"), Decimal("1e-40"), {}, [1]]
)
def test_what_is_no_sensible_number_is_refused(raw):
    refused(field("number"), raw)


def test_money_has_at_most_four_decimals():
    assert values.read(field("money"), "19.9900") == Decimal("19.99")
    refused(field("money"), "0.00001")
    refused(field("money"), 10**15)


def test_counts_are_whole():
    assert values.read(field("number", normal="count"), "12") == 12
    for raw in (-1, 1.5, 2**31):
        refused(field("number", normal="count"), raw)


def test_booleans_come_in_words_of_four_languages():
    assert values.read(field("boolean"), "Sì") is True
    assert values.read(field("boolean"), "Non") is False
    assert values.read(field("boolean"), 1) is True
    refused(field("boolean"), "maybe")


def test_dates_are_days_of_the_calendar():
    assert values.read(field("date"), "2028-02-29") == date(2028, 2, 29)
    for raw in ("2026-02-29", "31/01/2026", "2026-1-1", 20260101, datetime(2026, 1, 1, tzinfo=UTC)):
        refused(field("date"), raw)


def test_instants_need_a_zone_and_become_utc():
    assert values.read(field("datetime"), "2026-01-31T10:00:00+01:00") == datetime(2026, 1, 31, 9, tzinfo=UTC)
    assert "zone" in refused(field("datetime"), "2026-01-31T10:00:00")
    refused(field("datetime"), "0001-01-01T00:00:00+05:00")
    refused(field("datetime"), 1_700_000_000)


def test_enums_know_their_options_whatever_the_case():
    stage = FIELDS["lifecycle_stage"]
    assert values.read(stage, "Customer") == "customer"
    assert "subscriber" in refused(stage, "clown")
    assert values.read(field("multi_enum", "A", "B"), ["b", "A", "B", " "]) == ["B", "A"]
    refused(field("multi_enum", "A"), ["C"])
    refused(field("multi_enum"), "not a list")
    refused(field("multi_enum"), [1])


def test_coordinates_lie_on_the_globe():
    assert values.read(FIELDS["location"], {"lat": Decimal("42.36"), "lon": -71}) == {"lat": 42.36, "lon": -71.0}
    for raw in ({"lat": 91, "lon": 0}, {"lat": 1}, "42,7", {"lat": True, "lon": 1}, {"lat": None, "lon": 1}):
        refused(FIELDS["location"], raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("Ada@Example.ORG", "Ada@example.org"),
        (" ada.l+x@sub.example.test ", "ada.l+x@sub.example.test"),
        ("jürgen@münchen.de", "jürgen@münchen.de"),
        ("o'hara@example.org", "o'hara@example.org"),
    ],
)
def test_any_address_that_could_exist_passes(raw, value):
    assert values.read(FIELDS["email"], raw) == value


@pytest.mark.parametrize(
    "raw", ["ada", "a@b@c.org", "a b@c.org", "@c.org", "a..b@c.org", "a@-c.org", "x" * 70 + "@c.org"]
)
def test_other_addresses_do_not(raw):
    refused(FIELDS["email"], raw)


def test_the_quick_road_for_addresses_agrees_with_the_library():
    from email_validator import validate_email

    for raw in ("a@b.co", "A.b-c_d%e+f@x-y.example.com", "1@2.example", "a@" + "b" * 63 + ".org"):
        slow = validate_email(raw, check_deliverability=False, globally_deliverable=False).normalized
        assert values.read(FIELDS["email"], raw) == slow


def test_phones_become_e164_with_the_contacts_country():
    assert values.read(FIELDS["phone"], "(617) 555-0123", region="US") == "+16175550123"
    assert values.read(FIELDS["phone"], "00 39 06 1234 5678") == "+390612345678"
    refused(FIELDS["phone"], "(617) 555-0123")
    refused(FIELDS["phone"], "12", region="IT")


codes = st.sampled_from([1, 7, 33, 34, 39, 44, 49, 52, 54, 55, 61, 81, 86, 91, 353, 377, 800])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(code=codes, digits=st.integers(0, 10**12), length=st.integers(4, 12))
def test_the_quick_road_for_phones_agrees_with_the_library(code, digits, length):
    number = f"+{code}{str(digits).zfill(length)[:length]}"
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is not None and phonenumbers.is_possible_number(parsed):
        slow = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        assert values.read(FIELDS["phone"], number) == slow
    else:
        refused(FIELDS["phone"], number)


@pytest.mark.parametrize(
    ("raw", "code"), [("it", "IT"), ("ITA", "IT"), ("Italy", "IT"), ("Allemagne", "DE"), ("USA", "US")]
)
def test_countries_come_by_code_or_name(raw, code):
    assert values.read(FIELDS["country"], raw) == code


def test_unknown_countries_languages_and_zones_are_refused():
    for key in ("country", "language", "time_zone"):
        refused(FIELDS[key], "Atlantis")
    refused(FIELDS["country"], "ZZ")
    assert values.read(FIELDS["language"], "PT_br") == "pt-BR"
    assert values.read(FIELDS["language"], "Italiano") == "it"
    assert values.read(FIELDS["time_zone"], "europe/rome") == "Europe/Rome"


def test_nobody_is_born_tomorrow():
    refused(FIELDS["birth_date"], "2999-01-01")
    refused(FIELDS["birth_date"], "1492-10-12")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=anything, of=st.sampled_from([*FIELDS.values(), field("boolean"), field("number"), field("datetime")]))
def test_whatever_comes_is_read_once_and_for_all_or_refused_with_a_sentence(raw, of):
    try:
        value = values.read(of, raw)
    except ValueError:
        refused(of, raw)
        return
    if not of.derived and value is not None:
        assert values.read(of, json.loads(json.dumps(values.dump(value)))) == value


def test_a_number_written_with_a_large_exponent_stays_exact():
    assert values.read(CONTACT_FIELDS["budget"], "1e3") == Decimal(1000)
    with pytest.raises(ValueError, match=r"whole number|too large"):
        values.read(COMPANY_FIELDS["employees"], "1e40")
