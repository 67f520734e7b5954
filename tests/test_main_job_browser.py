"""The main job, as a marketer does it: a file becomes people, an event makes one a member, a campaign reaches her."""

from __future__ import annotations

import json
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.product import Product

pytestmark = pytest.mark.e2e
SIGN_IN = ("nora@example.org", "correct horse battery staple")
PERSON = f"""
from crmseg.access.models import User
if not User.objects.filter(email={SIGN_IN[0]!r}).exists():
    User.objects.create_user(*{SIGN_IN!r}, role="admin")
"""
FILE = (
    "First name;E-mail;Country;Consent\n"
    "Ada;ada.main@example.org;IT;yes\n"
    "Bea;bea.main@example.org;IT;yes\n"
    "Cyd;not an address;FR;yes\n"
)
ADDRESSES = ["ada.main@example.org", "bea.main@example.org"]
THREE_ORDERS = {"event": "Order Completed", "op": "gte", "value": 3, "window": {"last": 90, "unit": "day"}}


def send(product: Product, key: str, path: str, body: object) -> dict[str, object]:
    request = urllib.request.Request(
        f"{product.url}/api/v1/{path}",
        method="POST",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def order(number: int) -> dict[str, object]:
    return {
        "contact": {"email": "ada.main@example.org"},
        "event": "Order Completed",
        "properties": {"revenue": 19.99},
        "message_id": f"main-{number}",
    }


def test_from_a_file_to_a_message_that_reaches_exactly_the_right_person(page: Page, product: Product) -> None:
    product.manage("shell", "--no-imports", "-c", PERSON)
    key = product.manage("create_api_key", "main job", "--scope", "full")
    page.set_default_timeout(30_000)
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{product.url}/accounts/login/")
    page.fill("input[name=login]", SIGN_IN[0])
    page.fill("input[name=password]", SIGN_IN[1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{product.url}/")

    # A file with one bad row: two people come in, and the third is kept to be mended.
    page.goto(f"{product.url}/imports/new/")
    people = {"name": "people.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    page.set_input_files("input[type=file]", files=[people])
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_role("link", name="problems").or_(page.get_by_text("Refused")).first).to_be_visible()
    expect(page.locator("main")).to_contain_text("Added")

    # A list, counted while it is written, then saved.
    page.goto(f"{product.url}/lists/new/")
    page.evaluate("localStorage.clear()")
    page.reload()
    page.get_by_label("Name").first.fill("Three orders, main job")
    page.locator("#json-toggle").click()
    page.fill("#definition-json", json.dumps(THREE_ORDERS))
    expect(page.locator(".b-count")).to_contain_text("0")
    expect(page.locator("#sentence")).to_contain_text("Order Completed")
    page.get_by_role("button", name="Create the list").click()
    page.wait_for_url(lambda url: "/lists/new/" not in url)
    expect(page.locator(".page-state")).to_contain_text("Live")
    address = page.url

    # Two orders are not enough; the third makes her a member within moments.
    send(product, key, "events/batch/", {"events": [order(1), order(2)]})
    page.goto(address)
    expect(page.locator(".list-size")).to_contain_text("0")
    assert send(product, key, "events/batch/", {"events": [order(3)]})["created"] == 1
    expect(a_second_later(page).locator("#members")).to_contain_text("ada.main@example.org")
    page.get_by_role("link", name="Entered and left").click()
    expect(page.locator("main")).to_contain_text("Order Completed")

    # She agrees to e-mail; the campaign reaches her and nobody else.
    send(
        product,
        key,
        "contacts/batch/",
        {"contacts": [{"email": name, "consent": {"email": "subscribed"}} for name in ADDRESSES]},
    )
    page.goto(f"{product.url}/campaigns/new/")
    page.get_by_label("Name").first.fill("Thank you")
    page.get_by_role("button", name="Begin to write").click()
    page.get_by_label("Subject").fill('Thank you, {{ contact.first_name | default: "friend" }}')
    page.get_by_role("tab", name="Plain text").click()
    page.locator("[name=body_text]").fill("Three orders! See you soon.")
    page.get_by_label("Send to Three orders, main job").check()
    expect(page.locator("#estimate")).to_contain_text("1")
    page.get_by_label("Held out, in percent").fill("0")
    page.get_by_role("button", name="Save and review").click()
    page.get_by_role("button", name="Start sending to 1 person").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Start sending to 1 person").click()
    expect(page.locator(".page-state")).to_contain_text("Sent", timeout=60_000)
    page.goto(f"{product.url}/outbox/")
    expect(page.locator("main")).to_contain_text("Thank you, Ada")
    expect(page.locator("main")).not_to_contain_text("bea.main@example.org")


def a_second_later(page: Page) -> Page:
    """The page once more, after the second that a change is allowed to take."""
    page.wait_for_timeout(1_000)
    page.reload()
    return page
