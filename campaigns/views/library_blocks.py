"""Shared blocks: written, seen by themselves, with the campaigns that use them."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import has_role, role_required, signed_in
from crmseg.common.ids import LARGEST_ID
from crmseg.common.problems import InvalidInput
from crmseg.web import problems

from ..content import blocks
from ..content.liquid import TemplateError
from ..content_forms import BlockForm
from ..models import Block, Campaign
from . import frames, library

MOST_USES = 50


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def new(request: HttpRequest) -> HttpResponseBase:
    return _page(request, None)


@require_http_methods(["GET", "POST"])
@signed_in
def block(request: HttpRequest, block_id: int) -> HttpResponseBase:
    """Everybody may look; who may write changes it here."""
    if request.method == "POST" and not has_role(request.user, "marketer"):
        raise PermissionDenied
    return _page(request, _found(block_id))


@require_GET
@signed_in
def look(request: HttpRequest, block_id: int) -> HttpResponseBase:
    """The block by itself: the document in its frame."""
    try:
        return frames.message(blocks.preview(_found(block_id).body_mjml), "")
    except TemplateError as error:
        return frames.notes([str(error)])


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, block_id: int) -> HttpResponseBase:
    found = _found(block_id)
    try:
        blocks.delete_block(found.pk, actor=actor_of(request))
    except InvalidInput as error:
        messages.error(request, " ".join(problem.message for problem in error.problems))
        return redirect("campaigns:block", found.pk)
    messages.success(request, _("The block “%(name)s” was deleted.") % {"name": found.name})
    return redirect(library.url("blocks"))


def _page(request: HttpRequest, found: Block | None) -> HttpResponseBase:
    kept = {"name": found.name, "body_mjml": found.body_mjml} if found else None
    form = BlockForm(request.POST or None, initial=kept)
    if request.method == "POST" and form.is_valid():
        try:
            made = blocks.save_block(found.pk if found else None, **form.cleaned_data, actor=actor_of(request))
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("campaigns:block", made.pk)
    uses = _uses(found) if found else []
    context = {"form": form, "shared": found, "uses": uses[:MOST_USES], "more": len(uses) > MOST_USES}
    return render(request, "campaigns/library/block.html", context, status=400 if form.errors else 200)


def _found(block_id: int) -> Block:
    return get_object_or_404(Block, pk=min(block_id, LARGEST_ID))


def _uses(found: Block) -> list[Campaign]:
    """The newest campaigns that name it, one more than is shown."""
    return list(blocks.used_by(found.name).only("pk", "name", "state").order_by("-pk")[: MOST_USES + 1])
