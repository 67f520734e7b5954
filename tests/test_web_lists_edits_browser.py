"""Edits in a real browser, by keyboard alone: the impact before saving, the difference after, and pins."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.product import Product

pytestmark = pytest.mark.e2e
SIGN_IN = ("edith@example.org", "correct horse battery staple")
WORLD = f"""
from contacts.models import Contact
from crmseg.access.models import User
from crmseg.common.actor import SYSTEM
from segments import services
User.objects.create_user(*{SIGN_IN!r}, role="admin")
for country in ("NO", "NO", "SE"):
    mail = f"edda{{Contact.objects.count()}}@example.org"
    Contact.objects.create(first_name="Edda", last_name=country, country=country, email=mail)
norway, sweden = ({{"property": "country", "op": "is", "value": one}} for one in ("NO", "SE"))
made = services.create_segment(name="Norse", kind="active", definition=norway, actor=SYSTEM)
services.update_segment(made.pk, definition={{"any": [norway, sweden]}}, reason="Wider", actor=SYSTEM)
services.update_segment(made.pk, definition=norway, reason="Narrower", quiet=True, actor=SYSTEM)
"""


@pytest.fixture(scope="module")
def world(product: Product) -> None:
    product.manage("shell", "--no-imports", "-c", WORLD)


@pytest.fixture
def norse(page: Page, product: Product, world: None) -> Page:
    """Signed in, on the page of the list, which is live."""
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{product.url}/accounts/login/")
    page.fill("input[name=login]", SIGN_IN[0])
    page.fill("input[name=password]", SIGN_IN[1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{product.url}/")
    page.goto(f"{product.url}/lists/")
    page.get_by_role("link", name="Norse").click()
    expect(page.locator("#standing")).to_contain_text("Live", timeout=30_000)
    return page


def test_saving_shows_the_impact_first_and_goes_back_or_on(norse: Page) -> None:
    page = norse
    own = page.url
    page.goto(own + "edit/")
    page.locator("[data-field=value]").first.fill("SE")
    expect(page.locator("#sentence")).to_contain_text("SE")
    page.keyboard.press("Control+s")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Save this definition?")
    expect(dialog).to_contain_text("Edda SE")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("#sentence")).to_contain_text("SE")  # nothing was saved, nothing was lost

    page.keyboard.press("Control+s")
    expect(dialog).to_contain_text("would enter")
    page.get_by_label("Why this change").focus()
    page.keyboard.type("Sweden after all")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(own)
    page.goto(own + "versions/")
    expect(page.locator("#version-4")).to_contain_text("Sweden after all")
    expect(page.locator("#version-4")).to_contain_text("quiet")
    expect(page.locator("#compared")).to_contain_text("changed")


def test_a_contact_is_found_pinned_and_unpinned_by_keyboard(norse: Page) -> None:
    page = norse
    page.goto(page.url + "pins/")
    page.get_by_label("Who").focus()
    page.keyboard.type("edda")
    expect(page.locator("#pin-found input").first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.get_by_label("Reason").focus()
    page.keyboard.type("One of us")
    page.keyboard.press("Enter")
    expect(page.locator("#pins")).to_contain_text("One of us")
    page.get_by_role("button", name=re.compile("^Unpin")).first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_contain_text("the rule of the list decides")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_contain_text("Nobody is pinned")


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_pages_have_no_fault_that_axe_finds(norse: Page, theme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = norse
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    own = page.url
    for tab in (
        "?at=2026-01-01T00:00",
        "pins/?find=edda",
        "waiting/",
        "versions/?from=1&to=2",
        "versions/2/back/",
    ):
        page.goto(own + tab, wait_until="networkidle")
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), tab
        found = Axe().run(page).response["violations"]
        assert not found, (tab, [(one["id"], one["nodes"][0]["html"]) for one in found])
    page.goto(own + "edit/", wait_until="networkidle")
    page.get_by_role("button", name="Impact").click()
    expect(page.locator("dialog[open]")).to_contain_text("What saving would do")
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
