"""Writes that may be repeated: with an Idempotency-Key, the same request is carried out once and answered alike.

The claim on the key, the write and the kept answer share one transaction. A repeat that comes while the first is
still running waits for it; a crash leaves neither the write nor the claim; a refused write may be sent again.
Views that write take the mixin first: `class ContactViewSet(IdempotentWrites, ViewSet)`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.common import json
from crmseg.common.clock import now
from crmseg.common.problems import InvalidInput

from .models import ApiKey, IdempotentAnswer

if TYPE_CHECKING:
    from rest_framework.views import APIView
else:
    APIView = object

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(days=1)
Handler = Callable[..., HttpResponseBase]


class KeyReused(InvalidInput):
    status = 422


# No docstring: it would describe the operations of every view in the OpenAPI document.
class IdempotentWrites(APIView):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = (request.method or "").lower()
        handler = getattr(self, method, None)
        if handler and request.method not in SAFE_METHODS and HEADER in request.headers:
            setattr(self, method, partial(_once, handler))  # where the view looks for its handler next


def _once(handler: Handler, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
    key, owner, content = _key(request), _owner(request), _content(request)
    _forget_old()
    with transaction.atomic():
        # The unique constraint makes a second claim wait here until the first has committed or given up.
        claim = IdempotentAnswer(owner=owner, key=key, request_hash=content, created_at=now())
        IdempotentAnswer.objects.bulk_create([claim], ignore_conflicts=True)
        answer = IdempotentAnswer.objects.get(owner=owner, key=key)
        if answer.status is not None:
            return _replay(answer, content)
        response = handler(request, *args, **kwargs)
        if response.status_code >= 400:
            transaction.set_rollback(True)
        elif isinstance(response, Response):
            body = b"" if response.data is None else json.dumps(response.data)
            IdempotentAnswer.objects.filter(pk=answer.pk).update(status=response.status_code, body=body)
        return response


def _key(request: Request) -> str:
    key = request.headers[HEADER]
    if not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
        raise InvalidInput(_("The Idempotency-Key must be 1 to 255 printable ASCII characters."))
    return key


def _owner(request: Request) -> str:
    return f"key:{request.auth.prefix}" if isinstance(request.auth, ApiKey) else f"user:{request.user.pk}"


def _content(request: Request) -> str:
    """A fingerprint of what is asked."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    data = request.data
    if isinstance(data, MultiValueDict):
        for name, values in sorted(data.lists()):
            for value in values:
                digest.update(f"\n{name}=".encode())
                if isinstance(value, UploadedFile):
                    for chunk in value.chunks():
                        digest.update(chunk)
                    value.seek(0)
                else:
                    digest.update(value.encode())
    else:
        digest.update(json.canonical(data))
    return digest.hexdigest()


def _replay(answer: IdempotentAnswer, content: str) -> HttpResponse:
    if answer.request_hash != content:
        raise KeyReused(_("This Idempotency-Key was used for another request."))
    response = HttpResponse(bytes(answer.body or b""), status=answer.status, content_type="application/json")
    response["Idempotency-Replayed"] = "true"
    return response


def _forget_old() -> None:
    table = connection.ops.quote_name(IdempotentAnswer._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            DELETE FROM {table} WHERE id IN (
                SELECT id FROM {table} WHERE created_at < %s ORDER BY created_at LIMIT 100 FOR UPDATE SKIP LOCKED
            )
            """,
            [now() - KEPT_FOR],
        )
