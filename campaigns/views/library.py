"""The message library: templates, shared blocks and pictures, each behind a tab that has its address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from crmseg.access.roles import signed_in
from crmseg.web import htmx
from crmseg.web.tables import Column, Table

from .. import images
from ..content_forms import PictureForm
from ..models import Block, Image, SavedTemplate

SHELVES = {"templates": _("Templates"), "blocks": _("Shared blocks"), "pictures": _("Pictures")}
COLUMNS = {
    "name": Column(_("Name"), order=("name",)),
    "updated": Column(_("Updated"), order=("updated_at",), descending_first=True),
}
PICTURES = {"id": Column(_("Uploaded"), order=("id",), descending_first=True)}


@require_GET
@signed_in
def library(request: HttpRequest) -> HttpResponseBase:
    shelf = request.GET.get("show", "")
    return page(request, shelf if shelf in SHELVES else "templates")


def page(request: HttpRequest, shelf: str, form: PictureForm | None = None) -> HttpResponseBase:
    """One shelf; with the form of an upload that was refused, if there is one."""
    shown = {"templates": _templates, "blocks": _blocks, "pictures": _pictures}[shelf](request)
    context = {"shelf": shelf, "shelves": SHELVES.items(), "form": form or PictureForm(), **shown}
    status = 400 if form and form.errors else 200
    return htmx.varying(render(request, "campaigns/library/page.html", context, status=status))


def url(shelf: str) -> str:
    return f"{reverse('campaigns:library')}?show={shelf}"


def _templates(request: HttpRequest) -> dict[str, Any]:
    rows = SavedTemplate.objects.defer("body_mjml")
    return {"table": Table(request, rows, COLUMNS, sort="name", id="library")}


def _blocks(request: HttpRequest) -> dict[str, Any]:
    return {"table": Table(request, Block.objects.defer("body_mjml"), COLUMNS, sort="name", id="library")}


def _pictures(request: HttpRequest) -> dict[str, Any]:
    table = Table(request, Image.objects.all(), PICTURES, sort="-id", id="library")
    rows: list[Any] = table.rows
    return {"table": table, "pictures": [_picture(image) for image in rows]}


def _picture(image: Image) -> dict[str, Any]:
    thumb = reverse("campaigns:image", args=[images.path(image).name])
    return {"image": image, "url": images.url(image), "thumb": thumb, "size": filesizeformat(image.size)}
