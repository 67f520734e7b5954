"""What tests do in a browser: sign in, look for faults, hear what the console says."""

from __future__ import annotations

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


def faults(page: Page) -> list[str]:
    """What axe finds on the page as it stands, by rule and first element."""
    return [f"{found['id']}: {found['nodes'][0]['html'][:150]}" for found in Axe().run(page).response["violations"]]


def heard(page: Page) -> list[str]:
    """A list that grows with every fault that the page's console tells; pages that are not there are none."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "404" not in message.text:
            said.append(f"{page.url}: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    return said
