"""How long things are kept. What a shorter term would delete is shown before it is saved."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from .. import retention as keeping
from ..actors import actor_of
from ..forms import RetentionForm
from ..roles import role_required


@require_http_methods(["GET", "POST"])
@role_required("admin")
def retention(request: HttpRequest) -> HttpResponseBase:
    present = keeping.chosen()
    initial = {kept.key: present[kept.key].days if kept.key in present else 0 for kept in keeping.kinds()}
    form = RetentionForm(request.POST or None, initial=initial)
    effects: list[keeping.Effect] = []
    if request.method == "POST" and form.is_valid():
        effects = keeping.effects(form.cleaned_data)
        if not effects or "sure" in request.POST:
            keeping.keep_for(form.cleaned_data, actor=actor_of(request))
            messages.success(request, _("Saved. What is too old is deleted every night."))
            return redirect("access:retention")
    labels = {kept.key: kept.label for kept in keeping.kinds()}
    pruned = [(labels.get(kind, kind), row) for kind, row in present.items() if row.pruned_at]
    shown = {"form": form, "effects": effects, "pruned": pruned, "here": "retention"}
    return render(request, "access/retention.html", shown, status=400 if form.errors else 200)
