"""Pictures of the library: taken in and deleted."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.ids import LARGEST_ID
from crmseg.common.problems import InvalidInput
from crmseg.web import problems

from .. import images
from ..content_forms import PictureForm
from ..models import Image
from . import library


@require_POST
@role_required("marketer")
def upload(request: HttpRequest) -> HttpResponseBase:
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            images.receive(file, name=file.name or "", actor=actor_of(request))
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            messages.success(request, _("The picture is here."))
            return redirect(library.url("pictures"))
    return library.page(request, "pictures", form)


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, image_id: int) -> HttpResponseBase:
    found = get_object_or_404(Image, pk=min(image_id, LARGEST_ID))
    try:
        images.delete(found.pk, actor=actor_of(request))
    except InvalidInput as error:
        messages.error(request, " ".join(problem.message for problem in error.problems))
    else:
        messages.success(request, _("The picture “%(name)s” was deleted.") % {"name": found.name})
    return redirect(library.url("pictures"))
