"""The table of lists in a real browser: select by keyboard, file, follow, archive and restore; axe; narrow."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import faults, heard, sign_in
from tests.product import Product

pytestmark = pytest.mark.e2e
SIGN_IN = ("tess@example.org", "correct horse battery staple")
WORLD = f"""
from crmseg.access.models import User
from crmseg.common.actor import SYSTEM
from segments import services
from segments.models import Folder, Segment
if not User.objects.filter(email={SIGN_IN[0]!r}).exists():
    tess = User.objects.create_user(*{SIGN_IN!r}, role="admin", name="Tess Untersuchungsausschussvorsitzende")
    spring = services.create_folder(name="Shelf", actor=SYSTEM)
    services.create_folder(name="Frühjahrsaussendungen", parent=spring.pk, actor=SYSTEM)
    rule = {{"property": "country", "op": "is", "value": "IT"}}
    for name in ("Shelved one", "Shelved two"):
        services.create_segment(name=name, kind="active", definition=rule, actor=SYSTEM, tags=["vip"], owner=tess)
    asked = Segment.objects.get(name="Shelved one").pk
    asking = {{"segment": asked, "op": "in"}}
    services.create_segment(name="Shelved three", kind="active", definition=asking, actor=SYSTEM)
    long = "Kundenbeziehungsverbesserungsmaßnahmen"
    services.create_segment(name=long, kind="static", actor=SYSTEM, folder=spring.pk, review_on="2026-01-01")
"""


@pytest.fixture(scope="module")
def world(product: Product) -> None:
    product.manage("shell", "--no-imports", "-c", WORLD)


@pytest.fixture
def table(page: Page, product: Product, world: None) -> Page:
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, product, SIGN_IN)
    page.goto(f"{product.url}/lists/?q=Shelved")
    return page


def test_lists_are_selected_by_keyboard_and_moved_into_a_folder(table: Page) -> None:
    said = heard(table)
    box = table.get_by_label("Select Shelved one")
    expect(table.locator("#lists-bar")).to_be_hidden()
    box.focus()
    table.keyboard.press("Space")
    expect(table.locator("#lists-bar")).to_contain_text("1 selected")
    table.get_by_label("Move to folder").select_option(label="Shelf")
    table.get_by_role("button", name="Move", exact=True).focus()
    table.keyboard.press("Enter")
    expect(table.locator("#toasts")).to_contain_text("1 list moved to “Shelf”.")
    table.locator(".shelves").get_by_role("link", name="Shelf", exact=False).first.click()
    expect(table.locator("#lists")).to_contain_text("Shelved one")
    expect(table.locator("#lists")).not_to_contain_text("Shelved two")
    assert said == []


def test_a_star_is_set_and_the_uses_are_shown_without_leaving_the_table(table: Page) -> None:
    star = table.get_by_role("button", name="Follow Shelved two")
    expect(star).to_have_attribute("aria-pressed", "false")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    table.get_by_role("button", name="Shelved one is used in 1 place").click()
    expect(table.get_by_role("link", name="the list “Shelved three”")).to_be_visible()


def test_a_list_is_archived_and_comes_back(table: Page) -> None:
    table.get_by_label("Select Shelved three").check()
    table.get_by_role("button", name="Archive …").click()
    expect(table.locator("main")).to_contain_text("can be restored for 90 days")
    table.get_by_role("button", name="Archive", exact=True).click()
    expect(table.locator("#lists")).to_contain_text("Shelved three")
    table.get_by_label("Select Shelved three").check()
    table.get_by_role("button", name="Restore").click()
    expect(table.locator("#toasts")).to_contain_text("1 list is back.")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_table_has_no_fault_that_axe_finds_and_fits_a_phone(table: Page, product: Product, theme: str) -> None:
    table.evaluate(f"localStorage.setItem('theme', '{theme}')")
    for address in ("/lists/", "/lists/?hint=review", "/lists/?archived=1", "/lists/?folder=none"):
        for width in (1440, 390):
            table.set_viewport_size({"width": width, "height": 900})
            table.goto(product.url + address, wait_until="networkidle")
            assert faults(table) == [], f"{address} at {width}"
            assert table.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} at {width}"
