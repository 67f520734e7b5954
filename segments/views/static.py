"""Static lists: made by hand, filled by hand, from names, or from another list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.contrib import messages
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from contacts.models import Contact
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.ids import read_id
from crmseg.common.problems import InvalidInput
from crmseg.web.problems import add_to_form
from segments import selectors, services
from segments.forms import AddMembersForm, NewStaticListForm
from segments.models import Segment

from .page import searched

BLOCK = 20_000


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def new_static(request: HttpRequest) -> HttpResponseBase:
    form = NewStaticListForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor = actor_of(request)
        try:
            made = services.create_segment(kind=Segment.Kind.STATIC, actor=actor, **form.details())
        except InvalidInput as error:
            add_to_form(form, error)
        else:
            source = form.cleaned_data["source"]
            if source and not form.cleaned_data["renew"]:
                services.copy_members(made.pk, source.pk, actor=actor)
            return redirect("segments:segment" if source else "segments:add_members", made.pk)
    status = 422 if form.errors else 200
    return render(request, "segments/new_static.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def add_members(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    segment = get_object_or_404(Segment.unarchived, pk=segment_id, kind=Segment.Kind.STATIC)
    form = AddMembersForm(request.POST or None)
    form.fields["source"].queryset = Segment.unarchived.exclude(pk=segment.pk).order_by("name")  # type: ignore[attr-defined]
    unknown: list[str] = []
    if request.method == "POST" and form.is_valid():
        actor, source = actor_of(request), form.cleaned_data["source"]
        found, unknown = find_people(form.cleaned_data["people"])
        added = services.add_members(segment.pk, found, actor=actor)
        if source:
            added += services.copy_members(segment.pk, source.pk, actor=actor)
        said = ngettext("%(n)s person was added.", "%(n)s people were added.", added) % {"n": added}
        messages.success(request, said)
        if not unknown:
            return redirect("segments:segment", segment.pk)
        form = AddMembersForm(initial={"people": "\n".join(unknown)})
    status = 422 if form.errors else 200
    return render(
        request, "segments/add_members.html", {"segment": segment, "form": form, "unknown": unknown}, status=status
    )


@require_POST
@role_required("marketer")
def remove_members(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    """The chosen ones, or all whom the search finds."""
    segment = get_object_or_404(Segment, pk=segment_id)
    actor, removed = actor_of(request), 0
    if request.POST.get("all"):
        q = request.POST.get("q", "").strip()[:200]
        chosen: Iterable[int] = searched(selectors.members(segment_id), q).values_list("pk", flat=True)
    else:
        chosen = [pk for one in request.POST.getlist("contact") if (pk := read_id(one)) is not None]
    try:
        for block in _blocks(list(chosen)):
            removed += services.remove_members(segment.pk, block, actor=actor)
    except InvalidInput as error:
        messages.error(request, error.problems[0].message)
    else:
        said = ngettext("%(n)s person was taken out.", "%(n)s people were taken out.", removed) % {"n": removed}
        messages.success(request, said)
    return redirect("segments:segment", segment.pk)


def find_people(names: Sequence[str]) -> tuple[list[int], list[str]]:
    """The ids of those who are named by e-mail or external id, and the names that nobody has."""
    folded = [name.lower() for name in names]
    rows = Contact.objects.annotate(mail=Lower("email")).filter(Q(mail__in=folded) | Q(external_id__in=names))
    ids: set[int] = set()
    known: set[str] = set()
    for pk, mail, external_id in rows.values_list("pk", "mail", "external_id"):
        ids.add(pk)
        known |= {mail or "", external_id or ""}
    return sorted(ids), [name for name in names if name not in known and name.lower() not in known]


def _blocks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + BLOCK] for start in range(0, len(ids), BLOCK))
