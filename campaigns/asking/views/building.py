"""The builder: every question a card, saved at every key as a draft, with the page that people will see beside it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from contacts.models import ConsentTopic
from crmseg.access.actors import actor_of
from crmseg.access.models import User
from crmseg.access.roles import has_role, signed_in
from crmseg.common.problems import InvalidInput, Problem
from crmseg.web import htmx, locking

from ...models import Survey
from .. import drafting, flow, presenting, schema, services
from ..schema import CHOICES, NUMBERS, OPS, Condition, Form, Kind, Question, say
from .answering import POLICY
from .found import survey_of

OP_WORDS = {
    "is": gettext_lazy("is"),
    "is_not": gettext_lazy("is not"),
    "gte": gettext_lazy("is at least"),
    "lte": gettext_lazy("is at most"),
    "is_any_of": gettext_lazy("is any of"),
    "is_none_of": gettext_lazy("is none of"),
    "is_known": gettext_lazy("was answered"),
    "is_unknown": gettext_lazy("was not answered"),
}


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: HttpRequest, survey_id: int) -> HttpResponseBase:
    if not has_role(request.user, "marketer"):
        raise PermissionDenied
    survey = survey_of(survey_id)
    if request.method == "POST":
        return _save(request, survey)
    return htmx.varying(render(request, "surveys/edit.html", _context(request, survey)))


def _save(request: HttpRequest, survey: Survey) -> HttpResponseBase:
    """Keep the draft, do what a button says, and draw what changed of the page."""
    do = request.POST.get("do", "")
    language = request.POST.get("language", "")
    found: list[Problem] = []
    changed, look = None, request.POST.get("look", "")
    try:
        with locking.unchanged(request, Survey.objects.all(), survey.pk) as held:
            before = services.form_of(held)
            made = drafting.mended(drafting.read(request.POST, before, held.definition))
            look = drafting.act(made, do, language) or look
            made = drafting.mended(made)
            if do == "publish":
                last = services.published(held)
                fixed = {
                    f"{one.key}.{option.key}" for one in (last.questions if last else ()) for option in one.options
                }
                made = drafting.named_by_words(made, before.main, fixed)
            data: dict[str, object] = {"definition": made}
            if "name" in request.POST:
                data["name"] = request.POST["name"] or held.name
            survey = services.update_survey(held.pk, data=data, actor=actor_of(request))
            if do == "publish":
                survey = services.publish_survey(held.pk, actor=actor_of(request))
    except locking.ChangedMeanwhile as error:
        url = reverse("surveys:edit", args=[survey.pk])
        changed = locking.told(error, {"name": request.POST.get("name", "")}, url=url)
    except InvalidInput as error:
        found = [Problem(one.pointer.removeprefix("/definition"), one.message) for one in error.problems]
    else:
        if do == "publish":
            return htmx.go(request, reverse("surveys:share", args=[survey.pk]))
    survey.refresh_from_db()
    name, _colon, rest = do.partition(":")
    if name == "language":
        language = rest
    if not htmx.wants_part(request) and not (found or changed):
        return redirect(f"{reverse('surveys:edit', args=[survey.pk])}?language={_spoken(survey, language)}")
    context = _context(request, survey, language=language, look=look, found=found) | {
        "changed": changed,
        "fresh": look if name == "add" else "",
    }
    status = 409 if changed else 400 if found else 200
    if not htmx.wants_part(request):
        return render(request, "surveys/edit.html", context, status=status)
    part = "surveys/builder.html" if do and not changed else "surveys/side.html"
    return htmx.varying(render(request, part, context, status=status))


@require_GET
@signed_in
def preview(request: HttpRequest, survey_id: int) -> HttpResponse:
    """The draft's question as people will see it; nothing can be sent from here."""
    survey = survey_of(survey_id)
    form = services.form_of(survey)
    language = _spoken(survey, request.GET.get("language", ""))
    question = form.question(request.GET.get("question", "")) or next(iter(form.questions), None)
    with translation.override(language):
        title = say(form.title, language, form.main)
        context: dict[str, Any] = {"form": form, "title": title, "spoken": language, "is_framed": True}
        if question is None:
            response = render(request, "surveys/ask/said.html", context | {"what": "thanks", "thanks": ""})
        else:
            place = flow.Place(question, form.questions.index(question) + 1, len(form.questions), "")
            response = render(
                request,
                "surveys/ask/page.html",
                context
                | {
                    "intro": say(form.intro, language, form.main) if place.number == 1 else "",
                    "question": presenting.question(form, question, language),
                    "place": place,
                    "is_last": place.number == place.total,
                    "languages": [],
                },
            )
    response["Content-Security-Policy"] = POLICY.format(frames="'self'").replace(
        "form-action 'self'", "form-action 'none'"
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _spoken(survey: Survey, language: str) -> str:
    known = survey.definition.get("languages") or [settings.LANGUAGE_CODE]
    return language if language in known else str(known[0])


def _context(
    request: HttpRequest, survey: Survey, *, language: str = "", look: str = "", found: list[Problem] | None = None
) -> dict[str, Any]:
    form = services.form_of(survey)
    language = _spoken(survey, language or request.GET.get("language", ""))
    look = look if form.question(look) else (form.questions[0].key if form.questions else "")
    names = dict(settings.LANGUAGES)
    problems = found or schema.gaps(form)
    latest = survey.versions.filter(number=survey.version).first()
    return {
        "survey": survey,
        "seen": locking.state_of(survey),
        "form": form,
        "language": language,
        "is_main": language == form.main,
        "offered": [(code, str(names[code]), code in form.languages) for code in names],
        "written": [(code, str(names[code])) for code in form.languages],
        "texts": {key: getattr(form, key).get(language, "") for key in ("title", "intro", "thanks")},
        "main_texts": {key: getattr(form, key).get(form.main, "") for key in ("title", "intro", "thanks")},
        "questions": [_card(form, index, one, language) for index, one in enumerate(form.questions)],
        "kinds": [(kind.value, label) for kind, label in schema.LABELS.items()],
        "look": look,
        "preview_url": f"{reverse('surveys:preview', args=[survey.pk])}?question={look}&language={language}",
        "problems": [{"message": one.message, "at": _at(form, one.pointer), "of": _of(form, one)} for one in problems],
        "cannot_save": bool(found),
        "is_published": latest is not None and latest.definition == survey.definition,
        "topics": list(ConsentTopic.objects.order_by("key")),
        "people": list(User.objects.filter(is_active=True).order_by("name", "email")),
        "follow": form.follow_up,
        "follow_if": _asking(form, form.questions, form.follow_up.condition if form.follow_up else None),
        "versions": list(survey.versions.order_by("-number")[:20]),
    }


def _at(form: Form, pointer: str) -> str:
    """The card that a problem is in."""
    parts = pointer.split("/")
    if len(parts) > 2 and parts[1] == "questions" and parts[2].isdecimal() and int(parts[2]) < len(form.questions):
        return f"q-{form.questions[int(parts[2])].key}"
    return "survey-follow" if parts[1:2] == ["follow_up"] else "survey-texts"


def _of(form: Form, problem: Problem) -> str:
    parts = problem.pointer.split("/")
    if len(parts) > 2 and parts[1] == "questions" and parts[2].isdecimal():
        return _("Question %(number)s") % {"number": int(parts[2]) + 1}
    return ""


def _card(form: Form, index: int, one: Question, language: str) -> dict[str, Any]:
    keys = ("text", "help", "low", "high")
    return {
        "key": one.key,
        "number": index + 1,
        "kind": one.kind.value,
        "label": schema.LABELS[one.kind],
        "required": one.required,
        "attribute": one.attribute,
        "start": one.start,
        "end": one.end,
        "is_scale": one.kind in NUMBERS,
        "is_choice": one.kind in CHOICES,
        "is_email": one.kind is Kind.EMAIL,
        "texts": {key: getattr(one, key).get(language, "") for key in keys},
        "main": {key: getattr(one, key).get(form.main, "") for key in keys},
        "options": [
            {"key": option.key, "text": option.text.get(language, ""), "main": option.text.get(form.main, "")}
            for option in one.options
        ],
        "topic": one.consent.topic if one.consent else "",
        "consent": one.consent.text.get(language, "") if one.consent else "",
        "first": index == 0,
        "last": index == len(form.questions) - 1,
        "if": _asking(form, form.questions[:index], one.condition),
    }


def _asking(form: Form, before: Any, condition: Condition | None) -> dict[str, Any]:
    """A condition as its controls show it."""
    asked = form.question(condition.question) if condition else None
    value = condition.value if condition else None
    chosen = set(value) if isinstance(value, tuple) else set()
    return {
        "questions": [(one.key, say(one.text, form.main, form.main) or one.key) for one in before],
        "question": condition.question if condition else "",
        "op": condition.op if condition else "",
        "ops": [(op, OP_WORDS[op]) for op in (schema.ops_of(asked) if asked else ())],
        "value": value,
        "is_number": bool(condition and condition.op in OPS["number"]),
        "is_choice": bool(condition and condition.op in OPS["choice"]),
        "range": asked.range if asked else (0, 0),
        "options": [
            (option.key, say(option.text, form.main, form.main) or option.key, option.key in chosen)
            for option in (asked.options if asked else ())
        ],
    }
