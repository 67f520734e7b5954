"""What every test may use, and which tests run when."""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Generator, Iterator

import pytest

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the thread of the test

pytest_plugins = ["tests.product", "tests.shares"]
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the long tests too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long tests wait for --full; those of the running product share one product, so one process runs them."""
    long = pytest.mark.skip(reason="a long run: python3 dev.py test --full")
    for item in items:
        if "slow" in item.keywords and not config.getoption("--full"):
            item.add_marker(long)
        if "e2e" in item.keywords:
            item.add_marker(pytest.mark.xdist_group("e2e"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """An end-to-end test that could not run is no success where the outcome decides."""
    report = yield
    decides = os.environ.get("CI") == "true" and "e2e" in item.keywords and "slow" not in item.keywords
    if decides and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"An end-to-end test was skipped in CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _static_files_as_they_lie() -> None:
    """Pages name files without the hashes that only a prepared instance has."""
    from django.conf import settings

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"


@pytest.fixture(autouse=True)
def _in_english() -> None:
    """No test speaks the language that the last page of another was written in."""
    from django.utils import translation

    translation.activate("en")


@pytest.fixture(autouse=True)
def _nothing_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept for seconds lasts until the test ends: how many queries a page asks does not hang on the clock."""
    from crmseg.access import account, senders

    for module, kept in ((account, account._kept), (senders, senders._known)):
        if kept is not None and time.monotonic() - kept[0] > module.FRESH_FOR:
            module.forget()
        monkeypatch.setattr(module, "FRESH_FOR", math.inf)


@pytest.fixture(autouse=True)
def _clean_valkey(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test meets what another left in the cache or in a queue."""
    yield
    if "django_db_setup" in request.fixturenames or "client" in request.fixturenames:
        from django.core.cache import cache

        cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _patient_with_a_busy_machine() -> None:
    """Pages are waited for as long as it takes a machine with other work to answer."""
    from playwright.sync_api import expect

    expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Debian's Chromium: browsers are not downloaded."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return {**browser_type_launch_args, "executable_path": chromium, "args": CHROMIUM_ARGUMENTS}
