"""Comparing lists and starting from a template in a real browser: drawn, by keyboard, and without a fault."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.product import Product

pytestmark = pytest.mark.e2e
SIGN_IN = ("cora@example.org", "correct horse battery staple")
WORLD = f"""
from crmseg.access.models import User
from crmseg.common.actor import SYSTEM
from contacts.models import Contact
from segments import services
from segments.models import Segment
if not User.objects.filter(email={SIGN_IN[0]!r}).exists():
    User.objects.create_user(*{SIGN_IN!r}, role="admin")
    people = [Contact.objects.create(first_name=f"Cora {{n}}", country="NZ").pk for n in range(9)]
    for name, some in (("Readers of NZ", people[:6]), ("Buyers of NZ", people[3:]), ("Guests of NZ", people[5:7])):
        made = services.create_segment(name=name, kind="static", actor=SYSTEM)
        services.add_members(made.pk, some, actor=SYSTEM)
    services.add_members(made.pk, people[:2], actor=SYSTEM)
    services.remove_members(made.pk, people[5:6], actor=SYSTEM)
found = Segment.objects.filter(name__endswith="of NZ").order_by("pk")
print(",".join(str(one.pk) for one in found))
"""
FAULTS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def ids(product: Product) -> str:
    return product.manage("shell", "--no-imports", "-c", WORLD).splitlines()[-1]


@pytest.fixture
def signed_in(page: Page, product: Product, ids: str) -> Page:
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{product.url}/accounts/login/")
    page.fill("input[name=login]", SIGN_IN[0])
    page.fill("input[name=password]", SIGN_IN[1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{product.url}/")
    return page


def faults(page: Page) -> list[tuple[str, list[object]]]:
    found = Axe().run(page, options=FAULTS).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lists_are_compared_in_charts_and_tables_without_a_fault(
    signed_in: Page, product: Product, ids: str, theme: str
) -> None:
    page = signed_in
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{product.url}/lists/compare/?ids={ids}")
        expect(page.locator("[data-sets] svg")).to_have_count(2)
        expect(page.get_by_role("heading", name="Stages and lists")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert faults(page) == []
    assert said == []


def test_what_two_lists_share_is_saved_by_keyboard(signed_in: Page, product: Product, ids: str) -> None:
    page = signed_in
    first, second = ids.split(",")[:2]
    page.goto(f"{product.url}/lists/compare/?ids={first},{second}")
    page.get_by_role("row", name="In all of them").get_by_role("link", name="3").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".list-size")).to_contain_text("3")
    page.get_by_label("Name of the new list").fill("Both of them")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Both of them")).to_be_visible()
    expect(page.locator(".list-size")).to_contain_text("3", timeout=60_000)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_template_is_counted_and_opens_the_builder(signed_in: Page, product: Product, theme: str) -> None:
    page = signed_in
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto(f"{product.url}/lists/gallery/")
    expect(page.locator("#title-goal")).to_be_visible()
    assert faults(page) == []
    page.fill("#gallery-q", "country where most of your")
    card = page.locator("li.card").filter(has_text="The country where most of your contacts live.")
    expect(card.locator(".gallery-count")).to_contain_text("contacts")
    expect(page.locator("li.card")).to_have_count(1)
    card.get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sentence")).to_contain_text("Country is")
    expect(page.locator("#id_name")).to_have_value("Country: NZ")
