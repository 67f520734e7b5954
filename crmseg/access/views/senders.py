"""Who campaigns come from."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crmseg.common.problems import InvalidInput
from crmseg.web.problems import add_to_form

from ..actors import actor_of
from ..forms import SenderForm
from ..models import Sender
from ..roles import role_required
from ..senders import delete_sender, save_sender

FIELDS = ("name", "address", "reply_to", "is_default")


@require_http_methods(["GET", "POST"])
@role_required("admin")
def senders(request: HttpRequest) -> HttpResponseBase:
    return _page(request, None)


@require_http_methods(["GET", "POST"])
@role_required("admin")
def sender(request: HttpRequest, sender_id: int) -> HttpResponseBase:
    return _page(request, get_object_or_404(Sender, pk=sender_id))


@require_POST
@role_required("admin")
def delete(request: HttpRequest, sender_id: int) -> HttpResponseBase:
    found = get_object_or_404(Sender, pk=sender_id)
    delete_sender(found.pk, actor=actor_of(request))
    messages.success(request, _("%(sender)s was deleted.") % {"sender": found})
    return redirect("access:senders")


def _page(request: HttpRequest, found: Sender | None) -> HttpResponseBase:
    form = SenderForm(request.POST or None, initial={key: getattr(found, key) for key in FIELDS} if found else None)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_sender(found.pk if found else None, **form.cleaned_data, actor=actor_of(request))
        except InvalidInput as error:
            add_to_form(form, error)
        else:
            messages.success(request, _("%(sender)s was saved.") % {"sender": saved})
            return redirect("access:senders")
    everyone = Sender.objects.order_by("-is_default", "name", "pk")
    shown = {"senders": everyone, "sender": found, "form": form, "here": "senders"}
    return render(request, "access/senders.html", shown, status=400 if form.errors else 200)
