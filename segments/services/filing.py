"""Folders, and the lists and tags that people sort by them. What is in a list is never touched."""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import json
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import shelves
from ..engine import locks
from ..models import Folder, Segment
from .details import tag_problems
from .holding import refuse_archived

LONGEST_FOLDER = 100


def create_folder(*, name: str, parent: int | None = None, actor: Actor) -> Folder:
    """A folder at the top, or in one that stands there."""
    with transaction.atomic():
        above = None
        if parent is not None:
            above = Folder.objects.select_for_update().filter(pk=parent).first()
            if above is None:
                raise InvalidInput([Problem("/parent", _("There is no such folder."))])
            if above.parent_id is not None:
                raise InvalidInput([Problem("/parent", _("A folder inside a folder holds lists, not folders."))])
        folder = _save(Folder(name=_read_name(name), parent=above))
        audit.record(actor, "created", folder)
    return folder


def rename_folder(folder_id: int, name: str, *, actor: Actor) -> Folder:
    with transaction.atomic():
        folder = Folder.objects.select_for_update().get(pk=folder_id)
        before, folder.name = folder.name, _read_name(name)
        _save(folder)
        audit.record(actor, "updated", folder, {"name": folder.name}, before={"name": before})
    return folder


def delete_folder(folder_id: int, *, actor: Actor) -> int:
    """Delete a folder and those inside it; return how many lists stand in none now. No list is deleted."""
    with transaction.atomic():
        locks.lock_graph()
        folder = Folder.objects.select_for_update().get(pk=folder_id)
        filed = Segment.objects.filter(folder__in=shelves.with_inside(folder_id)).order_by("pk")
        unfiled = len(filed.select_for_update(no_key=True, of=("self",)))
        audit.record(actor, "deleted", folder, {"lists": unfiled})
        folder.delete()
    return unfiled


def file_lists(segment_ids: Collection[int], folder: int | None, *, actor: Actor) -> int:
    """Put lists into a folder, or out of every one; return how many stood elsewhere before."""
    place = Folder.objects.filter(pk=folder).first() if folder is not None else None
    if folder is not None and place is None:
        raise InvalidInput([Problem("/folder", _("There is no such folder."))])

    def put(segment: Segment) -> None:
        segment.folder = place

    return _change(segment_ids, put, "folder", actor)


def tag_lists(
    segment_ids: Collection[int], *, add: Collection[str] = (), remove: Collection[str] = (), actor: Actor
) -> int:
    """Give tags to lists and take others away; return how many lists changed."""
    added, gone = shelves.spelled(add), {tag.casefold() for tag in remove}

    def sort(segment: Segment) -> None:
        kept = [tag for tag in segment.tags if tag.casefold() not in gone]
        has = {tag.casefold() for tag in kept}
        segment.tags = [*kept, *(tag for tag in added if tag.casefold() not in has)]
        if problems := tag_problems(segment.tags):
            raise InvalidInput(problems)

    return _change(segment_ids, sort, "tags", actor)


def _change(segment_ids: Collection[int], change: Callable[[Segment], None], column: str, actor: Actor) -> int:
    changed = 0
    with transaction.atomic():
        locks.lock_graph()
        rows = Segment.objects.filter(pk__in=segment_ids).select_related("folder").order_by("pk")
        for segment in rows.select_for_update(no_key=True, of=("self",)):
            refuse_archived(segment)
            before = getattr(segment, column)
            change(segment)
            after = getattr(segment, column)
            if after != before:
                segment.save(update_fields=[column, "updated_at"])
                audit.record(actor, "updated", segment, {column: after}, before={column: before})
                changed += 1
    return changed


def _read_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip() or not json.is_storable(name):
        raise InvalidInput([Problem("/name", _("Give the folder a name."))])
    if len(name.strip()) > LONGEST_FOLDER:
        raise InvalidInput([Problem("/name", _("Use at most %(n)s characters.") % {"n": LONGEST_FOLDER})])
    return name.strip()


def _save(folder: Folder) -> Folder:
    try:
        with transaction.atomic():
            folder.save()
    except IntegrityError as error:
        if "segments_folder_name_once" in str(error):
            raise Conflict([Problem("/name", _("Another folder here has this name."))]) from None
        raise
    return folder
