"""Whom nobody may write to: the table, what adds to it, and what takes from it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.channels import CHANNELS
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common import clock
from crmseg.common.ids import LARGEST_ID, read_id
from crmseg.common.problems import InvalidInput
from crmseg.web import formats, htmx, problems
from crmseg.web.tables import Column, Table

from .. import suppression_file, suppressions
from ..models import Suppression
from ..rule_forms import SuppressFileForm, SuppressForm, SuppressListForm
from ..ways import ADDRESSED

COLUMNS = {
    "address": Column(gettext_lazy("Address or domain"), order=("address",)),
    "channel": Column(gettext_lazy("Channel"), order=("channel",)),
    "reason": Column(gettext_lazy("Reason"), order=("reason",)),
    "created": Column(gettext_lazy("Since"), order=("created_at",), descending_first=True),
}
CHOICES = {"channel": ADDRESSED, "reason": tuple(Suppression.Reason.values), "kind": ("address", "domain")}
SHOWN_PROBLEMS = 20


@require_GET
@signed_in
def table(request: HttpRequest) -> HttpResponseBase:
    return _page(request, SuppressForm(), SuppressFileForm(), SuppressListForm())


@require_GET
@signed_in
def export(request: HttpRequest) -> HttpResponseBase:
    """What is filtered now, as a file that can be uploaded again."""
    rows = suppressions.found(**_chosen(request)).order_by("pk")
    response = StreamingHttpResponse(suppressions.as_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="suppressions-{clock.now():%Y-%m-%d}.csv"'
    return response


@require_POST
@role_required("marketer")
def add(request: HttpRequest) -> HttpResponseBase:
    form = SuppressForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            done = suppressions.suppress(
                channel=given["channel"], addresses=form.lines, note=given["note"], actor=actor_of(request)
            )
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            said = [
                f"“{form.lines[int(problem.pointer.rpartition('/')[2])][:80]}”: {problem.message}"
                for problem in done.problems
            ]
            if not said:
                _tell(request, done)
                return redirect("campaigns:suppressions")
            for one in said[:SHOWN_PROBLEMS]:
                form.add_error("addresses", one)
            if done.created or done.known:
                _tell(request, done)
    return _page(request, form, SuppressFileForm(), SuppressListForm())


@require_POST
@role_required("marketer")
def upload(request: HttpRequest) -> HttpResponseBase:
    form = SuppressFileForm(request.POST, request.FILES)
    if form.is_valid():
        file: Any = form.cleaned_data["file"]
        channel = form.cleaned_data["channel"]
        try:
            done = suppression_file.suppress_file(file, file.size, channel=channel, actor=actor_of(request))
            told = done.problems
        except InvalidInput as error:
            done, told = None, error.problems
        for problem in told[:SHOWN_PROBLEMS]:
            form.add_error("file", problem.message)
        if len(told) > SHOWN_PROBLEMS:
            said = _("%(count)s further rows could not be read either.")
            form.add_error("file", said % {"count": formats.number(len(told) - SHOWN_PROBLEMS)})
        if done is not None:
            _tell(request, done)
            if not told:
                return redirect("campaigns:suppressions")
    return _page(request, SuppressForm(), form, SuppressListForm())


@require_POST
@role_required("marketer")
def add_list(request: HttpRequest) -> HttpResponseBase:
    form = SuppressListForm(request.POST)
    if form.is_valid():
        try:
            suppressions.suppress_list(**form.cleaned_data, actor=actor_of(request))
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            messages.success(request, _("Nobody of this list is written to from now on."))
            return redirect("campaigns:suppressions")
    return _page(request, SuppressForm(), SuppressFileForm(), form)


@require_POST
@role_required("marketer")
def lift_list(request: HttpRequest, suppressed_id: int) -> HttpResponseBase:
    suppressions.lift_list(min(suppressed_id, LARGEST_ID), actor=actor_of(request))
    messages.success(request, _("The list is written to again."))
    return redirect("campaigns:suppressions")


@require_http_methods(["POST"])
@role_required("marketer")
def lift(request: HttpRequest) -> HttpResponseBase:
    """Those that are ticked, or the one whose button it was."""
    ids = [pk for one in request.POST.getlist("ids")[:10_000] if (pk := read_id(one)) is not None]
    lifted = suppressions.lift(ids, actor=actor_of(request))
    said = ngettext("%(n)s address can be written to again.", "%(n)s addresses can be written to again.", lifted)
    messages.success(request, said % {"n": formats.number(lifted)})
    return redirect("campaigns:suppressions")


def _tell(request: HttpRequest, done: suppressions.Added) -> None:
    said = ngettext("%(n)s address was suppressed.", "%(n)s addresses were suppressed.", done.created)
    known = ngettext("%(n)s was already.", "%(n)s were already.", done.known)
    parts = [said % {"n": formats.number(done.created)}]
    parts += [known % {"n": formats.number(done.known)}] if done.known else []
    messages.success(request, " ".join(parts))


def _chosen(request: HttpRequest) -> dict[str, str]:
    chosen = {key: request.GET.get(key, "") for key in CHOICES}
    chosen = {key: word if word in CHOICES[key] else "" for key, word in chosen.items()}
    return chosen | {"q": request.GET.get("q", "").strip()[:200].replace("\x00", "")}


def _page(
    request: HttpRequest, form: SuppressForm, file_form: SuppressFileForm, list_form: SuppressListForm
) -> HttpResponseBase:
    chosen = _chosen(request)
    shown = Table(request, suppressions.found(**chosen), COLUMNS, sort="-created", id="suppressions")
    rows: list[Any] = shown.rows
    query = request.GET.urlencode()
    context = {
        "table": shown,
        "rows": [(row, CHANNELS[row.channel].label if row.channel in CHANNELS else row.channel) for row in rows],
        "lists": [
            (row, known, CHANNELS[row.channel].label if row.channel in CHANNELS else row.channel)
            for row, known in suppressions.lists()
        ],
        "form": form,
        "file_form": file_form,
        "list_form": list_form,
        "chosen": chosen,
        "is_filtered": any(chosen.values()),
        "channels": [(key, CHANNELS[key].label) for key in ADDRESSED],
        "reasons": Suppression.Reason.choices,
        "export_url": reverse("campaigns:export-suppressions") + (f"?{query}" if query else ""),
        "here": "suppressions",
    }
    wrong = form.errors or file_form.errors or list_form.errors
    return htmx.varying(render(request, "campaigns/suppressions.html", context, status=400 if wrong else 200))
