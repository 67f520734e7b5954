"""Every page in a real browser, in either theme, wide and narrow: sound by axe, not too wide, without errors.

Nor do words as long as those of German break the pages: every text is two fifths longer in the end, and still fits.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browsing import COLOURS, WITHIN, comes_true, faults, heard, sign_in
from tests.pages import SIGN_IN, addresses
from tests.product import Product

pytestmark = pytest.mark.e2e
DRAWN_BY_ITSELF = "campaign-designing"
LENGTHEN = r"""() => {
    const longer = (text) => text.replace(/\p{L}{3,}/gu, (word) => word + word.slice(-Math.ceil(word.length * 0.4)));
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
        if (!node.parentElement.closest("script, style, template, svg, textarea")) node.data = longer(node.data);
    }
    for (const box of document.querySelectorAll("[placeholder]")) box.placeholder = longer(box.placeholder);
}"""
TOO_WIDE = """() => {
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    const cut = (one) => /auto|scroll|hidden|clip/.test(getComputedStyle(one).overflowX);
    const rolls = (one) => one && (cut(one) || rolls(one.parentElement));
    return [...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !rolls(one.parentElement))
        .slice(0, 3).map((one) => one.outerHTML.slice(0, 120));
}"""


@pytest.fixture(scope="module")
def pages(product: Product) -> dict[str, str]:
    return addresses(product, make=True)


def is_too_wide(page: Page) -> bool:
    """Charts take a moment to follow the width of the window."""
    return not comes_true(page, WITHIN, seconds=15)


def broken_by_long_words(page: Page) -> dict[int, list[str]]:
    """By width, what sticks out once every word is two fifths longer."""
    page.evaluate(LENGTHEN)
    broken: dict[int, list[str]] = {}
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        if not comes_true(page, WITHIN, seconds=2):
            broken[width] = page.evaluate(TOO_WIDE)
    return broken


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_fault(page: Page, product: Product, pages: dict[str, str], theme: str) -> None:
    said = heard(page)
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, product, SIGN_IN)
    page.evaluate(f"localStorage.setItem('theme', '{theme}')")
    found: dict[str, list[str]] = {}
    for name, address in pages.items():
        page.goto(product.url + address, wait_until="networkidle")
        # A theme changes colours, and those are the same at every width.
        for width in (1440, 390) if theme == "light" else (1440,):
            page.set_viewport_size({"width": width, "height": 900})
            wrong = faults(page, COLOURS if theme == "dark" else None)
            if is_too_wide(page):
                wrong.append("too wide")
            if wrong:
                found[f"{name} {width}"] = wrong
        if theme == "light" and name != DRAWN_BY_ITSELF:
            found |= {f"{name} {width}, longer words": wide for width, wide in broken_by_long_words(page).items()}
    assert found == {}
    assert said == []
