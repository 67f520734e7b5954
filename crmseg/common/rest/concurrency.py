"""Updates that do not overwrite what their sender has not seen.

Reads answer with an ETag (`headers={"ETag": etag_of(obj)}`); an update that carries it back in If-Match happens only
if nothing came in between:

    with if_match(request, Contact.objects.all(), pk):
        contact = services.update_contact(pk, data=…, actor=…)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework.request import Request

from crmseg.common.problems import InvalidInput

M = TypeVar("M", bound=Model)


class PreconditionFailed(InvalidInput):
    status = 412


def etag_of(obj: Model) -> str:
    """The state of `obj` as an ETag: changes whenever its `version` or `updated_at` does, or any column of what has
    neither."""
    stamps = [getattr(obj, name) for name in ("version", "updated_at") if hasattr(obj, name)]
    stamps = stamps or [field.value_from_object(obj) for field in obj._meta.concrete_fields]
    parts = [obj._meta.label, obj.pk, *stamps]
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def check_if_match(request: Request, etag: str) -> None:
    """Refuse with 412 when the request asks for another state than `etag`."""
    wanted = parse_etags(request.headers.get("If-Match", "*"))
    if wanted != ["*"] and etag not in wanted:
        raise PreconditionFailed(_("This was changed in the meantime: read it again, then repeat the change."))


@contextmanager
def if_match(request: Request, queryset: QuerySet[M], pk: Any) -> Iterator[None]:
    """A transaction in which the row `pk` is still as the request's If-Match says. Without that header, nothing."""
    if "If-Match" not in request.headers:
        yield
        return
    with transaction.atomic():
        obj = queryset.select_for_update(of=("self",)).filter(pk=pk).first()
        if obj is None:
            raise Http404
        check_if_match(request, etag_of(obj))
        yield
