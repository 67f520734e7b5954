"""`manage.py segments_audit [--json] [--repair]`: hold every active list against the truth."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from segments.engine import audit


class Command(BaseCommand):
    help = (
        "Waits for the backlog, recomputes every active list by another path than the one that wrote it, "
        "and prints what differs. Exits with 1 on any difference."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
        parser.add_argument("--repair", action="store_true", help="mend what differs, and keep a report")

    def handle(self, *args: Any, **options: Any) -> None:
        found = audit.audit()
        if options["json"]:
            self.stdout.write(json.dumps(found.summary() | found.counted()))
        else:
            said = "{segments} active lists over {contacts} contacts: {missing} missing, {extra} extra."
            self.stdout.write(said.format(**found.summary()))
            for one in found.differences:
                self.stdout.write(f"  list {one.segment_id}: missing {one.missing[:10]}, extra {one.extra[:10]}")
            for name, wrong in found.counted().items():
                self.stdout.write(f"  {name}: {wrong} wrong")
        if options["repair"]:
            audit.repair(found)
        if found.wrong:
            sys.exit(1)
