"""Many contacts written to a file, part by part. A run that goes on cuts off what was not saved, and adds to it."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from django.db.models import Q
from django.utils.translation import gettext as _

from crmseg.common import clock
from crmseg.common.problems import InvalidInput, Problem
from crmseg.jobs import services as jobs
from crmseg.jobs.models import Job, Part
from crmseg.jobs.services import FILES_FOR
from crmseg.jobs.step import Lost, Step

from ..export import column_choices, contacts_rows, line
from ..models import Contact


def read(columns: Sequence[str]) -> list[str]:
    """The columns that are known, in the order in which they were asked for."""
    known = {key for key, _label, _group in column_choices()}
    found = [key for key in dict.fromkeys(columns) if key in known]
    if not found:
        raise InvalidInput([Problem("/columns", _("Choose at least one column."))])
    return found


def run(job: Job, step: Step) -> None:
    columns = read(job.params["columns"])
    with _opened(job) as file:
        written = job.result.get("bytes", 0)
        file.truncate(written)
        file.seek(written)
        head = line(list(columns)) if not written else ""
        for part in step.parts():
            people = Contact.objects.filter(pk__in=part.ids).order_by("pk")
            rows = list(contacts_rows(people, columns))
            content = (head + "".join(rows)).encode()
            head = ""
            _keep(file, content)
            step.advance(
                job.done + len(part.ids),
                cursor=part.number + 1,
                changed=len(rows),
                gone=len(part.ids) - len(rows),
                bytes=len(content),
            )
        _keep(file, head.encode())


def forget(contact_id: int) -> None:
    """No file names her any more: those that may hold her are deleted, those being written begin again without her.

    Whom a finished file holds is not kept, unless they were chosen one by one.
    """
    exports = Job.objects.filter(kind="contacts.export")
    holding = Part.objects.filter(job__kind="contacts.export", ids__contains=[contact_id]).values_list("job", flat=True)
    jobs.begin_again(exports.filter(pk__in=list(holding)))
    ended = exports.filter(state__in=[Job.State.DONE, Job.State.CANCELLED])
    jobs.drop_files(ended.filter(Q(params__ids=None) | Q(params__ids__contains=contact_id)))


def _opened(job: Job) -> BinaryIO:
    """Its file, held by this worker alone."""
    if not job.file:
        now = clock.now()
        job.file.name = f"jobs/{now:%Y/%m}/{job.pk}-{secrets.token_hex(8)}.csv"
        job.file_name = f"contacts-{now:%Y-%m-%d}.csv"
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


def _keep(file: BinaryIO, content: bytes) -> None:
    """On the disk before the progress says so."""
    file.write(content)
    file.flush()
    os.fsync(file.fileno())
