"""The file that a job writes: made once, held by one worker, and on the disk before the progress says so."""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path
from typing import BinaryIO

from crmseg.common import clock
from crmseg.jobs.models import Job
from crmseg.jobs.services import FILES_FOR
from crmseg.jobs.step import Lost


def opened(job: Job, name: str) -> BinaryIO:
    """Its file, held by this worker alone."""
    if not job.file:
        now = clock.now()
        job.file.name = f"jobs/{now:%Y/%m}/{job.pk}-{secrets.token_hex(8)}.csv"
        job.file_name = f"{name}-{now:%Y-%m-%d}.csv"
        job.file_until = now + FILES_FOR
        job.save(update_fields=["file", "file_name", "file_until"])
    path = Path(job.file.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = open(path, "r+b" if path.exists() else "w+b")  # noqa: SIM115 – the caller closes it
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise Lost from None
    return file


def keep(file: BinaryIO, content: bytes) -> None:
    """On the disk before the progress says so."""
    file.write(content)
    file.flush()
    os.fsync(file.fileno())
