"""Many contacts deleted, with everything that is theirs. Nobody can bring them back."""

from __future__ import annotations

from crmseg.common.actor import acting
from crmseg.jobs.models import Job
from crmseg.jobs.step import Step

from .. import services


def run(job: Job, step: Step) -> None:
    for part in step.parts():
        with acting(step.actor):
            deleted = services.delete_contacts(part.ids, actor=step.actor)
            step.advance(
                job.done + len(part.ids), cursor=part.number + 1, changed=deleted, gone=len(part.ids) - deleted
            )
