"""Every fault of `bench mutations` still has its line: without it, the run would show nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from .faults import FAULTS

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.what for fault in FAULTS])
def test_the_line_of_each_fault_stands_once_in_the_source(fault):
    assert (ROOT / fault.file).read_text().count(fault.old) == 1


def test_there_are_faults_of_every_kind():
    assert len(FAULTS) == len({fault.what for fault in FAULTS}) >= 30
    assert {"inclusion", "off by one", "unknown", "zone", "unit", "currency", "case", "tie"} <= {f.kind for f in FAULTS}
