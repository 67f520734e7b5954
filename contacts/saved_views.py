"""What people keep of their tables. Filters are content-addressed; views belong to a person or to everyone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.access.models import User
from crmseg.access.roles import has_role
from crmseg.common import clock, json
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .models import SavedFilter, SavedView, TableHabit

FILTERS_KEPT = timedelta(days=90)
TO_THE_DAY = timedelta(days=1)
READY = ("leads", "customers")
LONGEST_NAME = 80
MOST_VIEWS = 200
KEPT = ("view", "q", "segment", "filter", "sort", "columns")
"""The parameters of an address that a view remembers; `view` is the ready one it began from."""


def keep_filter(definition: Any) -> str:
    """The token under which an address names `definition`: the same one for the same definition, whoever asks."""
    text = json.dumps(_ordered(definition))
    token = hashlib.blake2s(text, digest_size=12).hexdigest()
    SavedFilter.objects.update_or_create(
        token=token, defaults={"used_at": clock.now()}, create_defaults={"definition": definition}
    )
    return token


def definition_of(token: str) -> Any:
    """The definition kept under `token`; InvalidInput where there is none."""
    kept = SavedFilter.objects.filter(token=token[:32]).first()
    if kept is None:
        raise InvalidInput([Problem("/filter", _("There is no such filter: its address is wrong or incomplete."))])
    if kept.used_at < clock.now() - TO_THE_DAY:
        SavedFilter.objects.filter(pk=kept.pk).update(used_at=clock.now())
    return kept.definition


def forget_filters() -> int:
    """Those that nobody opened for long, and that no view shows."""
    viewed = SavedView.objects.filter(query__has_key="filter").values_list("query__filter", flat=True)
    unused = SavedFilter.objects.filter(used_at__lt=clock.now() - FILTERS_KEPT)
    return unused.exclude(pk__in=list(viewed)).delete()[0]


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def visible(user: User, table: str) -> QuerySet[SavedView]:
    """Everyone's and one's own, in the order of the tabs."""
    return SavedView.objects.filter(Q(shared=True) | Q(owner=user), table=table).order_by("-shared", "name", "pk")


def find(user: User, table: str, asked: str) -> SavedView:
    """The view that an address names; InvalidInput where there is none, or none for this person."""
    known = visible(user, table).filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 18 else None
    if known is None:
        raise InvalidInput([Problem("/view", _("There is no such view, or it is somebody else's."))])
    return known


def may_change(user: User, view: SavedView) -> bool:
    """One's own always; everyone's by those who may write."""
    return view.owner_id == user.pk or (view.shared and has_role(user, "marketer"))


def save_view(user: User, table: str, name: str, query: Mapping[str, str], *, shared: bool = False) -> SavedView:
    """Keep a table's address under a name; for everyone, where the person may write."""
    with transaction.atomic():
        view = SavedView(table=table, owner=user, name=_name(name), query=_kept(query))
        view.shared = shared and has_role(user, "marketer")
        if visible(user, table).count() >= MOST_VIEWS:
            raise InvalidInput([Problem("/name", _("There are too many views already: delete one first."))])
        return _store(user, view, "created")


def replace_view(user: User, table: str, view_id: int, query: Mapping[str, str]) -> SavedView:
    """What the view shows from now on."""
    with transaction.atomic():
        view = _own(user, table, view_id)
        view.query = _kept(query)
        return _store(user, view, "updated")


def _kept(query: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in query.items() if key in KEPT and value}


def rename_view(user: User, table: str, view_id: int, name: str, *, shared: bool) -> SavedView:
    with transaction.atomic():
        view = _own(user, table, view_id)
        view.name = _name(name)
        if has_role(user, "marketer"):
            view.shared = shared
        if not view.shared:
            TableHabit.objects.filter(table=table, opens=str(view.pk)).exclude(user=view.owner_id).update(opens="")
        return _store(user, view, "updated")


def delete_view(user: User, table: str, view_id: int) -> str:
    """Gone for everyone who saw it; those whose table opened with it see all rows instead."""
    with transaction.atomic():
        view = _own(user, table, view_id)
        if view.shared:
            audit.record(user.actor(), "deleted", view)
        TableHabit.objects.filter(table=table, opens=str(view.pk)).update(opens="")
        view.delete()
        return view.name


def _own(user: User, table: str, view_id: int) -> SavedView:
    view = visible(user, table).select_for_update(of=("self",)).filter(pk=view_id).first()
    if view is None or not may_change(user, view):
        raise InvalidInput([Problem("/view", _("There is no such view, or it is somebody else's."))])
    return view


def _store(user: User, view: SavedView, action: str) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise Conflict([Problem("/name", _("There is a view of this name already."))]) from error
    if view.shared:
        audit.record(user.actor(), action, view, {"query": view.query})
    return view


def _name(given: str) -> str:
    name = " ".join(given.replace("\x00", "").split())
    if not name:
        raise InvalidInput([Problem("/name", _("Give the view a name."))])
    if len(name) > LONGEST_NAME:
        raise InvalidInput([Problem("/name", _("A name has at most %(most)s characters.") % {"most": LONGEST_NAME})])
    return name


def habit(user: User, table: str) -> TableHabit:
    """How this person likes the table; not saved while nothing was chosen."""
    return TableHabit.objects.filter(user=user, table=table).first() or TableHabit(user=user, table=table)


def keep_columns(user: User, table: str, columns: str) -> None:
    TableHabit.objects.update_or_create(user=user, table=table, defaults={"columns": columns})


def keep_query(user: User, table: str, query: Mapping[str, str]) -> None:
    """What narrows and sorts the table for this person from now on."""
    TableHabit.objects.update_or_create(user=user, table=table, defaults={"query": dict(query)})


def open_with(user: User, table: str, view: str) -> None:
    """`view`: a ready one, the id of a saved one, or "" for all rows."""
    if view and view not in READY:
        find(user, table, view)
    TableHabit.objects.update_or_create(user=user, table=table, defaults={"opens": view})
