"""`manage.py messages`: bring the catalogues in step with the source, and say what wants a translation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from crmseg import messages


class Command(BaseCommand):
    help = "Updates the catalogues in crmseg/locale from the source and counts what is untranslated."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for language in messages.LANGUAGES:
            waiting = messages.update(language)
            self.stdout.write(f"{language}: {waiting} untranslated")
