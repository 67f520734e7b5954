"""The pages that people answer on: one question at a time, without a script, for whoever holds the link.

Opening changes nothing. Each press of the button keeps one answer and leads on, so that a reload repeats nothing and a
link that is opened again goes on where it was left. Only the page for frames may stand in other people's pages.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from contacts import identity
from contacts.models import Contact
from crmseg.access.throttling import SECONDS
from crmseg.common import clock

from ...models import Survey, SurveyResponse
from ...views import limits
from .. import answering, flow, guarding, links, pause, presenting, responding, services
from ..schema import NUMBERS, Form, Kind, Question, say

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors {frames}"
)
MOST_STARTS, MOST_STEPS = 20, 20
Channel = SurveyResponse.Channel


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = links.read(token)
    except links.BadLink:
        response = limits.forged(request) or _said(request, "unknown", status=404)
        return _closed(response, None)
    return _closed(_held_back(request, link) or _Asking(request, link).respond(), link)


def _held_back(request: HttpRequest, link: links.Link) -> HttpResponse | None:
    """An address on the net begins so many answers; whoever holds a link of her own presses so many buttons."""
    if request.method != "POST":
        return None
    if link.key is None and link.contact_id is None:
        is_fine = limits.is_within(f"ask:{request.META.get('REMOTE_ADDR', '')}", MOST_STARTS)
    else:
        is_fine = limits.is_within(f"ask:{link.survey_id}:{link.contact_id}:{link.key}", MOST_STEPS)
    if is_fine:
        return None
    response = _said(request, "slow", status=429)
    response["Retry-After"] = str(SECONDS)
    return response


def _closed(response: HttpResponse, link: links.Link | None) -> HttpResponse:
    """Runs nothing, loads nothing of others, tells nobody where it was opened."""
    is_framed = link is not None and link.channel == Channel.EMBED
    response["Content-Security-Policy"] = POLICY.format(frames="*" if is_framed else "'none'")
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    response.xframe_options_exempt = is_framed
    return response


def _said(request: HttpRequest, what: str, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "surveys/ask/said.html", {"what": what, **more}, status=status)


class _Asking:
    """One visit."""

    def __init__(self, request: HttpRequest, link: links.Link) -> None:
        self.request, self.link = request, link
        self.survey = Survey.objects.filter(pk=link.survey_id).first()
        self.contact: Contact | None = None
        self.response: SurveyResponse | None = None
        if link.contact_id:
            pk = identity.survivor_of(link.contact_id) or link.contact_id
            self.contact = Contact.objects.filter(pk=pk).first()

    def respond(self) -> HttpResponse:
        survey, link = self.survey, self.link
        if survey is None or not survey.version:
            return _said(self.request, "unknown", status=404)
        if link.key is not None:
            self.response = SurveyResponse.objects.filter(key=link.key).first()
        elif self.contact is not None:
            self.response = responding.open_answer(survey, self.contact.pk)
        form = services.published(survey, self.response.version if self.response else None)
        if form is None:
            return _said(self.request, "unknown", status=404)
        self.language = self._language(form)
        with translation.override(self.language):
            return self._respond(survey, form)

    def _respond(self, survey: Survey, form: Form) -> HttpResponse:
        known: dict[str, Any] = {
            "form": form,
            "title": say(form.title, self.language, form.main),
            "spoken": self.language,
        }
        if self.response is not None and self.response.completed_at is not None:
            return self._thanks(form, known)
        if survey.state != Survey.State.OPEN:
            return _said(self.request, "closed", status=410, **known)
        if self.link.contact_id is None:
            if self.link.key is None and not survey.is_public:
                return _said(self.request, "closed", status=410, **known)
        elif self.contact is None and self.link.contact_id != links.NOBODY:
            return _said(self.request, "nobody", **known)
        elif self.contact is not None and self.response is None:
            lately = pause.last_answer(self.contact.pk, clock.now())
            if lately is not None and lately.survey_id == survey.pk:
                return self._thanks(form, known, again=True)
            if lately is not None:
                return _said(self.request, "lately", **known)
        answers = self.response.answers if self.response else {}
        if self.request.method == "POST":
            return self._keep(survey, form, answers)
        return self._show(form, answers, self._wanted(form, answers))

    def _wanted(self, form: Form, answers: flow.Answers) -> Question | None:
        """The question that the address names, among those already reached; else the next."""
        following = flow.next_question(form, answers)
        asked = self.request.GET.get("at", "")
        reached = [one for one in flow.path(form, answers) if one.key in answers]
        return next((one for one in reached if one.key == asked), following)

    def _keep(self, survey: Survey, form: Form, answers: flow.Answers) -> HttpResponse:
        given = self.request.POST
        question = next((one for one in flow.path(form, answers) if one.key == given.get("question")), None)
        following = flow.next_question(form, answers)
        if question is None or not (question.key in answers or question == following):
            return self._show(form, answers, following)
        is_new_stranger = self.link.key is None and self.link.contact_id is None
        if is_new_stranger and guarding.is_trapped(given.dict()):
            return _said(self.request, "thanks", form=form, spoken=self.language)
        sent = given.getlist("answer")
        if is_new_stranger and guarding.is_hasty(given.dict(), survey.pk):
            hasty = _("That was very quick. Please press the button once more.")
            return self._show(form, answers, question, given=sent, error=hasty)
        try:
            value = answering.read(question, sent)
        except ValueError as error:
            return self._show(form, answers, question, given=sent, error=str(error))
        if self.link.contact_id == links.NOBODY:
            return _said(self.request, "preview", form=form, spoken=self.language)
        held = self.response or responding.begin(
            survey,
            channel=self.link.channel,
            language=self.language,
            contact_id=self.contact.pk if self.contact else None,
        )
        held = responding.answer(held, question, value)
        is_hers = self.link.contact_id is not None and held.completed_at is None
        return HttpResponseRedirect(self.request.path if is_hers else links.response_path(held))

    def _show(
        self,
        form: Form,
        answers: flow.Answers,
        question: Question | None,
        *,
        given: list[str] | None = None,
        error: str = "",
    ) -> HttpResponse:
        if question is None:
            return _said(self.request, "unknown", status=404)
        place = flow.place(form, answers, question)
        score = self.request.GET.get("score", "")
        if given is None and question.key not in answers and question.kind in NUMBERS and place.number == 1:
            given = [score] if score in {str(step) for step in question.steps} else None
        shown = presenting.question(
            form, question, self.language, value=answers.get(question.key), given=given, error=error
        )
        context = {
            "form": form,
            "title": say(form.title, self.language, form.main),
            "intro": say(form.intro, self.language, form.main) if place.number == 1 else "",
            "question": shown,
            "place": place,
            "is_last": self._is_last(form, question),
            "spoken": self.language,
            "languages": _own_names(form),
            "trap": guarding.TRAP,
            "opened": guarding.opened(self.link.survey_id) if self.link.key is None else "",
            "is_framed": self.link.channel == Channel.EMBED,
        }
        return render(self.request, "surveys/ask/page.html", context, status=400 if error else 200)

    def _is_last(self, form: Form, question: Question) -> bool:
        """Whether nothing can follow, whatever is answered."""
        return form.questions[-1].key == question.key

    def _thanks(self, form: Form, known: dict[str, Any], *, again: bool = False) -> HttpResponse:
        known |= {"thanks": say(form.thanks, self.language, form.main), "again": again}
        return _said(self.request, "thanks", confirming=self._confirming(form), **known)

    def _confirming(self, form: Form) -> str:
        """The address that she wrote under the sentence of consent; whether we knew it the page never says."""
        asked = form.first(Kind.EMAIL)
        if asked is None or asked.consent is None or self.response is None:
            return ""
        return str(self.response.answers.get(asked.key) or "")

    def _language(self, form: Form) -> str:
        """As she chose, as she began, as she is known to speak, as her browser says, or as the form was written."""
        wanted = [
            self.request.GET.get("language") or self.request.POST.get("language") or "",
            self.response.language if self.response else "",
            ((self.contact and self.contact.language) or "").partition("-")[0].lower(),
            translation.get_language() or "",
        ]
        return next((one for one in wanted if one in form.languages), form.main)


def _own_names(form: Form) -> list[tuple[str, str]]:
    """Every language of the form as it calls itself."""
    return [(code, str(translation.get_language_info(code)["name_local"]).capitalize()) for code in form.languages]
