"""Many contacts written to a file, part by part. A run that goes on cuts off what was not saved, and adds to it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput, Problem
from crmseg.jobs import services as jobs
from crmseg.jobs.models import Job, Part
from crmseg.jobs.step import Step

from ..export import column_choices, contacts_rows, line
from ..models import Contact
from . import exporting_events, files


def read(columns: Sequence[str]) -> list[str]:
    """The columns that are known, in the order in which they were asked for."""
    known = {key for key, _label, _group in column_choices()}
    found = [key for key in dict.fromkeys(columns) if key in known]
    if not found:
        raise InvalidInput([Problem("/columns", _("Choose at least one column."))])
    return found


def run(job: Job, step: Step) -> None:
    columns = read(job.params["columns"])
    with files.opened(job, "contacts") as file:
        written = job.result.get("bytes", 0)
        file.truncate(written)
        file.seek(written)
        head = line(list(columns)) if not written else ""
        for part in step.parts():
            people = Contact.objects.filter(pk__in=part.ids).order_by("pk")
            rows = list(contacts_rows(people, columns))
            content = (head + "".join(rows)).encode()
            head = ""
            files.keep(file, content)
            step.advance(
                job.done + len(part.ids),
                cursor=part.number + 1,
                changed=len(rows),
                gone=len(part.ids) - len(rows),
                bytes=len(content),
            )
        files.keep(file, head.encode())


def forget(contact_id: int) -> None:
    """No file names her any more: those that may hold her are deleted, those being written begin again without her.

    Whom a finished file holds is not kept, unless they were chosen one by one.
    """
    exports = Job.objects.filter(kind="contacts.export")
    holding = Part.objects.filter(job__kind="contacts.export", ids__contains=[contact_id]).values_list("job", flat=True)
    jobs.begin_again(exports.filter(pk__in=list(holding)))
    ended = exports.filter(state__in=[Job.State.DONE, Job.State.CANCELLED])
    jobs.drop_files(ended.filter(Q(params__ids=None) | Q(params__ids__contains=contact_id)))
    of_events = Job.objects.filter(kind=exporting_events.KIND)
    hers = Q(params__wanted__contact_id=None) | Q(params__wanted__contact_id=contact_id)
    jobs.begin_again(of_events.filter(hers))
    jobs.drop_files(of_events.filter(hers, state__in=[Job.State.DONE, Job.State.CANCELLED]))
