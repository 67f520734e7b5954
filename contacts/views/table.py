"""The contacts table and the companies table: every state of them has an address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from crmseg.access.actors import person_of
from crmseg.access.models import User
from crmseg.access.roles import signed_in
from crmseg.web import htmx

from .. import company_selection, filters, saved_views, selection
from ..models import OfTable, SavedView
from . import grid
from .grid import Grid

READY = {"": _("All"), "leads": _("Leads"), "customers": _("Customers")}
# What a ready view keeps of the address when another one is chosen.
KEPT_BETWEEN_READY = ("q", "segment", "filter", "sort", "columns")


@require_GET
@signed_in
def contacts(request: HttpRequest) -> HttpResponseBase:
    user = person_of(request)
    habit = saved_views.habit(user, OfTable.CONTACTS)
    if habit.opens and not request.GET:
        return redirect(f"{request.path}?view={habit.opens}")
    asked = selection.read(request.GET, user)
    rows, alone = asked.found()
    shown = grid.build(
        request,
        OfTable.CONTACTS,
        rows,
        asked.query,
        habit,
        sort="-created",
        narrowed=asked.narrows,
        alone=alone,
    )
    query = {"view": asked.stage, "q": asked.q, **asked.narrowed}
    context = _context(request, user, shown, asked.view, asked.stage, query)
    context |= _narrowed(request, asked.narrowed, asked.view, shown, context["view_key"], query)
    context |= {
        "list_url": _address("segments:list_from_table", {}),
        "export_url": f"{reverse('contacts:export')}?{request.GET.urlencode()}",
        "is_filtered": asked.narrows,
    }
    return htmx.varying(render(request, "contacts/table.html", context))


@require_GET
@signed_in
def companies(request: HttpRequest) -> HttpResponseBase:
    user = person_of(request)
    habit = saved_views.habit(user, OfTable.COMPANIES)
    if habit.opens and not request.GET:
        return redirect(f"{request.path}?view={habit.opens}")
    asked = company_selection.read(request.GET, user)
    rows = asked.companies()
    shown = grid.build(request, OfTable.COMPANIES, rows, asked.query, habit, sort="name", narrowed=asked.narrows)
    query = {"q": asked.q, **asked.narrowed}
    context = _context(request, user, shown, asked.view, "", query)
    context |= _narrowed(request, asked.narrowed, asked.view, shown, context["view_key"], {"table": shown.name})
    context |= {
        "export_url": f"{reverse('contacts:companies-export')}?{request.GET.urlencode()}",
        "is_filtered": asked.narrows,
    }
    return htmx.varying(render(request, "companies/table.html", context))


_SHOWN = ("sort", "page", "columns")
"""The parameters of an address that say how rows are shown, and not which."""


def _given(request: HttpRequest) -> dict[str, str]:
    return {key: str(value) for key, value in request.GET.items()}


def _context(
    request: HttpRequest, user: User, shown: Grid, view: SavedView | None, stage: str, query: Mapping[str, str]
) -> dict[str, Any]:
    """`query`: what narrows the table now, the view's part included."""
    now = {**query, "sort": shown.table.sort, "columns": shown.columns}
    here = str(view.pk) if view else stage
    return {
        "grid": shown,
        "table": shown.table,
        "q": query["q"],
        "view": view,
        "view_key": here,
        "views": _tabs(request, user, shown, here, view),
        "now_query": urlencode({key: value for key, value in now.items() if value}),
        "changed": view is not None and _differs(view, _given(request)),
        "may_change": view is not None and saved_views.may_change(user, view),
        "opens_here": shown.habit.opens == here,
        "hidden": [(key, request.GET[key]) for key in ("view", "filter", "columns", "sort") if key in request.GET],
    }


def _narrowed(
    request: HttpRequest,
    narrowed: Mapping[str, str],
    view: SavedView | None,
    shown: Grid,
    here: str,
    query: Mapping[str, str],
) -> dict[str, Any]:
    """What upper rooms narrow the table by, and where that is changed."""
    asked = {**_given(request), **narrowed, **query, "view": here, "page": ""}
    return {
        "lists": filters.choices("segment"),
        "segment": narrowed.get("segment", ""),
        "filter": narrowed.get("filter", ""),
        "filter_says": filters.say("filter", narrowed.get("filter", "")),
        "filter_url": _address("segments:filter", asked),
        "without_filter": shown.table.url(filter="" if view and view.query.get("filter") else None, page=None),
        "selection_query": urlencode({key: value for key, value in _given(request).items() if key not in _SHOWN}),
    }


def _tabs(
    request: HttpRequest, user: User, shown: Grid, here: str, view: SavedView | None
) -> list[tuple[str, Any, str, bool]]:
    kept = {} if view else {key: value for key, value in _given(request).items() if key in KEPT_BETWEEN_READY}
    ready = READY if shown.name == OfTable.CONTACTS else {"": READY[""]}
    tabs: list[tuple[str, Any, str, bool]] = []
    for key, label in ready.items():
        named = {"view": key or (selection.ALL if shown.habit.opens else "")} | kept
        tabs.append((key, label, _with(request.path, named), key == here))
    for saved in saved_views.visible(user, shown.name):
        tabs.append((str(saved.pk), saved.name, _with(request.path, {"view": str(saved.pk)}), str(saved.pk) == here))
    return tabs


def _differs(view: SavedView, given: Mapping[str, str]) -> bool:
    asked = {key: value for key, value in given.items() if key in saved_views.KEPT and key != "view"}
    return any(view.query.get(key, "") != value for key, value in asked.items())


def _with(path: str, query: Mapping[str, str]) -> str:
    text = urlencode({key: value for key, value in query.items() if value})
    return f"{path}?{text}" if text else path


def _address(name: str, query: Mapping[str, str]) -> str:
    """A page of an upper room, or nothing where it has none."""
    try:
        return _with(reverse(name), query)
    except NoReverseMatch:
        return ""
