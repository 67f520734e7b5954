"""How often each operator was true and false in the property test, printed at the end of the run, whatever ran it.

A part of the test leaves `{operator: [true, false]}` and its number of cases with its report; here they are added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

CASES, COUNTS = "agreement cases", "agreement counts"
Counts = Mapping[str, list[int]]


def table(counts: Counts) -> list[str]:
    lines = [f"{'operator':<24}{'true':>9}{'false':>9}{'share':>9}"]
    for name in sorted(counts):
        true, false = counts[name]
        lines.append(f"{name:<24}{true:>9}{false:>9}{true / (true + false):>9.1%}")
    return lines


def pytest_terminal_summary(terminalreporter: Any) -> None:
    cases, counts = 0, dict[str, list[int]]()
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties if isinstance(report, pytest.TestReport) else ():
            if name == CASES:
                cases += value
            elif name == COUNTS:
                for operator, (true, false) in value.items():
                    before = counts.get(operator, [0, 0])
                    counts[operator] = [before[0] + true, before[1] + false]
    if cases:
        terminalreporter.section(f"{cases} definitions: the engine, the plain form and the oracle agree")
        terminalreporter.write_line("\n".join(table(counts)))
