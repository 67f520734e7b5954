"""Long pages are drawn fast, and to the last letter as if each row had been drawn by itself."""

import json

import pytest

from segments import catalogue
from segments.views.builder import moulds, rows
from segments.views.builder.decode import decode
from segments.views.builder.draft import read
from segments.views.builder.encode import encode

from .builder_page import drafts
from .test_web_lists_builder import DEFINITIONS, sent
from .test_web_lists_builder_browser import EVERYTHING

pytestmark = pytest.mark.django_db
TEXTS = ["IT", "Rome", "12", "7", "<b>", '"', "a'b", "", "0012", "2026-01-31", "true", "lead", "customer", "x" * 90]


@pytest.fixture
def apart(monkeypatch):
    """Draws a draft with every row by itself."""

    def draw(draft):
        with monkeypatch.context() as patched:
            patched.setattr(moulds.Moulds, "draw", lambda self, place, one, children, drawn: drawn(one, children))
            return rows.render(draft, catalogue.current())

    return draw


@pytest.mark.parametrize("definition", [*DEFINITIONS, *EVERYTHING["all"]], ids=lambda one: json.dumps(one)[:60])
def test_rows_of_one_shape_are_drawn_as_each_by_itself(apart, definition):
    known = catalogue.current()
    draft = encode({"any": [definition, definition, definition, definition]}, known)
    assert rows.render(draft, known) == apart(draft)


@pytest.mark.parametrize("key", ["city", "country", "lifecycle_stage", "age", "created_at", "interests"])
def test_whatever_values_stand_in_them_none_is_drawn_wrongly(apart, key):
    known = catalogue.current()
    op = "contains_any" if key == "interests" else "is"
    each = [
        {
            "id": f"n{place}",
            "kind": "condition",
            "fields": {"what": [f"property:{key}"], "op": [op], "value": [text]},
            "children": [],
        }
        for place, text in enumerate(TEXTS * 2)
    ]
    draft = read({"id": "n999", "kind": "group", "fields": {"mode": ["any"]}, "children": each})
    assert rows.render(draft, known) == apart(draft)


def test_a_thousand_rows_say_what_they_said(apart):
    known = catalogue.current()
    many = [{"property": "city", "op": "is_any_of", "value": [f"City {n}", "Rome"]} for n in range(200)]
    many += [
        {
            "event": "Order Completed",
            "op": "gte",
            "value": n,
            "window": {"last": n + 1, "unit": "day"},
            "where": [{"property": "category", "op": "is", "value": f"Kind {n}"}],
        }
        for n in range(200)
    ]
    draft = encode({"any": many}, known)
    html = rows.render(draft, known)
    (back,) = drafts(html)
    assert decode(read(back), known).definition == {"any": many}
    assert html == apart(draft)


def test_most_rows_of_a_long_page_are_not_drawn_by_templates(monkeypatch):
    known, drawn = catalogue.current(), []
    real = rows._drawn
    monkeypatch.setattr(rows, "_drawn", lambda one, *rest: drawn.append(one) or real(one, *rest))
    rows.render(encode({"any": [{"property": "age", "op": "gte", "value": n} for n in range(100)]}, known), known)
    assert len(drawn) <= 4  # the group, two rows, and their mould


def test_a_value_that_looks_like_a_mark_stays_what_it_is(apart):
    known = catalogue.current()
    values = ["Zq12345678x0Z", "Zq00000000x1Z", "nm0u1d1d", "Rome"]
    draft = encode({"any": [{"property": "city", "op": "is", "value": one} for one in values * 2]}, known)
    assert sent(draft)
    assert rows.render(draft, known) == apart(draft)
