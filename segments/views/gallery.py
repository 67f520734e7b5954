"""Where lists begin: blank, from a goal, or from a template with the account's own words and count in it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crmseg.access.roles import role_required, signed_in
from segments.gallery.catalogue import BY_KEY, TEMPLATES, count, of_model, ready
from segments.gallery.template import MODELS, Model, Template

from .builder import pages as builder
from .names import free_name


@require_GET
@signed_in
def gallery(request: HttpRequest) -> HttpResponse:
    q = request.GET.get("q", "").strip()[:100]
    shown = [
        (model, title, text, [one for one in of_model(model) if _matches(one, q)])
        for model, (title, text) in MODELS.items()
    ]
    context = {
        "sections": [section for section in shown if section[3]],
        "models": [(model, title) for model, (title, _text) in MODELS.items()],
        "many": len(TEMPLATES),
        "goal": Model.GOAL,
        "q": q,
    }
    return render(request, "segments/gallery/page.html", context)


@require_GET
@signed_in
def counted(request: HttpRequest, key: str) -> HttpResponse:
    """What a template says in this account, and how many it finds; or what it lacks."""
    template = _template(key)
    made = ready(template)
    context = {
        "template": template,
        "made": made,
        "counted": count(made.definition) if made.definition else None,
    }
    return render(request, "segments/gallery/counted.html", context)


@require_GET
@role_required("marketer")
def start(request: HttpRequest, key: str) -> HttpResponseBase:
    """The builder, begun with a template."""
    template = _template(key)
    made = ready(template)
    if made.definition is None:
        messages.error(request, _("This template needs %(what)s, and nobody has that yet.") % {"what": made.lacks})
        return redirect("segments:gallery")
    name = str(template.name)
    if made.used:
        name = f"{name}: {', '.join(made.used)}"
    about = {field: str(text) for field, text in template.about.items()}
    return builder.begun(request, made.definition, {"name": free_name(name), "description": str(template.text)} | about)


def _template(key: str) -> Template:
    if key not in BY_KEY:
        raise Http404
    return BY_KEY[key]


def _matches(template: Template, q: str) -> bool:
    said = f"{template.name} {template.text} {MODELS[template.model][0]}".casefold()
    return all(word in said for word in q.casefold().split())
