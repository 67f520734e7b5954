"""Words as long as those of German do not break the pages: every text is two fifths longer, and nothing overflows."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browsing import WITHIN, comes_true, sign_in
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


def test_longer_words_stay_within_the_window(page: Page, product: Product) -> None:
    pages = addresses(product, make=True)
    sign_in(page, product, SIGN_IN)
    found: dict[str, list[str]] = {}
    for name, address in pages.items():
        if name == DRAWN_BY_ITSELF:
            continue
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(product.url + address)
        page.evaluate(LENGTHEN)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            if not comes_true(page, WITHIN, seconds=2):
                found[f"{name} {width}"] = page.evaluate(TOO_WIDE)
    assert found == {}
