"""Asked once the count is there: each condition by itself, the reach by channel, why some of them are in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from crmseg.access.roles import signed_in
from crmseg.common import clock
from crmseg.common.ids import read_id
from crmseg.common.problems import InvalidInput
from crmseg.web.formats import number
from segments import catalogue as catalogues
from segments.definition.nodes import All, AnyOf, AtLeast, Not
from segments.definition.parts import Part, take_apart
from segments.engine import funnel
from segments.engine.patience import TookTooLong
from segments.engine.reasons import reasons
from segments.models import Segment

from . import asked, whys

MOST_PEOPLE = 10
_PAGE = re.compile(r"[a-z0-9]{1,20}")
_CHANNELS: dict[str, str | Promise] = {
    "email": gettext_lazy("E-mail"),
    "sms": gettext_lazy("SMS"),
    "phone": gettext_lazy("Phone"),
    "whatsapp": "WhatsApp",
}


@dataclass(frozen=True)
class Line:
    """What is said beside a row. `after` of everyone remain behind it."""

    row: str
    said: str
    after: int
    at: str


def asker(request: HttpRequest, kind: str) -> str:
    """Who asks this kind of question, from which page: a newer question of hers ends the one before."""
    page = request.POST.get("page", "")
    return f"{kind} {request.user.pk} {page}" if _PAGE.fullmatch(page) else ""


@require_POST
@signed_in
def details(request: HttpRequest, segment_id: int | None = None) -> HttpResponse:
    if segment_id is not None:
        get_object_or_404(Segment, pk=segment_id)
    known = catalogues.current()
    given = asked.read(request, known, reader_of=segment_id)
    context: dict[str, Any] = {}
    if given.tree is not None:
        try:
            found = funnel.funnel(given.tree, known, clock.now(), asker=asker(request, "funnel"))
            why = reasons(given.tree, known, _sample(request), clock.now())
        except TookTooLong:
            context["late"] = True
        except InvalidInput:  # changed under our feet; the count says what is wrong
            context["late"] = False
        else:
            context = {
                "found": found,
                "lines": list(_lines(given, found)),
                "reach": [(_CHANNELS.get(name, name), count) for name, count in found.reach.items()],
                "whys": {pk: whys.told(some, known) for pk, some in why.items()},
            }
    return render(request, "segments/builder/details.html", context)


def _sample(request: HttpRequest) -> list[int]:
    said = request.POST.get("sample", "").split(",")[:MOST_PEOPLE]
    return [pk for one in said if (pk := read_id(one)) is not None]


def _lines(given: asked.Asked, found: funnel.Funnel) -> Iterator[Line]:
    """One for each row that has a condition of its own; rows of a definition written as JSON are not there."""
    if given.tree is None or found.kept is None or given.as_text:
        return
    root = take_apart(given.tree)
    together = _gathering(root)
    for pointer, kept in found.kept.items():
        row = given.decoded.rows.get(pointer)
        if row is None:
            continue
        said = ngettext("%(n)s matches", "%(n)s match", kept.alone) % {"n": number(kept.alone)}
        after = kept.alone if kept.after is None else kept.after
        if kept.after is not None and pointer in together:
            said += " · " + _("%(n)s together") % {"n": number(after)}
        elif kept.after is not None:
            said += " · " + ngettext("%(n)s remains", "%(n)s remain", after) % {"n": number(after)}
        yield Line(row, said, after, pointer)


def _gathering(root: Part) -> set[str]:
    """Where each further condition lets more people in, rather than fewer."""
    turned = {child for part in root.each() if isinstance(part.node, Not) for child in part.present}
    found: set[str] = set()
    for part in root.each():
        is_list = isinstance(part.node, All | AnyOf | AtLeast)
        if is_list and isinstance(part.node, All) == (part in turned):
            found |= {child.pointer for child in part.present}
    return found
