"""Does a new instance open in a real browser, with every file its page names and nothing its policy forbids?"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.product import Product


@pytest.mark.e2e
@pytest.mark.parametrize("width", [1440, 390])
def test_a_new_instance_opens_on_its_first_steps(page: Page, product: Product, width: int) -> None:
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", lambda got: problems.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(product.url, wait_until="networkidle")
    assert problems == []
    assert page.locator("form").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.styleSheets].filter(s => s.href).length") > 0
