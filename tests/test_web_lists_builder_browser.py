"""Every kind of condition in a real browser: chosen, filled in, compared, nested, on a phone, and sound by axe."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .test_web_lists_browser import builder, choose, kinds, world

__all__ = ["builder", "world"]

pytestmark = pytest.mark.e2e
EVERYTHING: dict[str, Any] = {
    "all": [
        {"property": "country", "op": "is_none_of", "value": ["IT", "FR"], "unknown": True},
        {"property": "location", "op": "within_km", "value": {"lat": 45.07, "lon": 7.69, "km": 50}},
        {"property": "birth_date", "op": "month_is", "value": [1, 12]},
        {"property": "created_at", "op": "in_previous", "unit": "quarter", "zone": "Europe/Rome"},
        {"property": "first_name", "op": "is_not", "value": {"property": "last_name"}, "case": True},
        {"property": "city", "op": "changed", "value": {"from": None, "to": "Rome", "window": {"this": "year"}}},
        {"property": "budget", "op": "percentile_between", "value": [90, 100]},
        {
            "at_least": 2,
            "of": [
                {
                    "event": "Order Completed",
                    "measure": "sum",
                    "of": "revenue",
                    "op": "gt",
                    "value": 500,
                    "currency": "EUR",
                    "window": {"ago": [30, 10], "unit": "day"},
                    "where": [
                        {"any": [{"property": "quantity", "op": "gte", "value": 2}]},
                        {"any_item": "products", "of": {"property": "sku", "op": "starts_with", "value": "A"}},
                    ],
                },
                {"event": "Order Completed", "occurrence": 2, "in": {"from": "2026-01-01", "to": "2026-03-31"}},
            ],
        },
        {
            "sequence": [
                {"event": "Cart Updated"},
                {"event": "Order Completed", "not": True, "within": {"last": 2, "unit": "hour"}},
            ],
            "window": {"last": 7, "unit": "day"},
            "same": "cart_id",
        },
        {"colleagues": {"at_least": 2}, "of": {"property": "email", "op": "is_known"}},
        {"consent": "email", "topic": "newsletter", "op": "subscribed"},
        {"reachable": "email", "off": True, "label": "By e-mail"},
        {"bucket": [0, 999], "of": 10000, "salt": "spring"},
        {"bucket": [0, 4], "of": 10},
    ]
}


def written(page: Page) -> Any:
    """The definition as the page writes it."""
    with page.expect_response("**/builder/json/"):
        page.locator("#json-toggle").click()
    expect(page.locator("#definition-json")).to_be_visible()
    return json.loads(page.input_value("#definition-json"))


def open_rows(page: Page, definition: Any) -> None:
    page.locator("#json-toggle").click()
    expect(page.locator("#definition-json")).to_be_visible()
    page.fill("#definition-json", json.dumps(definition))
    page.locator("#json-toggle").click()
    expect(page.locator("#rows")).to_be_visible()
    expect(page.locator(".b-count")).to_contain_text("contacts")


def add_condition(page: Page, text: str) -> None:
    page.get_by_role("button", name="Condition", exact=True).first.click()
    choose(page, text)


def test_a_sequence_is_told_by_keyboard(builder: Page) -> None:
    page = builder
    page.locator(".b-what").focus()
    page.keyboard.press("Enter")
    choose(page, "events in order")
    first = page.locator(".b-step [data-field=name]").first
    expect(first).to_be_focused()
    page.keyboard.type("Cart Updated")
    page.keyboard.press("Enter")  # the second step is there already, untouched
    second = page.locator(".b-step [data-field=name]").nth(1)
    expect(second).to_be_focused()
    page.keyboard.type("Order Completed")
    step = page.locator(".b-step").nth(1)
    step.locator("[data-field=not]").select_option(label="did not happen")
    step.locator("[data-field=within]").select_option(label="within")
    expect(page.locator("[data-field=within_n]")).to_be_visible()
    page.locator("[data-field=within_n]").fill("2")
    assert kinds(page) == "group condition step step"
    assert written(page) == {
        "sequence": [
            {"event": "Cart Updated"},
            {"event": "Order Completed", "not": True, "within": {"last": 2, "unit": "day"}},
        ]
    }


def test_conditions_on_an_event_nest_and_ask_of_its_items(builder: Page) -> None:
    page = builder
    page.locator(".b-what").click()
    choose(page, "Order Completed")
    page.get_by_role("button", name="where", exact=True).click()
    page.locator("[data-field=name]").fill("category")
    page.locator(".b-where [data-field=value]").fill("Shoes")
    page.locator(".b-where [data-field=value]").press("Alt+ArrowRight")
    assert kinds(page) == "group condition group where"
    page.get_by_role("button", name="More for Order Completed").click()
    page.get_by_role("menuitem", name="Where one item of a list").click()
    item = page.locator("[data-about=item]")
    expect(item.locator("[data-field=name]").first).to_be_focused()
    page.keyboard.type("products")
    item.locator(".b-where [data-field=name]").fill("sku")
    item.locator(".b-where [data-field=value]").fill("A1")
    assert written(page) == {
        "event": "Order Completed",
        "op": "did",
        "where": [
            {"any": [{"property": "category", "op": "is", "value": "Shoes"}]},
            {"any_item": "products", "of": {"property": "sku", "op": "is", "value": "A1"}},
        ],
    }


def test_colleagues_other_attributes_and_a_count_of_conditions(builder: Page) -> None:
    page = builder
    page.locator(".b-what").click()
    choose(page, "colleagues")
    expect(page.locator("[data-field=who]")).to_be_focused()
    page.locator("[data-field=who]").select_option("at_least")
    page.locator("[data-field=who_n]").fill("3")
    page.locator("[data-about=colleagues] .b-what").click()
    expect(page.locator("#picker [data-value='colleagues:']")).to_be_hidden()
    choose(page, "city")
    page.locator("[data-about=colleagues] [data-field=value]").fill("Rome")
    add_condition(page, "first name")
    row = page.locator("#rows > .b-group > .b-children > .b-row")
    row.get_by_role("button", name="Compare with another attribute").click()
    row.locator("[data-field=other]").select_option("last_name")
    add_condition(page, "a random share")
    expect(page.locator("[data-field=share]")).to_have_value("10")
    page.get_by_role("button", name="Condition", exact=True).first.click()
    page.keyboard.press("Escape")  # nothing chosen: the row is as if it were not there
    page.locator("#rows > .b-group > .b-group-head label", has_text="At least").click()
    page.locator("#rows > .b-group > .b-group-head [data-field=k]").fill("2")
    assert written(page) == {
        "at_least": 2,
        "of": [
            {"colleagues": {"at_least": 3}, "of": {"property": "city", "op": "is", "value": "Rome"}},
            {"property": "first_name", "op": "is", "value": {"property": "last_name"}},
            {"bucket": [0, 999], "of": 10000},
        ],
    }


def test_a_wrong_pattern_is_marked_where_it_is_written(builder: Page) -> None:
    page = builder
    page.locator(".b-what").click()
    choose(page, "e-mail")
    page.locator("[data-field=op]").select_option("matches")
    pattern = page.get_by_label("Pattern: a regular expression")
    pattern.fill("(?=a)")
    expect(pattern).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".b-row .b-problems")).to_contain_text("no look-around")
    pattern.fill("a$")
    expect(page.locator(".b-count")).to_contain_text("contacts")
    expect(pattern).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_every_kind_of_row_is_sound_in_both_themes_and_fits_a_phone(builder: Page, width: int, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = builder
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 6000})
    open_rows(page, EVERYTHING)
    assert not page.evaluate(
        "[...document.querySelectorAll('#rows *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.outerHTML.slice(0, 200))"
    )
    if width < 768:
        assert not page.evaluate(
            "[...document.querySelectorAll('#rows :is(button, select, label.btn), #rows .form-control')]"
            ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 40).map(e => e.outerHTML.slice(0, 200))"
        )
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
    assert written(page) == EVERYTHING
