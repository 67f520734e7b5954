"""Bulk actions in a real browser, by keyboard: choose over pages, act on all that match, follow, undo; axe; narrow."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.product import Product

pytestmark = pytest.mark.e2e
SIGN_IN = ("bulk@example.org", "correct horse battery staple")
WORLD = f"""
from contacts.models import Contact
from crmseg.access.models import User
from crmseg.common.actor import SYSTEM
from segments import services
User.objects.create_user(*{SIGN_IN!r}, role="admin", name="Bulk")
Contact.objects.bulk_create(
    Contact(email=f"bulk{{n}}@bulk.example", first_name="Bulk", last_name=f"Person {{n}}") for n in range(120)
)
services.create_segment(name="Fair in Donaudampfschifffahrtsgesellschaft", kind="static", actor=SYSTEM)
"""


@pytest.fixture(scope="module")
def world(product: Product) -> None:
    product.manage("shell", "--no-imports", "-c", WORLD)


@pytest.fixture
def table(page: Page, product: Product, world: None) -> Page:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{product.url}/accounts/login/")
    page.fill("input[name=login]", SIGN_IN[0])
    page.fill("input[name=password]", SIGN_IN[1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{product.url}/")
    page.goto(f"{product.url}/contacts/?q=bulk.example")
    return page


def faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


def overflow(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_people_are_chosen_over_pages_acted_on_and_let_go(table: Page) -> None:
    page = table
    bar = page.locator("#bulk-bar")
    expect(bar).to_be_hidden()
    boxes = page.locator("[data-select]")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    expect(bar).to_contain_text("1 contact chosen")
    boxes.nth(3).click(modifiers=["Shift"])
    expect(bar).to_contain_text("4 contacts chosen")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("51–100 of 120")).to_be_visible()
    expect(bar).to_contain_text("4 contacts chosen")
    page.locator("[data-select]").nth(2).check()
    expect(bar).to_contain_text("5 contacts chosen")
    page.reload()
    expect(bar).to_contain_text("5 contacts chosen")
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_text("1–50 of 120")).to_be_visible()
    expect(page.locator("[data-select]:checked")).to_have_count(4)
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    page.locator("[data-select]").nth(1).check()
    page.fill("#contacts-q", "bulk7")
    expect(bar).to_be_hidden()  # other people are shown: what was chosen before is not carried along unseen


def test_all_that_match_are_set_by_keyboard_followed_in_the_tray_and_undone(table: Page) -> None:
    page = table
    page.locator("[data-select-all]").focus()
    page.keyboard.press("Space")
    expect(page.locator("#bulk-bar")).to_contain_text("50 contacts chosen")
    page.get_by_role("button", name="Choose all 120 that match").press("Enter")
    expect(page.locator("#bulk-bar")).to_contain_text("All 120 chosen")
    page.locator("#bulk-more").press("Enter")
    page.get_by_role("button", name="Set an attribute").press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Set an attribute of 120 contacts")
    assert faults(page) == []
    dialog.get_by_label("Attribute").select_option("city")
    value = dialog.get_by_label("Value")
    expect(value).to_be_visible()
    dialog.get_by_role("button", name="Change 120 contacts").press("Enter")
    expect(dialog.locator(".problem")).to_contain_text("Give a value")
    expect(value).to_be_focused()
    page.keyboard.type("Rome")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("#bulk-bar")).to_be_hidden()
    # A ring that was lost is made up for by the next sweep but one.
    expect(page.locator("#tray-news")).to_contain_text("120 contacts were changed", timeout=90_000)
    page.locator("#tray-button").press("Enter")
    tray = page.locator("#tray-panel")
    expect(tray).to_contain_text("Set City to Rome")
    assert faults(page) == []
    tray.get_by_role("button", name="Undo: Set City to Rome").press("Enter")
    expect(tray).to_contain_text("120 were put back.")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.reload()
    page.locator("#tray-button").press("Enter")
    expect(tray).to_contain_text("120 were put back.")
    assert faults(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_bar_and_its_dialogs_fit_a_phone(table: Page, theme: str) -> None:
    page = table
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate(f"localStorage.setItem('theme', '{theme}')")
    page.reload()
    page.locator("[data-select]").first.check()
    expect(page.locator("#bulk-bar")).to_be_visible()
    assert overflow(page) <= 0
    assert faults(page) == []
    page.get_by_role("button", name="Add to a list").click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Add 1 contact to a list")
    assert overflow(page) <= 0
    assert faults(page) == []
    dialog.get_by_role("button", name="Cancel").click()
    for name in ("Change consent", "Export contacts", "Delete contacts"):
        page.locator("#bulk-more").click()
        page.get_by_role("button", name=name).click()
        expect(dialog).to_be_visible()
        assert faults(page) == []
        assert overflow(page) <= 0
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_histories_have_no_fault_that_axe_finds(table: Page, product: Product, theme: str, width: int) -> None:
    page = table
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(f"localStorage.setItem('theme', '{theme}')")
    for path in ("/jobs/", "/jobs/?state=done", "/contacts/exports/"):
        page.goto(product.url + path)
        assert faults(page) == [], path
        assert overflow(page) <= 0, path
