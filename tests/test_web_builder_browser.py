"""The builder in a real browser: numbers beside rows, copying, drafts that stay, keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.product import Product

from .test_web_lists_browser import builder, choose, kinds, world

__all__ = ["builder", "world"]

pytestmark = pytest.mark.e2e
LIST = """
from crmseg.common.actor import Actor
from segments import services
from segments.models import Segment
Segment.objects.filter(name="Romans").delete()  # another test left it
services.create_segment(
    name="Romans", kind="active", actor=Actor("user", "x"),
    definition={"all": [{"property": "city", "op": "is", "value": "Rome"}, {"property": "email", "op": "is_known"}]},
)
"""


def ask_country(page: Page, country: str) -> None:
    page.locator(".b-what").first.click()
    choose(page, "country")
    page.locator("[data-field=value]").first.fill(country)
    expect(page.locator("#sentence")).to_contain_text(country)


def test_each_row_tells_what_it_keeps_and_the_side_who_can_be_reached(builder: Page) -> None:
    page = builder
    ask_country(page, "IT")
    expect(page.locator(".b-kept")).to_have_text("2 match")
    page.locator("[data-field=value]").first.press("Enter")
    choose(page, "last name")
    page.locator("[data-field=value]").nth(1).fill("FR")
    expect(page.locator(".b-kept").nth(1)).to_have_text("2 match · 2 remain")  # the group says the same
    expect(page.locator(".b-kept").nth(2)).to_have_text("1 matches · 0 remain")
    expect(page.locator(".b-reach")).to_contain_text("E-mail")
    page.locator(".b-modes label", has_text="Any of").click()
    expect(page.locator(".b-kept").nth(2)).to_have_text("1 matches · 3 together")
    expect(page.locator(".b-why").first).to_have_text("Last name “FR”")


def test_a_row_is_copied_and_pasted_here_and_in_another_tab(builder: Page, product: Product) -> None:
    page = builder
    ask_country(page, "IT")
    page.locator(".b-what").first.focus()
    page.keyboard.press("Control+c")
    expect(page.locator("#builder-status")).to_contain_text("Copied")
    page.keyboard.press("Control+v")
    expect(page.locator("[data-node=condition]")).to_have_count(2)
    assert page.locator("[data-field=value]").nth(1).input_value() == "IT"
    page.keyboard.press("Control+z")
    expect(page.locator("[data-node=condition]")).to_have_count(1)
    page.keyboard.press("Control+y")
    expect(page.locator("[data-node=condition]")).to_have_count(2)
    page.keyboard.press("Control+d")
    expect(page.locator("[data-node=condition]")).to_have_count(3)
    other = page.context.new_page()
    other.goto(f"{product.url}/lists/builder/filter/")
    other.get_by_role("button", name="More for").first.click()
    other.get_by_role("menuitem", name="Paste below").click()
    expect(other.locator("[data-field=value]")).to_have_value("IT")
    other.close()


def test_a_branch_of_another_list_is_inserted(builder: Page, product: Product) -> None:
    product.manage("shell", "--no-imports", "-c", LIST)
    page = builder
    page.reload()
    page.get_by_role("button", name="Copy from a list").click()
    page.get_by_label("List", exact=True).select_option(label="Romans")
    page.get_by_label("City is “Rome”", exact=True).check()
    page.get_by_role("button", name="Insert").click()
    expect(page.locator("[data-field=value]")).to_have_value("Rome")
    expect(page.locator("#sentence")).to_have_text("City is “Rome”")
    assert kinds(page) == "group condition condition"  # the row that nobody filled in stays


def test_a_draft_is_offered_on_return_and_never_overwritten_by_a_new_one(builder: Page) -> None:
    page = builder
    ask_country(page, "IT")
    page.reload()
    offer = page.locator("#draft-offer")
    expect(offer).to_be_visible()
    expect(offer.locator("time")).not_to_be_empty()
    ask_country(page, "FR")  # something new is begun, the old one neither taken nor thrown away
    page.reload()
    page.get_by_role("button", name="Discard").click()  # the new one is the newest
    expect(offer).to_be_visible()
    page.get_by_role("button", name="Continue the draft").click()
    expect(page.locator("[data-field=value]")).to_have_value("IT")
    expect(offer).to_be_hidden()


def test_the_keys_are_told(builder: Page) -> None:
    page = builder
    page.locator(".b-what").first.focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("Undo, and redo")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
