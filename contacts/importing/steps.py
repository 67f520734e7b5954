"""The life of an import: received, mapped, tried, started, cancelled. The row owns the work; tasks only ring."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from itertools import islice
from pathlib import PurePath
from typing import IO, Any

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.access.models import User
from crmseg.common.actor import Actor, acting
from crmseg.common.json import escape
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import signals, values
from ..models import ContactImport
from . import files, static_lists, targets

State = ContactImport.State
OPEN = (State.UPLOADED, State.DONE, State.FAILED, State.CANCELLED, State.UNDONE)


def receive(file: File[Any], *, name: str, user: User | None = None) -> ContactImport:
    """Keep an uploaded file, with the likely shape of it and the likely places of its columns."""
    stream: IO[bytes] = file.file if file.file is not None else file.open("rb")
    shape = files.sniff(stream, file.size)
    columns = files.header(stream, shape)
    if next(files.data(stream, shape), None) is None:
        raise InvalidInput(_("This file holds no rows below its header."))
    stream.seek(0)
    shown = PurePath(name.replace("\x00", "")).name[:255] or "contacts.csv"
    item = ContactImport(
        name=shown,
        encoding=shape.encoding,
        delimiter=shape.delimiter,
        has_header=shape.has_header,
        mapping=targets.guess(columns),
        created_by=user,
    )
    item.file.save("contacts.csv", file, save=False)
    item.save()
    if user is not None:
        audit.record(user.actor(), "created", item)
    return item


def sample(item: ContactImport, most: int = 20) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and the first rows."""
    shape = files.Shape(item.encoding, item.delimiter, item.has_header)
    with item.file.open("rb") as file:
        names = files.header(file, shape)
        rows = [cells for _number, cells in islice(files.data(file, shape), most)]
    return names, [[*cells, *[""] * (len(names) - len(cells))][: len(names)] for cells in rows]


def guess_mapping(item: ContactImport) -> dict[str, str]:
    names, _rows = sample(item, 0)
    return targets.guess(names)


def configure(
    import_id: int,
    *,
    actor: Actor,
    encoding: str | None = None,
    delimiter: str | None = None,
    has_header: bool | None = None,
    mapping: Mapping[str, str] | None = None,
    match_company: bool | None = None,
    static_list_id: int | None = None,
) -> ContactImport:
    """Say how the file is to be read and where its columns go; what is left out stays as it is."""
    with acting(actor):
        item = _idle(import_id)
        if encoding is not None:
            item.encoding = _encoding(encoding)
        if delimiter is not None:
            if delimiter not in files.DELIMITERS:
                raise InvalidInput([Problem("/delimiter", _("Expected a comma, a semicolon, a tab or a bar."))])
            item.delimiter = delimiter
        if has_header is not None:
            item.has_header = has_header
        if match_company is not None:
            item.match_company = match_company
        static_lists.check(static_list_id)
        item.static_list_id = static_list_id
        if mapping is not None:
            item.mapping = _mapping(item, mapping)
        item.save()
    return item


def dry_run(import_id: int, *, actor: Actor) -> ContactImport:
    """Queue a run that only finds out what would happen."""
    return _queue(import_id, actor=actor, dry=True)


def start(import_id: int, *, actor: Actor) -> ContactImport:
    return _queue(import_id, actor=actor, dry=False)


def cancel(import_id: int, *, actor: Actor) -> ContactImport:
    """At once while it waits, at the end of the present chunk while it runs. What went in stays."""
    with acting(actor):
        item = ContactImport.objects.select_for_update().get(pk=import_id)
        if item.state == State.QUEUED:
            item.state = State.CANCELLED
        elif item.state == State.RUNNING:
            item.cancel_asked = True
        else:
            raise Conflict(_("This import is not running."))
        item.save(update_fields=["state", "cancel_asked"])
        audit.record(actor, "cancelled", item)
    return item


def _queue(import_id: int, *, actor: Actor, dry: bool) -> ContactImport:
    with acting(actor):
        item = _idle(import_id)
        if item.state == State.DONE and not item.dry_run:
            raise Conflict(_("This file has been imported already; upload it again to import it again."))
        if not {"external_id", "email"} & set(item.mapping.values()):
            message = _("Match one column to the e-mail or the external ID, so that contacts can be found again.")
            raise InvalidInput([Problem("/mapping", message)])
        item.problems.all().delete()
        item.undo_problems.all().delete()
        item.state, item.dry_run, item.error = State.QUEUED, dry, ""
        item.rows = item.rows_done = item.created = item.updated = item.unchanged = item.refused = 0
        item.undo_total = item.undo_done = item.undo_deleted = item.undo_restored = item.undo_kept = 0
        item.keeps_former = not dry
        item.cancel_asked, item.lease_until, item.started_at, item.finished_at = False, None, None, None
        item.save()
        if not dry:
            audit.record(actor, "started", item, {"mapping": item.mapping})
        transaction.on_commit(lambda: signals.import_queued.send_robust(sender=None, import_id=item.pk), robust=True)
    return item


def _idle(import_id: int) -> ContactImport:
    item = ContactImport.objects.select_for_update().get(pk=import_id)
    if item.state not in OPEN:
        raise Conflict(_("This import is running; cancel it first."))
    return item


def _encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name if name != "utf-8-sig" else name
    except (LookupError, ValueError):
        raise InvalidInput([Problem("/encoding", _("There is no such encoding."))]) from None


def _mapping(item: ContactImport, mapping: Mapping[str, str]) -> dict[str, str]:
    names, _rows = sample(item, 0)
    known = {key for key, _label, _group in targets.targets(values.catalog())}
    problems: list[Problem] = []
    chosen: dict[str, str] = {}
    for column, key in mapping.items():
        pointer = f"/mapping/{escape(str(column))}"
        if column not in names:
            message = _("There is no column “%(column)s” in the file.") % {"column": column}
            problems.append(Problem(pointer, message + values.suggest(str(column), names)))
        elif not key:
            continue
        elif key not in known:
            message = _("There is no field “%(key)s”.") % {"key": key} + values.suggest(str(key), known)
            problems.append(Problem(pointer, message))
        elif key in chosen.values():
            problems.append(Problem(pointer, _("Another column goes there already.")))
        else:
            chosen[column] = key
    if problems:
        raise InvalidInput(problems)
    return chosen
