"""Keys of programs. The text of a key is shown once, in the answer that made it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ..actors import actor_of, person_of
from ..forms import KeyForm
from ..models import ApiKey
from ..roles import role_required
from ..services import create_key, revoke_key, rotate_key


@never_cache
@require_http_methods(["GET", "POST"])
@role_required("admin")
def keys(request: HttpRequest) -> HttpResponseBase:
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        key, text = create_key(**form.cleaned_data, actor=actor_of(request), created_by=person_of(request))
        return _shown_once(request, key, text)
    everything = ApiKey.objects.select_related("created_by").order_by("revoked", "-created")
    shown = {"keys": everything, "form": form, "here": "keys"}
    return render(request, "access/keys.html", shown, status=400 if form.errors else 200)


@never_cache
@require_POST
@role_required("admin")
def rotate(request: HttpRequest, prefix: str) -> HttpResponseBase:
    get_object_or_404(ApiKey, prefix=prefix, revoked=False)
    return _shown_once(request, *rotate_key(prefix, actor=actor_of(request)))


@require_POST
@role_required("admin")
def revoke(request: HttpRequest, prefix: str) -> HttpResponseBase:
    key = revoke_key(get_object_or_404(ApiKey, prefix=prefix).prefix, actor=actor_of(request))
    messages.success(request, _("The key %(key)s no longer works.") % {"key": key})
    return redirect("access:keys")


def _shown_once(request: HttpRequest, key: ApiKey, text: str) -> HttpResponseBase:
    return render(request, "access/key_made.html", {"key": key, "text": text, "here": "keys"})
