"""Two people edit the same list in two browsers: the second is shown what the first changed, and loses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.product import Product

from .test_web_lists_browser import SIGN_IN, world

__all__ = ["world"]

pytestmark = pytest.mark.e2e
OTHER = ("bea@example.org", "correct horse battery staple")
LIST = f"""
from crmseg.access.models import User
from crmseg.common.actor import Actor
from segments import services
from segments.models import Segment
Segment.objects.filter(name="Shared").delete()  # another test left it
if not User.objects.filter(email={OTHER[0]!r}).exists():
    User.objects.create_user(*{OTHER!r}, role="marketer")
made = services.create_segment(
    name="Shared", kind="active", actor=Actor("user", "x"),
    definition={{"property": "country", "op": "is", "value": "IT"}},
)
print(made.pk)
"""


@pytest.fixture
def shared(product: Product, world: None) -> str:
    """The address of the builder of a list that both edit."""
    return f"{product.url}/lists/{product.manage('shell', '--no-imports', '-c', LIST).strip().splitlines()[-1]}/edit/"


def signed_in(browser: Browser, product: Product, who: tuple[str, str]) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    page.goto(f"{product.url}/accounts/login/")
    page.fill("input[name=login]", who[0])
    page.fill("input[name=password]", who[1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{product.url}/")
    return page


@pytest.fixture
def both(browser: Browser, product: Product, shared: str) -> Iterator[tuple[Page, Page]]:
    """Each on the builder of the same list."""
    pages = signed_in(browser, product, SIGN_IN), signed_in(browser, product, OTHER)
    for page in pages:
        page.goto(shared)
        expect(page.locator(".b-count")).to_be_visible()
    yield pages
    for page in pages:
        page.context.close()


def say(page: Page, country: str) -> None:
    page.locator("[data-field=value]").fill(country)
    expect(page.locator("#sentence")).to_contain_text(country)


def save(page: Page) -> None:
    page.locator("#save").click()
    page.get_by_role("button", name="Save and rebuild").click()
    page.wait_for_url(lambda url: not url.endswith("/edit/"))


def test_the_second_of_two_editors_sees_the_difference_and_chooses(both: tuple[Page, Page]) -> None:
    first, second = both
    say(first, "FR")
    save(first)

    say(second, "DE")
    expect(second.locator("#preview")).to_contain_text("Somebody saved version 2")
    second.locator("#save").click()
    dialog = second.get_by_role("dialog", name="Somebody saved version 2")
    expect(dialog.locator("section", has_text="What they changed").locator("ins")).to_have_text("“FR”")
    expect(dialog.locator("section", has_text="What you changed").locator("ins")).to_have_text("“DE”")

    dialog.get_by_role("button", name="Take theirs").click()
    expect(second.locator("[data-field=value]")).to_have_value("FR")
    second.locator("#undo").click()  # hers is not lost
    expect(second.locator("[data-field=value]")).to_have_value("DE")
    save(second)  # she saw theirs, so hers may follow it


def test_keeping_mine_goes_on_to_the_impact_of_mine(both: tuple[Page, Page]) -> None:
    first, second = both
    say(first, "FR")
    save(first)
    say(second, "DE")
    second.locator("#save").click()
    second.get_by_role("button", name="Keep mine").click()
    second.get_by_role("button", name="Save and rebuild").click()
    second.wait_for_url(lambda url: not url.endswith("/edit/"))
    second.goto(second.url.split("?")[0] + "versions/")
    said = [json.loads(text)["value"] for text in second.locator(".version .b-json").all_text_contents()]
    assert said == ["DE", "FR", "IT"]
