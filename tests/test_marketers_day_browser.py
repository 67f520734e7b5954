"""A marketer's day in a real browser, from a file with bad rows to the same pages in another language."""

from __future__ import annotations

import json
import re
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import sign_in
from tests.product import Product

pytestmark = pytest.mark.e2e
SIGN_IN = ("dalia@example.org", "correct horse battery staple")
PERSON = f"""
from crmseg.access.models import User
if not User.objects.filter(email={SIGN_IN[0]!r}).exists():
    User.objects.create_user(*{SIGN_IN!r}, role="marketer", name="Dalia")
"""
TAGGED = """
from contacts.models import Contact
print(Contact.objects.filter(last_name="Dayman", interests__contains=["matinee"]).count())
"""
MANY = 20_000
ROWS = ["Dina;Dayfile;dina@day.example;NO", "Dora;Dayfile;dora at day.example;NO", "Dunja;Dayfile;dunja@day.example;SE"]


@pytest.fixture(scope="module")
def key(product: Product) -> str:
    product.manage("shell", "--no-imports", "-c", PERSON)
    return product.manage("create_api_key", "a day", "--scope", "full")


@pytest.fixture
def desk(page: Page, product: Product, key: str) -> Page:
    page.set_viewport_size({"width": 1440, "height": 1000})
    sign_in(page, product, SIGN_IN)
    return page


