"""Bring an instance up to date before it serves: generated files, then the database."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from crmseg.demo.models import SampleLoad
from crmseg.embedded import instance


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="note whether the sample data is there already")

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        call_command("prepare")
        call_command("migrate", interactive=False, verbosity=1, stdout=self.stdout)
        running = instance.read(settings.DATA_DIR)
        if demo and running and SampleLoad.objects.filter(finished_at__isnull=False).exists():
            instance.write(settings.DATA_DIR, running.with_demo("loaded"))
