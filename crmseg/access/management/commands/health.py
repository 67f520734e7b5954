"""How the system is, for scripts and for whoever is on call. Ends with 1 when something is bad."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from crmseg.access import health


class Command(BaseCommand):
    help = "Say how the queues, the workers, the database, the broker and the disk are; exit 1 when something is bad."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="the same facts as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        groups = health.gather()
        if options["json"]:
            self.stdout.write(json.dumps(health.as_document(groups), default=str))
        else:
            for group in groups:
                self.stdout.write(f"\n{group.label}")
                for fact in group.facts:
                    self.stdout.write(f"  {fact.state:5} {fact.label}: {fact.says}")
                    if fact.advice:
                        self.stdout.write(f"        {fact.advice}")
        if health.worst(groups) == health.BAD:
            sys.exit(1)
