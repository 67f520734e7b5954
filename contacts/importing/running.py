"""The run of an import: chunk by chunk, each in one transaction together with its progress.

A run that is killed goes on after its last chunk; one that loses its lease notices before it writes. A dry run goes
the same way and writes nothing but its findings.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from crmseg.access import account
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput

from .. import touches, values
from ..fields import FieldType
from ..models import Company, ContactImport, ImportProblem
from ..services.batch import BatchResult, preview_upsert, upsert_contacts
from . import files, static_lists
from .cells import Columns, Order, date_order

CHUNK = 5_000
LEASE = timedelta(seconds=60)
LONGEST_SHOWN = 500
MOST_PROBLEMS = 100_000
DATED = (FieldType.DATE, FieldType.DATETIME)
State = ContactImport.State
Row = tuple[int, list[str]]
Finding = tuple[int, list[str], int | None, str]
"""The row's number and cells, the column at fault if it is one, and why."""

log = logging.getLogger(__name__)


class _Lost(Exception):
    """Somebody else runs this import now."""


def run(import_id: int) -> None:
    """Claim the import and run it to its end; do nothing when it is not waiting to be run."""
    if not _claim(import_id):
        return
    item = ContactImport.objects.select_related("created_by").get(pk=import_id)
    with translation.override((item.created_by.language if item.created_by else "") or account.current().language):
        _run_to_its_end(item)


def _run_to_its_end(item: ContactImport) -> None:
    """In the language of whoever brought the file, who reads what was wrong with it."""
    import_id = item.pk
    try:
        _run(item)
    except _Lost:
        pass
    except InvalidInput as error:
        _finish(import_id, State.FAILED, " ".join(problem.message for problem in error.problems))
    except FileNotFoundError:
        _finish(import_id, State.FAILED, _("The file is no longer there; upload it again."))
    except Exception:
        log.exception("The import %s failed", import_id)
        _finish(import_id, State.FAILED, _("Something went wrong on our side; what was imported so far is kept."))
        raise


def waiting() -> list[int]:
    """Imports nobody runs: queued, or left behind by a worker that died."""
    free = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=clock.now())
    return list(ContactImport.objects.filter(free).order_by("pk").values_list("pk", flat=True))


def _claim(import_id: int) -> bool:
    now = clock.now()
    free = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=now)
    return bool(ContactImport.objects.filter(free, pk=import_id).update(state=State.RUNNING, lease_until=now + LEASE))


def _run(item: ContactImport) -> None:
    shape = files.Shape(item.encoding, item.delimiter, item.has_header)
    with item.file.open("rb") as file:
        columns, total = _columns(item, file, shape)
        if item.started_at is None:
            ContactImport.objects.filter(pk=item.pk).update(rows=total, started_at=clock.now())
        rows = islice(files.data(file, shape), item.rows_done, None)
        done, seen = item.rows_done, set[str]()
        while (chunk := list(islice(rows, CHUNK))) and _write_chunk(item, columns, chunk, done, seen):
            done += len(chunk)
    _finish(item.pk, State.DONE)


def _columns(item: ContactImport, file: Any, shape: files.Shape) -> tuple[Columns, int]:
    """How to read this file, from one look at all of it; and how many rows it has."""
    names = files.header(file, shape)
    catalog = values.catalog()
    keys = [item.mapping.get(name) or "" for name in names]
    dated = [index for index, key in enumerate(keys) if key in catalog and catalog[key].type in DATED]
    orders: dict[int, Order] = dict.fromkeys(dated, "")
    total = 0
    for _number, cells in files.data(file, shape):
        total += 1
        for index in dated:
            if not orders[index] and index < len(cells):
                orders[index] = date_order(cells[index])
    zone = ZoneInfo(account.current().time_zone)
    return Columns(names, keys, catalog, orders, shape.delimiter == ";", zone), total


