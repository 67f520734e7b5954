"""Contacts in a real browser: facts changed in place, and what is found from anywhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import faults, heard, sign_in
from tests.product import Product

pytestmark = pytest.mark.e2e
SIGN_IN = ("axel@example.org", "correct horse battery staple")
WORLD = f"""
from contacts import services
from contacts.models import AttributeDefinition, Contact
from crmseg.access.models import User
from crmseg.common.actor import SYSTEM
if not User.objects.filter(email={SIGN_IN[0]!r}).exists():
    User.objects.create_user(*{SIGN_IN!r}, role="admin", name="Axel")
if not AttributeDefinition.objects.filter(key="tier").exists():
    services.create_attribute(data={{"key": "tier", "label": "Tier", "type": "text"}}, actor=SYSTEM)
if not Contact.objects.filter(email="grace7@browser.example").exists():
    for number in range(60):
        services.create_contact(
            data={{
                "first_name": f"Grace {{number}}", "last_name": "Browser", "lifecycle_stage": "lead",
                "email": f"grace{{number}}@browser.example", "company": {{"domain": "browser.example"}},
                "consent": {{"email": {{"status": "subscribed", "method": "paper"}}}}, "attributes": {{"tier": "gold"}},
            }},
            actor=SYSTEM,
        )
print(Contact.objects.get(email="grace7@browser.example").pk)
"""


@pytest.fixture
def contact_id(page: Page, product: Product) -> str:
    """Somebody to look at, with the browser signed in."""
    found = product.manage("shell", "--no-imports", "-c", WORLD).splitlines()[-1]
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, product, SIGN_IN)
    return found


def test_a_fact_is_changed_in_place_and_explained_when_wrong(page: Page, product: Product, contact_id: str) -> None:
    page.goto(f"{product.url}/contacts/{contact_id}/")
    page.locator("#fact-email button").click()
    box = page.locator("#fact-email input[name=value]")
    expect(box).to_be_focused()
    box.fill("nonsense")
    box.press("Enter")
    expect(page.locator("#fact-email .problem")).to_contain_text("Expected an e-mail address")
    expect(box).to_have_value("nonsense")
    assert faults(page) == []
    box.fill("grace7@browser.example")
    box.press("Enter")
    expect(page.locator("#fact-email button.fact-value")).to_be_focused()
    expect(page.locator("#fact-email button.fact-value")).to_contain_text("grace7@browser.example")


def test_a_consent_asks_how_it_was_given(page: Page, product: Product, contact_id: str) -> None:
    page.goto(f"{product.url}/contacts/{contact_id}/")
    page.locator("#consent-card .card-header button").click()
    dialog = page.locator("#consent-dialog")
    dialog.locator("[name=channel]").select_option("email")
    dialog.locator("[name=status]").select_option("unsubscribed")
    dialog.locator("[name=method]").fill("   ")
    dialog.get_by_role("button", name="Record").click()
    expect(dialog.locator(".problem")).to_be_visible()
    assert faults(page) == []
    dialog.locator("[name=method]").fill("by phone")
    dialog.get_by_role("button", name="Record").click()
    expect(page.locator("#consent-card .spread .state")).to_have_text("Unsubscribed")
    expect(dialog).to_be_hidden()


def test_the_search_is_reached_and_walked_by_keyboard(page: Page, product: Product, contact_id: str) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator("#top-search")).to_be_focused()
    page.keyboard.type("grace7@")
    expect(page.locator("#search-results [aria-selected=true]")).to_contain_text("grace7@")
    expect(page.locator("#top-search")).to_have_attribute("aria-activedescendant", "hit-1-1")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{product.url}/contacts/{contact_id}/")


def test_the_table_keeps_its_state_in_the_address(page: Page, product: Product, contact_id: str) -> None:
    page.goto(f"{product.url}/contacts/?q=browser")
    page.get_by_role("link", name="Name").click()
    page.wait_for_url("**sort=name*")
    page.locator("a[rel=next]").click()
    page.wait_for_url("**page=2*")
    expect(page.locator(".table-foot p")).to_have_text("51–60 of 60")
    page.go_back()
    expect(page.locator(".table-foot p")).to_have_text("1–50 of 60")
    expect(page.locator("aside.side")).to_have_count(1)
    page.locator("#contacts-q").fill("grace7@")
    page.wait_for_url("**q=grace7*")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("#contacts-q")).to_be_focused()
    page.locator("tbody tr td:nth-child(2)").click()
    page.wait_for_url(f"{product.url}/contacts/{contact_id}/")


def test_headings_are_carried_and_widened_within_the_policy_of_the_page(
    page: Page, product: Product, contact_id: str
) -> None:
    said = heard(page)
    page.goto(f"{product.url}/contacts/", wait_until="networkidle")
    keys = [head.get_attribute("data-column") for head in page.locator("th[data-column]").all()]
    page.locator(f"th[data-column={keys[2]}]").drag_to(page.locator(f"th[data-column={keys[1]}]"))
    expect(page.locator("th[data-column]").nth(1)).to_have_attribute("data-column", keys[2] or "")
    edge = page.locator("[data-edge]").first
    edge.focus()
    before = int(edge.get_attribute("aria-valuenow") or 0)
    edge.press("ArrowRight")
    expect(edge).to_have_attribute("aria-valuenow", str(before + 16))
    page.wait_for_load_state("networkidle")
    assert said == []
