"""Print the key by which services know the calls of webhook campaigns."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from campaigns.channels import webhook


class Command(BaseCommand):
    help = "Print the key that signs the calls of webhook campaigns (X-Crmseg-Signature)."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(webhook.secret())
