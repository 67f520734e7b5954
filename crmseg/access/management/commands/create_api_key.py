"""Make a key for a program and print it, alone, on standard output."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crmseg.access.models import Scope
from crmseg.access.services import create_key
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import InvalidInput


class Command(BaseCommand):
    help = "Make an API key and print it. It is stored hashed and cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what the key is for, as histories will name it")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.FULL, help="what it may do")

    def handle(self, *args: Any, name: str, scope: str, **options: Any) -> None:
        try:
            _key, text = create_key(name=name, scope=scope, actor=SYSTEM)
        except InvalidInput as error:
            raise CommandError(str(error)) from error
        self.stdout.write(text)
