"""Who is acting, told to the database so that history and the audit log know it whatever wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from django.db import connection, transaction


@dataclass(frozen=True)
class Actor:
    """A person, an API key, or the product itself; `label` is what people read in histories."""

    kind: Literal["user", "key", "import", "system"]
    label: str
    id: int | None = None

    def __str__(self) -> str:
        return f"{self.kind}:{self.label}"


SYSTEM = Actor("system", "crmseg")


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """A transaction whose history rows name `actor`."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('crmseg.actor', %s, true)", [str(actor)])
        yield
