"""Events, attributes and consent topics in a real browser: no fault in either theme, and alive without a reload."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.product import Product

pytestmark = pytest.mark.e2e
SIGN_IN = ("edda@example.org", "correct horse battery staple")
WORLD = f"""
from contacts import services
from contacts.models import AttributeDefinition, Contact, EventType
from crmseg.access.models import User
from crmseg.common.actor import SYSTEM
if not User.objects.filter(email={SIGN_IN[0]!r}).exists():
    User.objects.create_user(*{SIGN_IN!r}, role="admin")
    services.create_attribute(data={{"key": "tea", "label": "Tea", "type": "text"}}, actor=SYSTEM)
    services.declare_topic(data={{"key": "tea time", "channels": ["email"]}}, actor=SYSTEM)
    edda = services.create_contact(
        data={{"first_name": "Edda", "email": "edda@events.example", "attributes": {{"tea": "12"}},
              "consent": {{"fax": "subscribed"}}}}, actor=SYSTEM)
    for kind in ("green", "black", "green"):
        services.record_events([{{"contact": {{"id": edda.pk}}, "event": "Tea Brewed",
            "properties": {{"kind": kind, "items": [{{"sku": "A"}}], "minutes": 3}}}}], actor=SYSTEM)
print(EventType.objects.get(name="Tea Brewed").pk)
"""
ARRIVES = """
from contacts import services
from crmseg.common.actor import SYSTEM
services.record_events([{"contact": {"email": "edda@events.example"}, "event": "Tea Brewed",
    "properties": {"kind": KIND}}], actor=SYSTEM)
"""
PAGES = (
    "/events/{type}/?property=kind&value=green",
    "/attributes/contact/tea/",
    "/attributes/contact/tea/type/?type=number",
    "/attributes/contact/birth_date/",
    "/topics/new/?key=tea",
)
FAULTS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def type_id(product: Product) -> str:
    return product.manage("shell", "--no-imports", "-c", WORLD).splitlines()[-1]


@pytest.fixture
def signed_in(page: Page, product: Product, type_id: str) -> Page:
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{product.url}/accounts/login/")
    page.fill("input[name=login]", SIGN_IN[0])
    page.fill("input[name=password]", SIGN_IN[1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{product.url}/")
    return page


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_pages_have_no_fault_wide_or_narrow(
    signed_in: Page, product: Product, type_id: str, theme: str, width: int
) -> None:
    page = signed_in
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    for path in PAGES:
        page.goto(product.url + path.format(type=type_id))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        found = Axe().run(page, options=FAULTS).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == [], path
    assert said == []


def test_an_event_shows_when_it_arrives_unless_the_tail_is_paused(
    signed_in: Page, product: Product, type_id: str
) -> None:
    page = signed_in
    page.goto(f"{product.url}/events/{type_id}/")
    tail = page.locator("#tail")
    expect(tail).to_contain_text("Waiting for the next event")
    product.manage("shell", "--no-imports", "-c", ARRIVES.replace("KIND", "'oolong'"))
    expect(tail).to_contain_text("oolong")
    expect(page.locator("#tail-said")).to_contain_text("1 event since you opened this page")
    pause = page.get_by_role("button", name="Pause")
    pause.click()
    expect(pause).to_have_attribute("aria-pressed", "true")
    product.manage("shell", "--no-imports", "-c", ARRIVES.replace("KIND", "'white'"))
    page.wait_for_timeout(4_000)
    expect(tail).not_to_contain_text("white")
    pause.click()
    expect(tail).to_contain_text("white")


def test_a_value_found_in_the_sample_narrows_the_events(signed_in: Page, product: Product, type_id: str) -> None:
    page = signed_in
    page.goto(f"{product.url}/events/{type_id}/")
    page.locator(".property-table").get_by_role("link", name="black").click()
    expect(page.locator("#newest-rows li.happened")).to_have_count(1)
    expect(page.locator("#newest-rows")).to_contain_text("black")
    page.get_by_role("link", name="Show all events").first.click()
    expect(page.locator("#newest-rows")).to_contain_text("green")
