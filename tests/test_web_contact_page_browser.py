"""A contact's page in a real browser: reasons and pasts opened beside what they explain, notes, and two who change one
fact at once; by keyboard, and without a fault that axe finds."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.product import Product
from tests.test_web_contacts_browser import SIGN_IN, faults

pytestmark = pytest.mark.e2e
WORLD = f"""
from contacts import services
from contacts.models import Contact
from crmseg.access.models import User
from crmseg.common.actor import Actor
from segments import services as lists
from segments.models import Segment
by = Actor("user", "Grace")
if not User.objects.filter(email={SIGN_IN[0]!r}).exists():
    User.objects.create_user(*{SIGN_IN!r}, role="admin", name="Axel")
if not Contact.objects.filter(email="ada@page.example").exists():
    ada = services.create_contact(
        data={{"first_name": "Ada", "email": "ada@page.example", "city": "London", "company": {{"name": "Engines"}}}},
        actor=by,
    )
    services.update_contact(ada.pk, data={{"city": "Paris"}}, actor=Actor("key", "Shop"))
    services.set_consent(
        [ada.pk], channel="email", status="subscribed", method="form", text_shown="Write to me.", actor=by
    )
    opened = {{"contact": {{"id": ada.pk}}, "event": "Page Opened", "properties": {{"items": 3}}}}
    services.record_events([opened] * 40, actor=by)
    for name, city in (("In Paris", "Paris"), ("In Rome", "Rome")):
        if not Segment.objects.filter(name=name).exists():
            lists.create_segment(
                name=name, kind="active", note_sales="Ask about the summer.", actor=by,
                definition={{"all": [{{"property": "city", "op": "is", "value": city}}]}},
            )
    lists.add_members(
        lists.create_segment(name="By hand", kind="static", actor=by).pk, [ada.pk], actor=by, cause="manual"
    )
found = Contact.objects.get(email="ada@page.example")
services.update_contact(found.pk, data={{"city": "Paris"}}, actor=by)
print(found.pk, found.company_id)
"""


@pytest.fixture
def ids(page: Page, product: Product) -> list[str]:
    """Ada and her company, with the browser signed in."""
    found = product.manage("shell", "--no-imports", "-c", WORLD).splitlines()[-1].split()
    page.set_default_timeout(30_000)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{product.url}/accounts/login/")
    page.fill("input[name=login]", SIGN_IN[0])
    page.fill("input[name=password]", SIGN_IN[1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{product.url}/")
    return found


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize(("theme", "widths"), [("light", (1440, 768)), ("dark", (390,))])
def test_reasons_pasts_and_evidence_open_in_place(
    page: Page, product: Product, ids: list[str], theme: str, widths: tuple[int, ...]
) -> None:
    page.evaluate(f"localStorage.setItem('theme', '{theme}')")
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{product.url}/contacts/{ids[0]}/", wait_until="networkidle")
        page.locator("details.why > summary").first.press("Enter")
        expect(page.locator(".why-told .explain-verdict").first).to_contain_text("Is in this list")
        page.locator("#fact-city .fact-past > summary").press("Enter")
        expect(page.locator("#fact-city .past")).to_contain_text("API key Shop")
        page.locator(".evidence > summary").first.press("Enter")
        expect(page.locator(".evidence blockquote")).to_have_text("Write to me.")
        page.locator("#pin-list").select_option(label="In Rome")
        page.get_by_role("button", name="Why in or not?").press("Enter")
        expect(page.locator("#why-asked .explain-verdict")).to_contain_text("Is not in this list")
        assert faults(page) == [], width
        assert fits(page), width
        for path in (f"/companies/{ids[1]}/", f"/contacts/{ids[0]}/erase/"):
            page.goto(product.url + path, wait_until="networkidle")
            assert faults(page) == [], f"{path} {width}"
            assert fits(page), f"{path} {width}"


def test_escape_leaves_a_fact_as_it_was(page: Page, product: Product, ids: list[str]) -> None:
    page.goto(f"{product.url}/contacts/{ids[0]}/")
    city = page.locator("#fact-city")
    city.locator("button.fact-value").press("Enter")
    city.locator("[name=value]").fill("Oslo")
    page.keyboard.press("Escape")
    expect(city.locator("button.fact-value")).to_be_focused()
    expect(city).to_contain_text("Paris")


def test_a_note_is_written_shown_below_at_once_and_deleted(page: Page, product: Product, ids: list[str]) -> None:
    page.goto(f"{product.url}/contacts/{ids[0]}/")
    page.fill("#new-note", "Prefers mornings.")
    page.get_by_role("button", name="Add note").press("Enter")
    expect(page.locator("#notes-card .note-text").first).to_have_text("Prefers mornings.")
    expect(page.locator("#timeline .note-text").first).to_have_text("Prefers mornings.")
    page.locator(".note-actions button", has_text="Delete").first.press("Enter")
    expect(page.get_by_role("button", name="Cancel").first).to_be_visible()
    page.locator("#notes-card .btn-danger").press("Enter")
    expect(page.locator("#notes-card .note-text")).to_have_count(0)
    expect(page.locator("#timeline .note-text")).to_have_count(0)
    assert page.url == f"{product.url}/contacts/{ids[0]}/"


def test_the_timeline_keeps_its_questions_in_the_address(page: Page, product: Product, ids: list[str]) -> None:
    page.goto(f"{product.url}/contacts/{ids[0]}/")
    page.get_by_role("link", name="Changes", exact=True).press("Enter")
    page.wait_for_url("**/?kind=attribute")
    expect(page.locator(".moment .strong").first).to_have_text("City")
    page.go_back()
    page.wait_for_url(f"{product.url}/contacts/{ids[0]}/")
    page.locator("select[name=type]").select_option("Page Opened")
    page.wait_for_url("**type=Page+Opened*")
    expect(page.locator(".moment")).to_have_count(30)
    page.get_by_role("link", name="Earlier").press("Enter")
    expect(page.locator(".moment")).to_have_count(40)
    page.locator("input[name=until]").fill("2020-01-01")
    page.wait_for_url("**until=2020-01-01*")
    expect(page.locator("#timeline")).to_contain_text("Nothing like this happened.")


def test_two_who_change_one_fact_see_the_difference(page: Page, product: Product, ids: list[str]) -> None:
    page.goto(f"{product.url}/contacts/{ids[0]}/")
    page.locator("#fact-city .fact-value").press("Enter")
    box = page.locator("#fact-city input[name=value]")
    expect(box).to_be_focused()
    theirs = f"services.update_contact({ids[0]}, data={{'city': 'Madrid'}}, actor=Actor('user', 'Grace'))"
    imports = "from contacts import services; from crmseg.common.actor import Actor; "
    product.manage("shell", "--no-imports", "-c", imports + theirs)
    box.fill("Oslo")
    box.press("Enter")
    expect(page.locator("#fact-city .fact-conflict")).to_contain_text("Madrid")
    expect(box).to_have_value("Oslo")
    assert faults(page) == []
    page.get_by_role("button", name="Keep mine").press("Enter")
    expect(page.locator("#fact-city .fact-value")).to_contain_text("Oslo")
    expect(page.locator("#timeline .moment").first).to_contain_text("Oslo")
