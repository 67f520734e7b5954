"""The record of the embedded servers of one data folder: where they listen and how to reach them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Instance:
    """Addresses of a running instance, as the supervisor wrote them."""

    database_url: str
    redis_url: str
    host: str
    port: int


def read(data_dir: Path) -> Instance | None:
    """The record kept in `data_dir`, or None where no instance has run yet."""
    try:
        return Instance(**json.loads((data_dir / "run" / "instance.json").read_text()))
    except FileNotFoundError:
        return None
