"""Branches of other lists: the tree of a list to choose from, and the chosen node as rows of this one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from crmseg.access.roles import signed_in
from segments import catalogue as catalogues
from segments.definition import describe
from segments.definition.load import load
from segments.definition.parts import Part, take_apart
from segments.definition.schema import Catalogue
from segments.models import Segment

from . import rows
from .draft import Draft
from .encode import encode

DEEPEST = 6
"""Deeper nodes are drawn no further in."""


@dataclass(frozen=True)
class Branch:
    """A node to choose: where it stands, how deep, and what it says."""

    pointer: str
    depth: int
    sentence: str


@require_GET
@signed_in
def branches(request: HttpRequest) -> HttpResponse:
    """The nodes of `?branch_list=`, in the order of reading. InvalidInput where it can no longer be read."""
    definition, known = _definition(request.GET.get("branch_list", "")), catalogues.current()
    found = list(_branches(take_apart(load(definition, known)), known))
    return render(request, "segments/builder/branches.html", {"branches": found})


@require_POST
@signed_in
def branch(request: HttpRequest) -> HttpResponse:
    """The node at `pointer` of `list`, as rows with ids of their own."""
    known = catalogues.current()
    found = _at(_definition(request.POST.get("list", "")), request.POST.get("pointer", ""))
    return HttpResponse(rows.render(_draft(found, known), known, depth=1))


def _definition(said: str) -> Any:
    number = int(said) if said.isdecimal() and len(said) < 19 else 0
    listed = Segment.unarchived.filter(pk=number, definition__isnull=False).first()
    if listed is None:
        raise Http404
    return listed.definition


def _branches(part: Part, known: Catalogue, depth: int = 0) -> Iterator[Branch]:
    yield Branch(part.pointer, min(depth, DEEPEST), part.label or describe.say(part.node, known))
    for child in part.children:
        yield from _branches(child, known, depth + 1)


def _at(definition: Any, pointer: str) -> Any:
    """What stands at a JSON Pointer; 404 where nothing does."""
    found = definition
    for step in pointer.split("/")[1:]:
        try:
            found = found[int(step)] if isinstance(found, list) else found[step]
        except (LookupError, ValueError, TypeError) as error:
            raise Http404 from error
    if not isinstance(found, dict):
        raise Http404
    return found


def _draft(raw: Any, known: Catalogue) -> Draft:
    """A lone condition comes without the group that a page of its own would put around it."""
    root = encode(raw, known)
    return root.children[0] if root.first("bare") and len(root.children) == 1 else root
