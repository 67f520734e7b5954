"""The visual editor in a browser: blocks are dragged and pressed into a message, kept, and seen in the preview."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.product import Product

from .browsing import faults, heard, sign_in

pytestmark = pytest.mark.e2e
SIGN_IN = ("dora@example.org", "correct horse battery staple")
DRAFT = f"""
from campaigns import services
from contacts.models import Contact
from crmseg.access.models import User
from crmseg.common.actor import SYSTEM
if not User.objects.filter(email={SIGN_IN[0]!r}).exists():
    User.objects.create_user(*{SIGN_IN!r}, role="marketer")
if not Contact.objects.exists():
    Contact.objects.create(first_name="Ada", email="ada.designed@example.org")
words = {{"name": "Designed", "subject": "Hello"}}
print(services.create_campaign(data=words, actor=SYSTEM).pk)
"""


def drag(page: Page, source: Locator, target: Locator) -> None:
    """Slowly, as hands do: the canvas looks where the pointer is before it takes anything."""
    start, end = source.bounding_box(), target.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 20, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 30, steps=4)
    page.mouse.move(end["x"] + 30, end["y"] + 4, steps=15)
    page.wait_for_timeout(300)
    page.mouse.move(end["x"] + 32, end["y"] + 5, steps=3)
    page.wait_for_timeout(300)
    page.mouse.up()


def test_a_message_is_designed_kept_and_seen(page: Page, product: Product) -> None:
    campaign = product.manage("shell", "--no-imports", "-c", DRAFT).strip().splitlines()[-1]
    page.set_viewport_size({"width": 1440, "height": 1000})
    sign_in(page, product, SIGN_IN)
    said = heard(page)
    page.goto(f"{product.url}/campaigns/{campaign}/edit/")
    page.get_by_role("link", name="Open the visual editor").click()
    expect(page.locator("#design[data-ready]")).to_be_visible()
    canvas = page.frame_locator("iframe.gjs-frame")

    drag(page, page.locator("[data-block=mj-button]"), canvas.get_by_text("…").first)
    expect(page.locator("#design-structure")).to_contain_text("Button: Read more")
    page.locator("[data-block=mj-text]").click()
    page.get_by_label("Text, as HTML").fill("Pressed <b>in</b>")
    page.keyboard.press("Tab")
    expect(canvas.locator("b", has_text="in")).to_be_visible()
    page.locator("#design-structure button", has_text="Button: Read more").click()
    page.get_by_label("Link to").fill("https://shop.example/spring")
    page.keyboard.press("Tab")
    expect(page.locator("#design-state")).to_contain_text("Saved at")
    assert faults(page) == []

    page.locator("#design-done").click()
    page.wait_for_url("**/edit/**")
    assert 'href="https://shop.example/spring"' in page.locator("[name=body_mjml]").input_value()
    shown = page.frame_locator("#message-preview")
    expect(shown.get_by_text("Pressed")).to_be_visible()
    expect(shown.get_by_role("link", name="Read more")).to_be_visible()

    page.get_by_label("Subject").first.fill("Kept by itself")
    expect(page.locator("#saved")).to_contain_text("saved")
    expect(shown.get_by_text("Kept by itself")).to_be_visible()
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{product.url}/campaigns/{campaign}/design/")
    expect(page.get_by_text("needs a window at least 1,000 pixels wide")).to_be_visible()
    assert said == []
