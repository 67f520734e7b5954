"""The benchmark runs on a small world, its three methods agree there, and its closing line says what was promised."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from .product import ROOT, SERVER_VARIABLES


@pytest.mark.slow
def test_a_small_run_ends_with_one_line_of_json():
    environment = {name: value for name, value in os.environ.items() if name not in SERVER_VARIABLES}
    done = subprocess.run(
        [sys.executable, "-m", "bench.refresh", "--contacts", "3000", "--events", "30000", "--lists", "60"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all methods agree" in done.stdout
    assert "extrapolated to 60" in done.stdout
    said = json.loads(done.stdout.splitlines()[-1])
    assert (said["bench"], said["lists"], said["contacts"], said["events"]) == ("refresh", 60, 3000, 30000)
    assert set(said["refresh_ms"]) == {"1", "100", "1000"}
    assert all(set(times) == {"p50", "p95"} for times in said["refresh_ms"].values())
    assert said["merge_ms"].keys() == said["classic_ms"].keys() == {"100"}
    assert said["ratio_100"] > 1
    assert said["ratio_merge_100"] > 1
