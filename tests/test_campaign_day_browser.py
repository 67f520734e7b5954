"""A campaign in a real browser: from a list to messages that are sent, opened, clicked and reported."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import heard, sign_in
from tests.product import Product

pytestmark = pytest.mark.e2e
SIGN_IN = ("camilla@example.org", "correct horse battery staple")
PEOPLE = 12
PERSON = f"""
from crmseg.access.models import User
if not User.objects.filter(email={SIGN_IN[0]!r}).exists():
    User.objects.create_user(*{SIGN_IN!r}, role="marketer", name="Camilla")
"""
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0"


class StaysHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@pytest.fixture(scope="module")
def key(product: Product) -> str:
    product.manage("shell", "--no-imports", "-c", PERSON)
    return product.manage("create_api_key", "a campaign", "--scope", "full")


def ask(product: Product, key: str, path: str, body: object | None = None) -> dict[str, object]:
    request = urllib.request.Request(
        f"{product.url}/api/v1/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.load(answer))


@pytest.fixture(scope="module")
def readers(product: Product, key: str) -> int:
    """A list of people who agreed to be written to."""
    people = [
        {
            "email": f"reader{number}@campaign.example",
            "first_name": f"Rea {number}",
            "last_name": "Campaigner",
            "consent": {"email": {"status": "subscribed", "method": "paper"}},
        }
        for number in range(PEOPLE)
    ]
    assert ask(product, key, "contacts/batch/", {"contacts": people})["problems"] == []
    named = {"property": "last_name", "op": "is", "value": "Campaigner"}
    made = ask(product, key, "segments/", {"name": "Campaign readers", "kind": "active", "definition": named})
    return int(str(made["id"]))


def follow(address: str) -> tuple[int, str]:
    """What the address answers to a person's mail program, and where it leads."""
    opener = urllib.request.build_opener(StaysHere)
    try:
        with opener.open(urllib.request.Request(address, headers={"User-Agent": BROWSER}), timeout=30) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers.get("Location", "")


def test_a_list_is_written_to_and_what_its_people_do_is_reported(
    page: Page, product: Product, key: str, readers: int
) -> None:
    page.set_viewport_size({"width": 1440, "height": 1000})
    sign_in(page, product, SIGN_IN)
    said = heard(page)
    clicked = {"event": "Email Clicked", "op": "did"}
    followers = ask(product, key, "segments/", {"name": "Clicked a campaign", "kind": "active", "definition": clicked})

    page.goto(f"{product.url}/campaigns/new/?include={readers}")
    page.get_by_label("Name").fill("Day of the campaign")
    page.get_by_role("button", name="Begin to write").click()
    page.get_by_label("Subject").fill('Hello {{ contact.first_name | default: "you" }}')
    page.get_by_role("tab", name="HTML").click()
    body = '<p>Dear {{ contact.first_name | default: "you" }}, <a href="https://shop.example.com/spring">look</a>.</p>'
    page.locator("textarea[name=body_html]").fill(body)
    page.get_by_label("Held out, in percent").fill("0")
    page.get_by_label("Held out, in percent").press("Tab")
    expect(page.locator("#estimate")).to_contain_text(re.compile(rf"Will get the message\s*{PEOPLE}"))

    page.get_by_role("button", name="Save and review").click()
    page.get_by_role("button", name=f"Start sending to {PEOPLE} people").first.click()
    page.locator("#start-campaign").get_by_role("button", name=f"Start sending to {PEOPLE} people").click()
    expect(page.get_by_role("heading", name="Whom it reached")).to_be_visible(timeout=60_000)

    page.goto(f"{product.url}/outbox/?q=reader3@campaign.example")
    page.get_by_role("link", name=re.compile("reader3@")).click()
    document = page.locator("iframe.message-frame").get_attribute("src")
    html = page.request.get(f"{product.url}{document}").text()
    link = re.search(r'href="([^"]*/t/c/[^"]+)"', html)
    picture = re.search(r'src="([^"]*/t/o/[^"]+)"', html)
    assert link
    assert picture
    assert follow(picture[1]) == (200, "")
    assert follow(link[1]) == (302, "https://shop.example.com/spring")
    forged = link[1].rstrip("/")[:-1] + ("A" if link[1].rstrip("/")[-1] != "A" else "B")
    assert follow(forged + "/")[0] == 404

    page.goto(f"{product.url}/lists/{followers['id']}/")
    expect(page.locator("#members")).to_contain_text("Rea 3")

    page.goto(f"{product.url}/campaigns/")
    page.get_by_role("link", name="Day of the campaign").click()
    page.get_by_role("link", name="Report").click()
    expect(page.get_by_role("heading", name="Not measured")).to_be_visible()
    expect(page.locator("#main")).to_contain_text("https://shop.example.com/spring")
    page.locator(".reach-step", has_text="Clicked").get_by_role("link", name="1").click()
    expect(page.locator("#sends-table")).to_contain_text("reader3@campaign.example")
    expect(page.locator("#sends-table tbody tr")).to_have_count(1)
    assert said == []
