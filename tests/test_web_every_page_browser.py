"""Every page in a real browser, in either theme, wide and narrow: sound by axe, not too wide, without errors."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browsing import WITHIN, comes_true, faults, heard, sign_in
from tests.pages import SIGN_IN, addresses
from tests.product import Product

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def pages(product: Product) -> dict[str, str]:
    return addresses(product, make=True)


def is_too_wide(page: Page) -> bool:
    """Charts take a moment to follow the width of the window."""
    return not comes_true(page, WITHIN, seconds=15)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_fault(page: Page, product: Product, pages: dict[str, str], theme: str) -> None:
    said = heard(page)
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, product, SIGN_IN)
    page.evaluate(f"localStorage.setItem('theme', '{theme}')")
    found: dict[str, list[str]] = {}
    for name, address in pages.items():
        page.goto(product.url + address, wait_until="networkidle")
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            # A theme changes colours, and those are the same at every width.
            wrong = faults(page) if (theme, width) != ("dark", 390) else []
            if is_too_wide(page):
                wrong.append("too wide")
            if wrong:
                found[f"{name} {width}"] = wrong
    assert found == {}
    assert said == []