def send(product: Product, key: str, path: str, body: object) -> dict[str, object]:
    request = urllib.request.Request(
        f"{product.url}/api/v1/{path}",
        method="POST",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return dict(json.load(answer))


def drop(page: Page, product: Product, rows: list[str]) -> None:
    page.goto(f"{product.url}/imports/new/")
    text = "\n".join(["First name;Last name;E-mail;Country", *rows])
    page.set_input_files(
        "input[type=file]", files=[{"name": "day.csv", "mimeType": "text/csv", "buffer": text.encode()}]
    )
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Check the file").click()


def test_a_file_with_a_bad_row_is_mended_and_dropped_again(desk: Page, product: Product) -> None:
    drop(desk, product, ROWS)
    expect(desk.locator("#main")).to_contain_text("Expected an e-mail address")
    desk.get_by_role("button", name="Import 2 rows").click()
    expect(desk.get_by_role("heading", name="What was refused")).to_be_visible()
    with desk.expect_download() as download:
        desk.get_by_role("link", name="All refused rows, with reasons").click()
    refused = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(refused) == 2
    assert "dora at day.example" in refused[1]

    drop(desk, product, [refused_row.replace(" at ", "@") for refused_row in ROWS[1:2]])
    desk.get_by_role("button", name="Import 1 row").click()
    expect(desk.get_by_role("link", name="Open contacts")).to_be_visible()
    desk.goto(f"{product.url}/contacts/?q=dayfile")
    for name in ("Dina", "Dora", "Dunja"):
        expect(desk.locator("#contacts-table")).to_contain_text(name)


def choose(page: Page, text: str) -> None:
    expect(page.locator("#picker-search")).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def pick(page: Page, selector: str, letters: str) -> None:
    """Another choice by keyboard, and the row as the server draws it anew."""
    page.locator(selector).last.focus()
    with page.expect_response("**/builder/row/"):
        page.keyboard.type(letters)
        page.keyboard.press("Tab")
    expect(page.locator("#rows .b-waiting")).to_have_count(0)


def test_a_list_is_built_by_keyboard_followed_explained_edited_and_rolled_back(
    desk: Page, product: Product, key: str
) -> None:
    page = desk
    people = [
        {"email": f"{name}@day.example", "country": country, "last_name": "Daylist", "first_name": name.title()}
        for name, country in (("dag", "NO"), ("disa", "SE"), ("dario", "IT"))
    ]
    send(product, key, "contacts/batch/", {"contacts": people})
    send(product, key, "events/batch/", {"events": [visit("dag", 1)]})

    # Countries of the north, in a group with a visit in the last days: by keyboard alone, with the count beside it.
    page.goto(f"{product.url}/lists/new/")
    page.evaluate("localStorage.clear()")
    page.reload()
    page.get_by_label("Name").first.focus()
    page.keyboard.type("Northern visitors")
    page.locator(".b-what").focus()
    page.keyboard.press("Enter")
    choose(page, "last name")
    expect(page.locator("select[data-field=op]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("Daylist")
    expect(page.locator(".b-count")).to_contain_text("3")
    page.keyboard.press("Enter")
    choose(page, "Day Visited")
    expect(page.locator("select[data-field=how]")).to_be_visible()
    page.locator("select[data-field=how]").focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("#rows [data-node=group] [data-node=group]")).to_have_count(1)
    pick(page, "select[data-field=window]", "in the last")
    page.locator("input[data-field=window_n]").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("7")
    expect(page.locator(".b-count")).to_contain_text("1")
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile(r"/lists/\d+/$"))
    own = page.url
    expect(page.locator("#members")).to_contain_text("Dag", timeout=30_000)

    # Somebody does what the list asks: she stands there without the page being loaded again.
    page.evaluate("window.sameDocument = true")
    send(product, key, "events/batch/", {"events": [visit("disa", 2)]})
    expect(page.locator("#members")).to_contain_text("Disa")
    expect(page.locator("#list-figures")).to_contain_text("2")
    assert page.evaluate("window.sameDocument") is True

    # Why is she in?
    page.get_by_role("link", name="Test a contact").click()
    page.get_by_label("Test a contact", exact=True).fill("disa")
    page.get_by_role("link", name="Disa Daylist").click()
    expect(page.locator("#main")).to_contain_text("Is in this list")
    expect(page.locator(".explain-tree")).to_contain_text("Day Visited")

    # An edit says first what it would do, and the version before comes back.
    page.goto(own + "edit/")
    page.locator("[data-field=value]").first.fill("Nobody")
    expect(page.locator("#sentence")).to_contain_text("Nobody")
    page.keyboard.press("Control+s")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("would leave")
    page.get_by_label("Why this change").fill("A trial")
    dialog.get_by_role("button", name="Save and rebuild").click()
    page.wait_for_url(own)
    expect(page.locator("#standing")).to_contain_text("Live", timeout=30_000)
    expect(page.locator(".list-size")).to_contain_text("0")
    page.goto(own + "versions/")
    page.get_by_role("link", name="Roll back to version 1").click()
    page.get_by_role("button", name="Roll back and rebuild").click()
    page.wait_for_url(lambda url: "/back/" not in url)
    page.goto(own)
    expect(page.locator("#members")).to_contain_text("Disa", timeout=30_000)

    # Beside another list.
    made = send(
        product,
        key,
        "segments/",
        {
            "name": "Northerners",
            "kind": "active",
            "definition": {"property": "country", "op": "is_any_of", "value": ["NO", "SE"]},
        },
    )
    page.goto(f"{product.url}/lists/compare/?ids={own.rstrip('/').rpartition('/')[2]},{made['id']}")
    expect(page.locator("#main")).to_contain_text("Northern visitors")
    expect(page.locator("#main")).to_contain_text("Northerners")
    expect(page.locator("[data-sets] svg").first).to_be_visible()


def visit(name: str, number: int) -> dict[str, object]:
    return {"contact": {"email": f"{name}@day.example"}, "event": "Day Visited", "message_id": f"day-{number}"}


def test_twenty_thousand_are_tagged_at_once_and_as_they_were_after_an_undo(
    desk: Page, product: Product, key: str
) -> None:
    page = desk
    for start in range(0, MANY, 10_000):
        people = [{"external_id": f"day-{n}", "last_name": "Dayman"} for n in range(start, start + 10_000)]
        send(product, key, "contacts/batch/", {"contacts": people})
    page.goto(f"{product.url}/contacts/?q=dayman")
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name=re.compile("^Choose all")).click()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("button", name="Set an attribute").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Attribute").select_option("interests")
    dialog.get_by_label("Add values").check()
    dialog.get_by_role("textbox", name="Value").fill("matinee")
    dialog.get_by_role("button", name=re.compile("20,000")).click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Work in the background")).click()
    tray = page.locator("#work-tray")
    tagging = tray.get_by_role("listitem").filter(has_text="matinee")
    expect(tagging.get_by_role("button", name=re.compile("^Undo"))).to_be_visible(timeout=120_000)
    assert product.manage("shell", "--no-imports", "-c", TAGGED) == str(MANY)

    tagging.get_by_role("button", name=re.compile("^Undo")).click()
    expect(tray).to_contain_text("Undone", timeout=120_000)
    assert product.manage("shell", "--no-imports", "-c", TAGGED) == "0"

    # And the same page for somebody who reads Italian.
    page.get_by_role("button", name="Menu of Dalia").click()
    page.select_option("#menu-language", "it")
    expect(page.locator("html")).to_have_attribute("lang", "it")
    expect(page.locator("h1")).to_have_text("Contatti")
