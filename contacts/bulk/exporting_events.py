"""Events written to a file, stretch by stretch, the newest first. A run that goes on cuts off what was not saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils.text import slugify

from crmseg.access.models import User
from crmseg.common.actor import Actor
from crmseg.jobs import services as jobs
from crmseg.jobs.models import Job
from crmseg.jobs.step import Step

from .. import explorer
from ..events_csv import COLUMNS, event_line
from ..explorer import Wanted
from ..export import line
from . import files

KIND = "contacts.export_events"
PART = 1_000
END = "end"


def start(wanted: Wanted, *, name: str, user: User, actor: Actor) -> Job:
    """`name`: how the type of the events is called."""
    params = {"wanted": asdict(wanted), "name": name, "columns": list(COLUMNS)}
    total = 0 if wanted.by_property else explorer.count(wanted)
    return jobs.start(KIND, params, user=user, actor=actor, total=total)


def run(job: Job, step: Step) -> None:
    wanted = _read(job.params["wanted"])
    with files.opened(job, f"events-{slugify(job.params['name'])[:60] or 'all'}") as file:
        written = job.result.get("bytes", 0)
        file.truncate(written)
        file.seek(written)
        while job.cursor != END:
            step.check()
            found = explorer.newest(wanted, before=job.cursor or "", limit=PART)
            rows = "".join(event_line(event) for event in found.events)
            content = (rows if job.cursor else line(list(COLUMNS)) + rows).encode()
            files.keep(file, content)
            done = job.done + len(found.events)
            step.advance(done, cursor=found.more or END, changed=len(found.events), bytes=len(content))


def _read(given: Mapping[str, Any]) -> Wanted:
    instants = {name: datetime.fromisoformat(given[name]) for name in ("since", "until") if given[name]}
    return Wanted(**{**given, **instants})
