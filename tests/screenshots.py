"""The pictures of the documentation, taken from the running product with sample data: `python3 dev.py screenshots`.

Starts an instance of its own, signs in, visits the pages and writes docs/screenshots/*.png.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from .conftest import CHROMIUM_ARGUMENTS
from .product import ROOT, Product

PICTURES = ROOT / "docs" / "screenshots"
WINDOW = {"width": 1360, "height": 850}
LIST = "Three orders in 90 days"
BUILT = "Near Boston, interested in the workshop"


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("No Chromium on this machine: apt-get install chromium.")
    with tempfile.TemporaryDirectory(prefix="crmseg-pictures-") as folder:
        product = Product(Path(folder), options=("--demo",))
        try:
            print("Starting an instance with sample data …", flush=True)
            product.start(seconds=600)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
                take_all(browser.new_page(viewport=WINDOW, base_url=product.url, reduced_motion="reduce"), product)
                browser.close()
        finally:
            product.stop()


def take_all(page: Page, product: Product) -> None:
    sign_in(page, product.output())
    for name, visit in PAGES.items():
        visit(page)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURES / f"{name}.png")
        print(f"docs/screenshots/{name}.png", flush=True)


def sign_in(page: Page, said: str) -> None:
    found = re.search(r"Sign in as (\S+) with the password (\S+)", said)
    if found is None:
        raise SystemExit(f"The instance did not say how to sign in:\n{said}")
    page.goto("/accounts/login/")
    page.fill("input[name=login]", found[1])
    page.fill("input[name=password]", found[2])
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_url("**/")


def a_list(page: Page) -> None:
    page.goto("/lists/")
    page.get_by_role("link", name=LIST, exact=True).first.click()


def a_member(page: Page) -> None:
    a_list(page)
    page.get_by_role("main").locator("tbody tr a").first.click()


def the_builder(page: Page) -> None:
    page.goto("/lists/")
    page.get_by_role("link", name=BUILT, exact=True).first.click()
    page.wait_for_load_state()
    page.goto(page.url.split("?")[0].rstrip("/") + "/edit/")
    page.wait_for_timeout(2_000)  # the count follows the page


def a_comparison(page: Page) -> None:
    """The three largest lists, as the empty page offers them."""
    page.goto("/lists/compare/")
    page.get_by_role("main").locator(".empty-state a").click()
    page.locator("[data-sets] svg").first.wait_for()


PAGES: dict[str, Callable[[Page], object]] = {
    "list": a_list,
    "builder": the_builder,
    "contact": a_member,
    "compare": a_comparison,
    "gallery": lambda page: page.goto("/lists/gallery/"),
}

if __name__ == "__main__":
    main()
