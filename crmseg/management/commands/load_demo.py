"""Load the sample data, or what is still missing of it: real purchases, generated people, ready lists."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput
from crmseg.demo.load import Progress, load

WIDTH = 30


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self._label = ""
        try:
            load(self._bar if self.stdout.isatty() else self._lines)
        except InvalidInput as error:
            raise CommandError(" ".join(problem.message for problem in error.problems)) from error
        if self._label and self.stdout.isatty():
            self.stdout.write("")

    def _bar(self, progress: Progress) -> None:
        full = WIDTH * progress.done // progress.total
        bar = "█" * full + "░" * (WIDTH - full)
        self._label = progress.label
        self.stdout.write(f"\r{_('Sample data')} {bar} {progress.percent:3} % {progress.label:<20}", ending="")
        self.stdout.flush()

    def _lines(self, progress: Progress) -> None:
        """One line for each kind of data."""
        if progress.label != self._label:
            self._label = progress.label
            self.stdout.write(f"{_('Sample data')}: {progress.percent} % {progress.label}")
            self.stdout.flush()
