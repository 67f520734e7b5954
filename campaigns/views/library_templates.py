"""Templates that people keep: made of a message, named, changed and deleted."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.ids import LARGEST_ID
from crmseg.common.problems import InvalidInput
from crmseg.web import problems

from ..content import saved
from ..content_forms import TemplateForm, one_ending
from ..models import SavedTemplate
from . import library
from .pages import _campaign


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def template(request: HttpRequest, template_id: int) -> HttpResponseBase:
    found = _found(template_id)
    kept = {"name": found.name, "subject": found.subject, "body_mjml": found.body_mjml}
    form = TemplateForm(request.POST or None, initial=kept)
    if request.method == "POST" and form.is_valid():
        try:
            saved.save_template(found.pk, **form.cleaned_data, actor=actor_of(request))
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect(library.url("templates"))
    context = {"form": form, "template": found}
    return render(request, "campaigns/library/template.html", context, status=400 if form.errors else 200)


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, template_id: int) -> HttpResponseBase:
    found = _found(template_id)
    saved.delete_template(found.pk, actor=actor_of(request))
    messages.success(request, _("The template “%(name)s” was deleted.") % {"name": found.name})
    return redirect(library.url("templates"))


@require_POST
@role_required("marketer")
def keep(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """A template of what stands on the writing page now, saved or not."""
    campaign = _campaign(campaign_id)
    words = {key: one_ending(request.POST.get(key, getattr(campaign, key))) for key in ("subject", "body_mjml")}
    context: dict[str, object] = {}
    try:
        name = request.POST.get("template_name", "")
        context["template"] = saved.save_template(None, name=name, **words, actor=actor_of(request))
    except InvalidInput as error:
        context["problems"] = error.problems
    return render(request, "campaigns/library/kept.html", context)


def _found(template_id: int) -> SavedTemplate:
    return get_object_or_404(SavedTemplate, pk=min(template_id, LARGEST_ID))
