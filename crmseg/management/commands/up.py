"""Run an instance: its servers, web, workers and beat, until it is asked to stop."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from crmseg.embedded.instance import Folder
from crmseg.embedded.postgres import ServerFailed
from crmseg.embedded.supervisor import Supervisor


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="load the sample data, once")
        parser.add_argument("--host", help="address to answer at (CRMSEG_HOST, 127.0.0.1)")
        parser.add_argument("--port", type=int, help="port to answer at (CRMSEG_PORT, 8000)")
        parser.add_argument("--data-dir", type=Path, help="folder for everything it keeps (CRMSEG_DATA_DIR, var/)")

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        folder = (options["data_dir"] or settings.DATA_DIR).resolve()
        supervisor = Supervisor(
            Folder(folder),
            host=options["host"] or os.environ.get("CRMSEG_HOST") or "127.0.0.1",
            port=options["port"] or int(os.environ.get("CRMSEG_PORT") or 8000),
            demo=demo,
            database_url=os.environ.get("DATABASE_URL", ""),
            redis_url=os.environ.get("REDIS_URL", ""),
            say=self._say,
        )
        try:
            supervisor.run()
        except ServerFailed as error:
            raise CommandError(str(error)) from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
