"""Building a list in a real browser, by keyboard alone, and losing nothing when the server is away."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.product import Product

pytestmark = pytest.mark.e2e
SIGN_IN = ("mara@example.org", "correct horse battery staple")
WORLD = f"""
from crmseg.access.models import User
from contacts.models import Contact
Contact.objects.exclude(first_name="Ada", city="Rome").delete()  # whom other tests left in this product
if not User.objects.filter(email={SIGN_IN[0]!r}).exists():
    User.objects.create_user(*{SIGN_IN!r}, role="admin")
    for country in ("IT", "IT", "FR"):
        Contact.objects.create(first_name="Ada", last_name=country, country=country, city="Rome")
"""


@pytest.fixture(scope="module")
def world(product: Product) -> None:
    product.manage("shell", "--no-imports", "-c", WORLD)


@pytest.fixture
def builder(page: Page, product: Product, world: None) -> Page:
    """Signed in, on the page of a new active list."""
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{product.url}/accounts/login/")
    page.fill("input[name=login]", SIGN_IN[0])
    page.fill("input[name=password]", SIGN_IN[1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{product.url}/")
    page.goto(f"{product.url}/lists/new/")
    page.evaluate("localStorage.clear()")
    page.reload()
    return page


def choose(page: Page, text: str) -> None:
    """In the open chooser: search, and take the first that is found."""
    expect(page.locator("#picker-search")).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def kinds(page: Page) -> str:
    return str(page.eval_on_selector_all("#rows [data-node]", "nodes => nodes.map(n => n.dataset.node).join(' ')"))


def drawn(page: Page, selector: str) -> None:
    """Wait until the server drew the row with the control that was asked for."""
    expect(page.locator(selector)).to_be_visible()


def choose_in_row(page: Page, selector: str, value: str) -> None:
    """Another choice, and the row as the server draws it anew."""
    with page.expect_response("**/builder/row/"):
        page.select_option(selector, value)
    expect(page.locator("#rows .b-waiting")).to_have_count(0)


def test_a_nested_list_is_built_by_keyboard_alone(builder: Page, product: Product) -> None:
    page = builder
    page.get_by_label("Name").first.focus()
    page.keyboard.type("Italians who order")
    page.locator(".b-what").focus()
    page.keyboard.press("Enter")
    choose(page, "country")
    expect(page.locator("select[data-field=op]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("it")
    expect(page.locator(".b-count")).to_contain_text("2")
    expect(page.locator("#sentence")).to_have_text("Country is “it”")

    page.keyboard.press("Enter")
    choose(page, "city")
    expect(page.locator("select[data-field=op]").nth(1)).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    assert kinds(page) == "group condition group condition"
    page.keyboard.press("Alt+ArrowLeft")
    assert kinds(page) == "group condition condition"
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-what-label]").first).to_have_text("City")
    page.keyboard.press("Control+z")
    expect(page.locator("[data-what-label]").first).to_have_text("Country")
    page.keyboard.press("Control+Shift+z")
    expect(page.locator("[data-what-label]").first).to_have_text("City")
    page.keyboard.press("Delete")
    assert kinds(page) == "group condition"

    page.keyboard.press("Control+s")
    page.wait_for_url(lambda url: "/lists/new/" not in url)
    expect(page.locator(".list-size")).to_contain_text("2", timeout=20_000)
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('draft')).length") == 0


def test_events_are_counted_in_windows_where_their_properties_fit(builder: Page) -> None:
    page = builder
    page.locator(".b-what").click()
    choose(page, "Order Completed")
    choose_in_row(page, "select[data-field=how]", "count")
    page.fill("input[data-field=value]", "0")
    choose_in_row(page, "select[data-field=op]", "is")
    choose_in_row(page, "select[data-field=window]", "last")
    page.fill("input[data-field=window_n]", "90")
    page.get_by_role("button", name="where", exact=True).click()
    page.locator("[data-field=name]").fill("category")
    page.locator(".b-where [data-field=value]").fill("Shoes")
    expect(page.locator(".b-count")).to_contain_text("contacts")
    expect(page.locator("#sentence")).to_contain_text("category is “Shoes”")
    with page.expect_response("**/builder/json/"):
        page.locator("#json-toggle").click()
    expect(page.locator("#definition-json")).to_be_visible()
    written = json.loads(page.input_value("#definition-json"))
    assert written == {
        "event": "Order Completed",
        "op": "is",
        "value": 0,
        "window": {"last": 90, "unit": "day"},
        "where": [{"property": "category", "op": "is", "value": "Shoes"}],
    }
    page.fill("#definition-json", json.dumps({"property": "contry", "op": "is_known"}))
    expect(page.locator("#preview")).to_contain_text("Did you mean “country”?")
    page.fill("#definition-json", json.dumps({"not": {"property": "country", "op": "is_any_of", "value": ["IT"]}}))
    page.locator("#json-toggle").click()
    expect(page.locator("#rows .b-chip")).to_have_count(1)
    expect(page.locator(".b-count")).to_contain_text("1")


def test_nothing_is_lost_while_the_server_is_away(builder: Page) -> None:
    page = builder
    page.locator(".b-what").click()
    choose(page, "country")
    page.locator("[data-field=value]").fill("FR")
    expect(page.locator(".b-count")).to_contain_text("1")
    page.context.set_offline(True)
    page.locator(".b-what").click()
    choose(page, "city")
    expect(page.locator("[data-what-label]").first).to_have_text("Country")
    assert page.input_value("[data-field=value]") == "FR"
    page.locator("#save").click()
    expect(page.locator("[role=alert]").first).to_be_visible()
    page.context.set_offline(False)
    page.reload()
    page.locator("#draft-restore").click()
    expect(page.locator("[data-field=value]")).to_have_value("FR")
    expect(page.locator(".b-count")).to_contain_text("1")
    page.locator("#save").click()
    expect(page.locator("#preview")).to_contain_text("Give the list a name.")


def test_a_group_with_content_is_removed_only_when_asked(builder: Page) -> None:
    page = builder
    page.get_by_role("button", name="Group", exact=True).click()
    choose(page, "city")
    expect(page.locator("[data-node=group] [data-node=group] select[data-field=op]")).to_be_focused()
    page.get_by_role("button", name="Remove this group").click()
    page.get_by_role("button", name="Keep it").click()
    assert kinds(page) == "group condition group condition"
    page.get_by_role("button", name="Remove this group").click()
    page.get_by_role("button", name="Remove the group").click()
    assert kinds(page) == "group condition"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_builder_has_no_fault_that_axe_finds_while_a_menu_is_open(builder: Page, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = builder
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.locator(".b-what").click()
    choose(page, "interests")
    drawn(page, "[data-adder]")
    page.locator("[data-do=menu]").first.click()
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
