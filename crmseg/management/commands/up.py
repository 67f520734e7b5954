"""Run an instance: its servers, web, workers and beat, until it is asked to stop."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crmseg.embedded import command
from crmseg.embedded.postgres import ServerFailed


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        command.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            command.run(**{name: options[name] for name in ("demo", "host", "port", "data_dir")})
        except ServerFailed as error:
            raise CommandError(str(error)) from error
