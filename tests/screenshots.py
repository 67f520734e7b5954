"""Pictures of every page of the running product with its sample data: `python3 dev.py screenshots [WORD …]`.

Starts an instance of its own, lets people work with it, signs in, visits the pages whose name holds a word given (all
without any), and writes docs/screenshots/NAME-WIDTH-THEME.webp. Pages are pictured down to two heights of the window.
"""

from __future__ import annotations

import base64
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from .browsing import comes_true, sign_in
from .conftest import CHROMIUM_ARGUMENTS
from .lived import live
from .pages import SIGN_IN, addresses
from .product import ROOT, Product

PICTURES = ROOT / "docs" / "screenshots"
WINDOWS = {1440: 900, 768: 1024, 390: 844}
THEMES = ("light", "dark")
WIDEST = {"width": 1440, "height": 900}
TABS = """() => document.querySelectorAll(".tabs [aria-current]").forEach((tab) => {
    tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 48;
})"""
QUALITY = 42
SETTLED = "!document.querySelector('.htmx-request')"


def main(words: list[str]) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("No Chromium on this machine: apt-get install chromium.")
    with tempfile.TemporaryDirectory(prefix="crmseg-pictures-") as folder:
        product = Product(Path(folder), options=("--demo",))
        try:
            print("Starting an instance with sample data …", flush=True)
            product.start(seconds=600)
            addresses(product, make=False)
            print("Working with it …", flush=True)
            live(product)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
                take_all(browser, product, words)
                browser.close()
        finally:
            product.stop()


def take_all(browser: Browser, product: Product, words: list[str]) -> None:
    asked = {
        name: address
        for name, address in addresses(product, make=False).items()
        if not words or any(word in name for word in words)
    }
    PICTURES.mkdir(exist_ok=True)
    for theme in THEMES:
        page = browser.new_page(reduced_motion="reduce", viewport=WIDEST)
        sign_in(page, product, SIGN_IN)
        page.evaluate(f"localStorage.setItem('theme', '{theme}')")
        for name, address in asked.items():
            visit(page, product.url + address)
            for width, height in WINDOWS.items():
                page.set_viewport_size({"width": width, "height": height})
                page.evaluate(TABS)
                page.wait_for_timeout(250)  # charts follow the window
                take(page, PICTURES / f"{name}-{width}-{theme}.webp", width, height)
            page.set_viewport_size(WIDEST)
            print(f"{name}, {theme}", flush=True)
        page.close()


def visit(page: Page, url: str) -> None:
    """Until nothing more is asked of the server; a page that never comes to rest is pictured as it is."""
    try:
        page.goto(url, wait_until="networkidle", timeout=15_000)
        rests = comes_true(page, SETTLED, seconds=5)
    except TimeoutError:
        rests = False
    if not rests:
        print(f"{url} does not come to rest", flush=True)


def take(page: Page, path: Path, width: int, height: int) -> None:
    tall = min(int(page.evaluate("document.documentElement.scrollHeight")), 2 * height)
    page.set_viewport_size({"width": width, "height": tall})
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    path.write_bytes(base64.b64decode(taken["data"]))
    session.detach()


if __name__ == "__main__":
    main(sys.argv[1:])
