"""Whether a fault in the meaning of a definition would be noticed: each of many, put into a copy of the source.

    python3 dev.py bench mutations [--only WORD] [--write]

Every fault of `tests/faults/` changes one line of an operator, a window or the engine, in a copy of the packages. The
same cases as those of `bench agreement`, and the due instants of `tests/due_instants.py`, must then differ. Ends with
one line of JSON; a fault that is not caught, or whose line is no longer there, is exit status 1. `--write` puts the
table into `docs/mutations.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.faults import FAULTS, Fault

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "mutations.md"
WORKERS = 2
CASES, PEOPLE = 90_000, 18
ANSWER = "the answer: "


@dataclass(frozen=True)
class Outcome:
    """How a run with the fault in it ended; `by` says who differed from the oracle, and about what."""

    caught: bool
    by: str
    definition: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench mutations", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="faults whose text holds this word")
    parser.add_argument("--write", action="store_true", help="write docs/mutations.md")
    parser.add_argument("--look", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.look:
        look()
        return
    faults = [fault for fault in FAULTS if asked.only in f"{fault.what} {fault.kind} {fault.file}"]
    outcomes = try_all(faults)
    caught = sum(outcome.caught for outcome in outcomes)
    if asked.write:
        PAGE.write_text(page(faults, outcomes))
    print(json.dumps({"bench": "mutations", "faults": len(faults), "caught": caught}), flush=True)
    sys.exit(0 if caught == len(faults) else 1)


def try_all(faults: list[Fault]) -> list[Outcome]:
    """Two at a time, each on a copy and a database of its own."""
    with ExitStack() as stack:
        places: SimpleQueue[Copy] = SimpleQueue()
        for _ in range(WORKERS):
            places.put(stack.enter_context(copy_of_all()))
        said = threading.Lock()

        def run(fault: Fault) -> Outcome:
            place = places.get()
            try:
                outcome = place.try_one(fault)
            finally:
                places.put(place)
            with said:
                print(f"{'caught' if outcome.caught else 'NOT CAUGHT':<11} {fault.what}: {outcome.by}", flush=True)
            return outcome

        with ThreadPoolExecutor(WORKERS) as pool:
            try:
                return list(pool.map(run, faults))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


@dataclass
class Copy:
    """The packages in a folder of their own, and a database with their tables."""

    folder: Path
    environment: dict[str, str]
    stamp: int = 0

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *argv]
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)

    def try_one(self, fault: Fault) -> Outcome:
        path = self.folder / fault.file
        right = path.read_text()
        if right.count(fault.old) != 1:
            return Outcome(False, f"its line stands {right.count(fault.old)} times in {fault.file}")
        try:
            self.store(path, right.replace(fault.old, fault.new))
            done = self.run("-m", "bench.mutations", "--look")
        finally:
            self.store(path, right)
        answers = [line for line in done.stdout.splitlines() if line.startswith(ANSWER)]
        if not answers:
            return Outcome(False, f"broken: {(done.stderr.strip().splitlines() or ['no answer'])[-1]}")
        return Outcome(**json.loads(answers[-1].removeprefix(ANSWER)))

    def store(self, path: Path, text: str) -> None:
        """Each time with another date, so that no compiled file of before is taken for this one."""
        path.write_text(text)
        self.stamp += 10
        os.utime(path, (path.stat().st_mtime + self.stamp,) * 2)


@contextmanager
def copy_of_all() -> Iterator[Copy]:
    from crmseg.embedded.temporary import throwaway

    with tempfile.TemporaryDirectory(prefix="crmseg-faults-") as name, throwaway() as servers:
        folder = Path(name)
        for package in ROOT.iterdir():
            if (package / "__init__.py").exists():
                shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "manage.py", folder)
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "crmseg.settings",
            "CRMSEG_DATA_DIR": str(folder / "var"),
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
        }
        copy = Copy(folder, environment)
        made = copy.run("manage.py", "migrate", "--verbosity", "0")
        if made.returncode:
            raise SystemExit(made.stderr)
        yield copy


# Inside a copy


def look() -> None:
    """Compare all evaluators until two differ, and say so; leave the database as it was."""
    import django

    django.setup()
    from django.db import transaction

    from tests.agreement import Disagreement
    from tests.definition_worlds import attributes

    with transaction.atomic():
        install_functions()
        attributes()
        try:
            cases = compare()
            outcome = {"caught": False, "by": f"{cases:,} cases agreed"}
        except Disagreement as found:
            lines = str(found).splitlines()
            definition = next((line for line in lines if line.startswith("definition: ")), "definition: ")
            who = lines[0].partition(" differ;")[0].replace(" and the oracle", "")
            outcome = {"caught": True, "by": who, "definition": definition.removeprefix("definition: ")}
        transaction.set_rollback(True)
    print(ANSWER + json.dumps(outcome), flush=True)


def compare() -> int:
    """A world of cases, two clocks, and so on: faults of either kind show early. The first world is drawn quickly."""
    from tests.agreement import Tally, one_world
    from tests.due_instants import one_clock

    tally, number = Tally(), 0
    while tally.cases < CASES:
        tally.add(one_world(random.Random(f"faults {number}"), number, PEOPLE, telling=number > 0))
        for clock in (2 * number, 2 * number + 1):
            one_clock(random.Random(f"clock {clock}"), clock)
        number += 1
    return tally.cases


def install_functions() -> None:
    """The database's own functions, as the migrations of this copy write them."""
    import importlib

    from django.db import connection

    with connection.cursor() as cursor:
        for path in sorted((Path.cwd() / "segments" / "migrations").glob("0*.py")):
            module = importlib.import_module(f"segments.migrations.{path.stem}")
            for value in vars(module).values():
                if isinstance(value, str) and "CREATE OR REPLACE FUNCTION crmseg_" in value:
                    cursor.execute(value)


def page(faults: list[Fault], outcomes: list[Outcome]) -> str:
    caught = sum(outcome.caught for outcome in outcomes)
    lines = [
        "# Faults that the agreement of the evaluators catches",
        "",
        f"`python3 dev.py bench mutations --write` made this page: {len(faults)} faults, {caught} caught. Each is a"
        " change of one line (`tests/faults/`), put into a copy of the source; then the cases of `bench agreement`"
        " and the due instants of `tests/due_instants.py` are looked at until two evaluators differ.",
        "",
        "| # | kind | fault | in | caught by | the definition that showed it |",
        "|---|---|---|---|---|---|",
    ]
    for number, (fault, outcome) in enumerate(zip(faults, outcomes, strict=True), 1):
        shown = outcome.definition if len(outcome.definition) < 200 else outcome.definition[:197] + "…"
        code = "`" + shown.replace("|", "\\|").replace("`", "'") + "`" if shown else ""
        by = outcome.by if outcome.caught else f"**not caught**: {outcome.by}"
        lines.append(f"| {number} | {fault.kind} | {fault.what} | `{fault.file}` | {by} | {code} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