def _write_chunk(item: ContactImport, columns: Columns, chunk: Sequence[Row], done: int, seen: set[str]) -> bool:
    """False when the import was cancelled."""
    actor = Actor("import", item.name, item.pk)
    contacts, places, problems = _read(chunk, columns)
    with transaction.atomic():
        held = ContactImport.objects.select_for_update().get(pk=item.pk)
        if held.state != State.RUNNING or held.rows_done != done:
            raise _Lost
        if held.cancel_asked:
            held.state, held.finished_at, held.lease_until = State.CANCELLED, clock.now(), None
            held.save(update_fields=["state", "finished_at", "lease_until"])
            return False
        if item.dry_run:
            result = preview_upsert(contacts, match_company=item.match_company, catalog=columns.catalog, seen=seen)
        else:
            began = clock.now()
            result = upsert_contacts(
                contacts, actor=actor, match_company=item.match_company, catalog=columns.catalog, import_id=item.pk
            )
            touches.note_listed(item.pk, static_lists.add(item.static_list_id, result.contact_ids, actor))
            _note_companies(held, result.contact_ids, began)
        problems += _problems(result, places, columns)
        refused = len({number for number, _cells, _column, _reason in problems})
        if held.refused < MOST_PROBLEMS:
            ImportProblem.objects.bulk_create(_problem_rows(item, columns, problems), batch_size=2_000)
        ContactImport.objects.filter(pk=item.pk).update(
            rows_done=done + len(chunk),
            created=F("created") + result.created,
            updated=F("updated") + result.updated,
            unchanged=F("unchanged") + result.unchanged,
            refused=F("refused") + refused,
            lease_until=clock.now() + LEASE,
        )
    return True


def _note_companies(held: ContactImport, contact_ids: Sequence[int], began: datetime) -> None:
    """The companies that came with these contacts."""
    made = Company.objects.filter(contacts__in=contact_ids, created_at__gte=began).distinct()
    new = sorted(set(made.values_list("pk", flat=True)) - set(held.made_companies))
    if new:
        held.made_companies += new
        held.save(update_fields=["made_companies"])


def _read(chunk: Sequence[Row], columns: Columns) -> tuple[list[dict[str, Any]], list[Row], list[Finding]]:
    contacts: list[dict[str, Any]] = []
    places: list[Row] = []
    findings: list[Finding] = []
    width = len(columns.names)
    for number, cells in chunk:
        if any(cell.strip() for cell in cells[width:]):
            message = _("This row has %(cells)s cells, but there are %(columns)s columns.")
            findings.append((number, cells, None, message % {"cells": len(cells), "columns": width}))
            continue
        contacts.append(columns.contact(cells))
        places.append((number, cells))
    return contacts, places, findings


def _problems(result: BatchResult, places: Sequence[Row], columns: Columns) -> Iterator[Finding]:
    for problem in result.problems:
        _empty, _contacts, index, *rest = problem.pointer.split("/", 3)
        number, cells = places[int(index)]
        yield number, cells, columns.column_of("/" + rest[0]) if rest else None, problem.message


def _problem_rows(item: ContactImport, columns: Columns, findings: list[Finding]) -> Iterator[ImportProblem]:
    for number, cells, column, reason in sorted(findings, key=lambda finding: finding[0]):
        shown = cells[column] if column is not None and column < len(cells) else ""
        yield ImportProblem(
            contact_import=item,
            row=number,
            column=files.shown_name(columns.names[column]) if column is not None else "",
            value=_storable(shown)[:LONGEST_SHOWN],
            reason=reason,
            raw=[_storable(cell) for cell in cells[: files.MOST_COLUMNS]],
        )


def _storable(text: str) -> str:
    return text.replace("\x00", "�")


def _finish(import_id: int, state: str, error: str = "") -> None:
    ContactImport.objects.filter(pk=import_id, state=State.RUNNING).update(
        state=state, error=error, finished_at=clock.now(), lease_until=None
    )
