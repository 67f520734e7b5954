"""Testing a contact in a real browser: found while typing, explained, sound by axe, and whole on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.product import Product

pytestmark = pytest.mark.e2e
SIGN_IN = ("elena@example.org", "correct horse battery staple")
WORLD = f"""
from datetime import timedelta
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from contacts.models import Contact
from segments import services
from segments.models import Segment
from tests.factories import ContactFactory, EventFactory
if not User.objects.filter(email={SIGN_IN[0]!r}).exists():
    User.objects.create_user(*{SIGN_IN!r}, role="viewer")
eva = Contact.objects.filter(last_name="Explained").first()
if eva is None:
    eva = ContactFactory(first_name="Eva", last_name="Explained", country="FR")
    EventFactory(contact=eva, occurred_at=clock.now() - timedelta(days=3))
italian = {{"property": "country", "op": "is", "value": "IT"}}
buyer = {{"event": "Order Completed", "op": "gte", "value": 2, "window": {{"last": 30, "unit": "day"}}}}
quiet = {{"not": {{"any": [{{"consent": "email", "op": "unsubscribed"}}, italian | {{"off": True}}]}}}}
definition = {{"all": [{{"any": [italian, buyer]}}, quiet]}}
made = Segment.objects.filter(name="Explained").first() or services.create_segment(
    name="Explained", kind="active", definition=definition, actor=SYSTEM
)
print(made.pk, eva.pk)
"""


@pytest.fixture
def place(page: Page, product: Product) -> tuple[str, str]:
    """A list and somebody who is not in it, with the browser signed in."""
    segment, contact = product.manage("shell", "--no-imports", "-c", WORLD).splitlines()[-1].split()
    page.set_default_timeout(30_000)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{product.url}/accounts/login/")
    page.fill("input[name=login]", SIGN_IN[0])
    page.fill("input[name=password]", SIGN_IN[1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{product.url}/")
    return f"{product.url}/lists/{segment}/explain/", contact


def test_somebody_is_found_while_typing_and_explained(page: Page, place: tuple[str, str]) -> None:
    page.goto(place[0])
    page.get_by_label("Test a contact", exact=True).fill("explai")
    page.get_by_role("link", name="Eva Explained").click()
    expect(page.get_by_text("Is not in this list")).to_be_visible()
    expect(page.locator(".explain-facts")).to_contain_text("Nearest change")
    truths = page.locator(".explain-tree .explain-truth")
    expect(truths).to_have_text(["No", "No", "No", "No", "Yes", "No", "No", "Off"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_has_no_fault_that_axe_finds(page: Page, place: tuple[str, str], theme: str) -> None:
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(message.text)

    page.evaluate(f"localStorage.setItem('theme', '{theme}')")
    page.on("console", hear)
    page.goto(f"{place[0]}?contact={place[1]}", wait_until="networkidle")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        found = [f"{one['id']}: {one['nodes'][0]['html'][:150]}" for one in Axe().run(page).response["violations"]]
        assert found == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert said == []
