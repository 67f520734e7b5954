"""Make the first administrator with a generated password, and say both once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from crmseg.access.services import create_first_person, new_password


class Command(BaseCommand):
    help = "Make an administrator when nobody has an account yet, and print how to sign in; else do nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", default="admin@example.org")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        password = new_password()
        if create_first_person(email=email, password=password):
            self.stdout.write(f"Sign in as {email} with the password {password} (shown this once).")
