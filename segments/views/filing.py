"""What is done to several lists at once from their table: file them, tag them; and the folders themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx
from crmseg.web.formats import number
from crmseg.web.problems import tell
from segments import services
from segments.insights import overlap
from segments.models import Folder

NONE = "none"
MOST_AT_ONCE = 1_000


@require_POST
@role_required("marketer")
def arrange(request: HttpRequest) -> HttpResponseBase:
    """Move the chosen lists, give or take a tag, or compare them: whichever button was used."""
    ids, do, actor = chosen(request), request.POST.get("do"), actor_of(request)
    tags = [tag for tag in request.POST.get("tag", "").split(",") if tag.strip()]
    if do == "move" and tags and not request.POST.get("folder"):
        do = "tag"  # Enter in the field of the tag presses the first button of the form
    if not ids:
        messages.error(request, _("No list is selected."))
    elif do == "compare":
        return _compared(request, ids)
    elif do == "move":
        _move(request, ids)
    elif not tags:
        messages.error(request, _("Write a tag first."))
    elif do == "tag":
        _attempt(request, lambda: _tagged(services.tag_lists(ids, add=tags, actor=actor), ", ".join(tags)))
    elif do == "untag":
        _attempt(request, lambda: _untagged(services.tag_lists(ids, remove=tags, actor=actor), ", ".join(tags)))
    return back(request)


@require_POST
@role_required("marketer")
def new_folder(request: HttpRequest) -> HttpResponseBase:
    parent = request.POST.get("parent", "")
    try:
        above = int(parent) if parent.isdecimal() and len(parent) <= 18 else None
        made = services.create_folder(name=request.POST.get("name", ""), parent=above, actor=actor_of(request))
    except InvalidInput as error:
        tell(request, error)
        return back(request)
    messages.success(request, _("The folder “%(name)s” is there. Select lists and move them into it.") % {"name": made})
    return redirect(f"{reverse('segments:list')}?folder={made.pk}")


@require_POST
@role_required("marketer")
def rename_folder(request: HttpRequest, folder_id: int) -> HttpResponseBase:
    get_object_or_404(Folder, pk=folder_id)
    try:
        services.rename_folder(folder_id, request.POST.get("name", ""), actor=actor_of(request))
    except InvalidInput as error:
        tell(request, error)
    return redirect(f"{reverse('segments:list')}?folder={folder_id}")


@require_POST
@role_required("marketer")
def delete_folder(request: HttpRequest, folder_id: int) -> HttpResponseBase:
    folder = get_object_or_404(Folder, pk=folder_id)
    count = services.delete_folder(folder_id, actor=actor_of(request))
    said = ngettext(
        "The folder “%(name)s” was deleted; %(n)s list stands in none now.",
        "The folder “%(name)s” was deleted; %(n)s lists stand in none now.",
        count,
    )
    messages.success(request, said % {"name": folder.name, "n": number(count)})
    return redirect("segments:list")


def chosen(request: HttpRequest) -> list[int]:
    """The ids of the lists that were selected."""
    given = (request.POST if request.method == "POST" else request.GET).getlist("segment")[:MOST_AT_ONCE]
    return [int(pk) for pk in given if pk.isascii() and pk.isdecimal() and len(pk) <= 18]


def back(request: HttpRequest) -> HttpResponseBase:
    """To the table as it was."""
    return htmx.back(request, request.POST.get("back", ""), reverse("segments:list"))


def _compared(request: HttpRequest, ids: Sequence[int]) -> HttpResponseBase:
    if len(ids) > overlap.MOST_LISTS:
        messages.warning(request, _("Six lists at most are compared at once."))
    return redirect(f"{reverse('segments:compare')}?ids={','.join(map(str, ids[: overlap.MOST_LISTS]))}")


def _move(request: HttpRequest, ids: list[int]) -> None:
    to = request.POST.get("folder", "")
    if to != NONE and not (to.isdecimal() and len(to) <= 18):
        messages.error(request, _("Choose a folder first."))
        return
    place = None if to == NONE else int(to)
    _attempt(request, lambda: _moved(services.file_lists(ids, place, actor=actor_of(request)), place))


def _moved(count: int, place: int | None) -> str:
    if place is None:
        said = ngettext("%(n)s list stands in no folder now.", "%(n)s lists stand in no folder now.", count)
        return said % {"n": number(count)}
    said = ngettext("%(n)s list moved to “%(folder)s”.", "%(n)s lists moved to “%(folder)s”.", count)
    return said % {"n": number(count), "folder": Folder.objects.get(pk=place).name}


def _tagged(count: int, tags: str) -> str:
    said = ngettext("%(n)s list was tagged “%(tags)s”.", "%(n)s lists were tagged “%(tags)s”.", count)
    return said % {"n": number(count), "tags": tags}


def _untagged(count: int, tags: str) -> str:
    said = ngettext("%(n)s list lost the tag “%(tags)s”.", "%(n)s lists lost the tag “%(tags)s”.", count)
    return said % {"n": number(count), "tags": tags}


def _attempt(request: HttpRequest, act: Callable[[], str]) -> None:
    try:
        messages.success(request, act())
    except InvalidInput as error:
        tell(request, error)
