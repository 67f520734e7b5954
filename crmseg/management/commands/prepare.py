"""Make what is generated, unless it is fresh: browser files, compiled messages, static files under hashed names."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from crmseg import assets
from crmseg.assets import AssetMissing

ROOT: Path = settings.BASE_DIR


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="make everything again")

    def handle(self, *args: Any, force: bool, **options: Any) -> None:
        with one_at_a_time(Path(settings.STATIC_ROOT).with_suffix(".lock")):
            self.make(force)

    def make(self, force: bool) -> None:
        stamp, wanted = Path(settings.STATIC_ROOT) / ".prepared", fingerprint()
        if not force and stamp.exists() and stamp.read_text() == wanted:
            return
        stamp.unlink(missing_ok=True)
        try:
            assets.copy(ROOT / "node_modules", ROOT / "static" / "vendor")
        except AssetMissing as error:
            raise CommandError(str(error)) from error
        compile_messages()
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(wanted)


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Instances of one checkout share what is made here: the second waits for the first, and finds it made."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def compile_messages() -> None:
    """Compile the catalogues with Babel: gettext's own tools are not needed."""
    for path in settings.LOCALE_PATHS:
        if any(Path(path).glob("*/LC_MESSAGES/*.po")):
            babel = (sys.executable, "-m", "babel.messages.frontend", "compile", "--domain", "django", "-d", path)
            done = subprocess.run(babel, capture_output=True, text=True)
            if done.returncode:
                raise CommandError(f"The messages do not compile: {done.stderr.strip()}")


def fingerprint() -> str:
    """What the generated files are made of."""
    digest = hashlib.sha256()
    for path in inputs():
        digest.update(f"{path}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def inputs() -> Iterator[Path]:
    yield from (ROOT / "requirements.txt", ROOT / "package-lock.json", ROOT / "crmseg" / "icons.txt")
    yield from (Path(assets.__file__), Path(__file__))
    vendor = ROOT / "static" / "vendor"
    yield from sorted(p for p in (ROOT / "static").rglob("*") if p.is_file() and vendor not in p.parents)
    for folder in settings.LOCALE_PATHS:
        yield from sorted(Path(folder).glob("*/LC_MESSAGES/*.po"))
