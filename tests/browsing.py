"""What tests do in a browser: sign in, look for faults, hear what the console says."""

from __future__ import annotations

import time

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

from .product import Product


def sign_in(page: Page, product: Product, person: tuple[str, str]) -> None:
    page.set_default_timeout(30_000)
    page.goto(f"{product.url}/accounts/login/")
    page.fill("input[name=login]", person[0])
    page.fill("input[name=password]", person[1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{product.url}/")


COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""All that a theme can change."""


def faults(page: Page, options: dict[str, object] | None = None) -> list[str]:
    """What axe finds on the page as it stands, by rule and first element."""
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:150]}" for one in found]


def comes_true(page: Page, script: str, *, seconds: float) -> bool:
    """Asked again and again from outside: the policy of the pages forbids a script that was made from text to wait."""
    end = time.monotonic() + seconds
    while not page.evaluate(script):
        if time.monotonic() > end:
            return False
        page.wait_for_timeout(50)
    return True


WITHIN = "document.documentElement.scrollWidth <= innerWidth"
"""Nothing is wider than the window."""
# A page that is not there was asked for on purpose; a question that a newer one ended is told by htmx as an error.
NO_FAULTS = ("404", "htmx:sendAbort", "htmx:afterRequest")


def heard(page: Page) -> list[str]:
    """A list that grows with every fault that the page's console tells."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(known in message.text for known in NO_FAULTS):
            said.append(f"{page.url}: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    return said
