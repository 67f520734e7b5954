"""A pytest plugin, loaded before Django reads its settings: PostgreSQL and Valkey for the tests alone.

Where DATABASE_URL or REDIS_URL is set, that server is used. Under xdist the first process starts the servers, and each
worker gets a database of its own (from pytest-django) and a Valkey database of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import ExitStack

import pytest

_servers = ExitStack()


def _start() -> None:
    from crmseg.embedded.temporary import throwaway

    servers = _servers.enter_context(throwaway())
    os.environ.setdefault("DATABASE_URL", servers.database_url)
    os.environ.setdefault("REDIS_URL", servers.redis_url)


def _take_own_valkey_database(worker: str) -> None:
    number = int(worker.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = re.sub(r"(/\d+)?$", f"/{number}", os.environ["REDIS_URL"], count=1)


def _use_own_data_folder() -> None:
    """Tests leave nothing in the data folder of an instance, nor read from it."""
    folder = tempfile.mkdtemp(prefix="crmseg-tests-")
    _servers.callback(shutil.rmtree, folder, ignore_errors=True)
    os.environ["CRMSEG_DATA_DIR"] = folder


if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    _take_own_valkey_database(worker)
else:
    _use_own_data_folder()
    if not ({"DATABASE_URL", "REDIS_URL"} <= os.environ.keys()):
        _start()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    _servers.close()
