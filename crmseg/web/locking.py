"""Pages that do not overwrite what their reader has not seen.

A page carries the state that it shows: `<input type="hidden" name="seen" value="{{ seen }}">`, where `seen` is
`state_of(obj, FIELDS)`. What it sends back is saved only while that is still the state:

    try:
        with locking.unchanged(request, Contact.objects.all(), pk, FIELDS):
            services.update_contact(…)
    except locking.ChangedMeanwhile as error:
        context["changed"] = locking.told(error, form, url=…)   # for components/changed_meanwhile.html
        return render(request, page, context, status=409)

The page comes back with all that was typed. Its notice lists theirs and yours; “Keep mine” sends the new state as
`keep`, “Take theirs” opens the page anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput
from crmseg.common.rest.concurrency import etag_of

M = TypeVar("M", bound=Model)
Shown = Sequence[str] | Callable[[M], object]
"""The fields that a page shows, or a function that gives what it shows."""


@dataclass(frozen=True)
class Difference:
    """What one field holds now, and what the reader wanted it to hold."""

    label: str
    theirs: Any
    yours: Any


@dataclass(frozen=True)
class Changed:
    """What `components/changed_meanwhile.html` shows. `seen` is the state as it is now."""

    seen: str
    url: str
    who: str = ""
    when: datetime | None = None
    differences: list[Difference] = field(default_factory=list)


class ChangedMeanwhile(InvalidInput, Generic[M]):
    """Somebody else saved `obj` since the page was drawn. Nothing was changed."""

    status = 409

    def __init__(self, obj: M, seen: str):
        super().__init__(_("This was changed in the meantime: read it again, then repeat the change."))
        self.obj, self.seen = obj, seen


def state_of(obj: M, shown: Shown[M] = ()) -> str:
    """The state of what is shown of `obj`; without a word, whatever its `version` or `updated_at` tell apart.

    Say what is shown where other things move the row, too: a list is touched by every build.
    """
    if callable(shown):
        values = shown(obj)
    elif shown:
        values = [obj.serializable_value(name) for name in shown]
    else:
        return etag_of(obj).strip('"')
    said = repr([obj._meta.label, obj.pk, values])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def seen_by(request: HttpRequest) -> str:
    """The state that the sender has seen; empty where the page did not say."""
    return request.POST.get("keep") or request.POST.get("seen", "")


@contextmanager
def unchanged(request: HttpRequest, queryset: QuerySet[M], pk: Any, shown: Shown[M] = ()) -> Iterator[M]:
    """A transaction in which the row is still as its sender saw it, or ChangedMeanwhile. Without `seen`, no question.

    Of a list, take `segments.services.builds.editing()` around it: the row is locked here.
    """
    with transaction.atomic():
        obj = queryset.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
        if obj is None:
            raise Http404
        state, seen = state_of(obj, shown), seen_by(request)
        if seen and seen != state:
            raise ChangedMeanwhile(obj, state)
        yield obj


def told(
    error: ChangedMeanwhile[Any],
    yours: BaseForm | Mapping[str, Any],
    *,
    url: str,
    theirs: Mapping[str, Any] | None = None,
    who: str = "",
    when: datetime | None = None,
    labels: Mapping[str, str | Promise] | None = None,
) -> Changed:
    """The conflict as the page tells it: the fields of a bound form, or of a mapping, that differ from what is saved.

    What is saved is read from the row, or from `theirs` where it is no column.
    """
    known = {name: str(label) for name, label in (labels or {}).items()}
    if isinstance(yours, BaseForm):
        known = {name: str(one.label or name) for name, one in yours.fields.items()} | known
        wanted = {name: yours[name].value() for name in yours.fields}
    else:
        wanted = dict(yours)
    saved = {name: getattr(error.obj, name) for name in wanted if hasattr(error.obj, name)} | dict(theirs or {})
    differences = [
        Difference(known.get(name, name), saved[name], mine)
        for name, mine in wanted.items()
        if name in saved and _said(saved[name]) != _said(mine)
    ]
    when = when or cast("datetime | None", getattr(error.obj, "updated_at", None))
    return Changed(error.seen, url, who, when, differences)


def _said(value: Any) -> str:
    """As a form writes it: nothing, an unchecked box and an empty text are the same."""
    if value in (None, False, "", []):
        return ""
    return str(value.pk if isinstance(value, Model) else value).strip()
