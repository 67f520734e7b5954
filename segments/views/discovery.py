"""Lists nobody thought of: where searches are begun, what each found, and the list it becomes with one click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from crmseg.access.actors import actor_of, person_of
from crmseg.access.models import Role
from crmseg.access.roles import has_role, role_required, signed_in
from crmseg.common.problems import Conflict, InvalidInput
from crmseg.jobs import tray
from crmseg.web import formats, htmx
from crmseg.web.tables import Column, Table
from segments import catalogue, sentences, services
from segments.definition.schema import Catalogue
from segments.definition.sql import Params
from segments.insights.discovery import learning
from segments.insights.profile import asked as questions
from segments.insights.profile.rows import label_of
from segments.models import Discovery, Segment
from segments.services import discovering

from .names import free_name
from .shared import readable, segment_of, shared

COLUMNS = {
    "name": Column(gettext_lazy("Name"), order=("name",)),
    "kind": Column(gettext_lazy("Kind"), order=("kind",)),
    "found": Column(gettext_lazy("Found"), numeric=True),
    "at": Column(gettext_lazy("Started"), order=("created_at",), descending_first=True),
}
Json = dict[str, Any]
LONGEST_NAME = 90
USUAL = ("age", "needs", "interests")


@dataclass(frozen=True)
class Choice:
    """What a search may ask about: a property or an event, under the heading of the builder."""

    key: str
    label: str
    usual: bool


@dataclass(frozen=True)
class Trait:
    said: str
    share: str
    base: str
    index: str


@dataclass(frozen=True)
class Found:
    """One definition as a card shows it."""

    number: int
    name: str
    suggested: str
    said: str
    count: int | None
    people: int | None
    share: str
    fit: Json | None
    precision: str
    recall: str
    lift: str
    traits: list[Trait]
    means: list[Trait]
    saved: Segment | None
    text: str


@require_GET
@signed_in
def discover(request: HttpRequest) -> HttpResponse:
    """Begin a search, and the searches so far."""
    return _page(request)


@require_POST
@role_required("marketer")
def start(request: HttpRequest) -> HttpResponseBase:
    """What a form asks, as a search."""
    kind = request.POST.get("kind", "")
    try:
        made = services.start_discovery(kind, _asked(request, kind), user=person_of(request), actor=actor_of(request))
    except InvalidInput as error:
        if kind == Discovery.Kind.LOOKALIKES and (pk := _id(request.POST.get("segment", ""))):
            segment = segment_of(pk)
            messages.error(request, " ".join(problem.message for problem in error.problems))
            return redirect("segments:lookalikes", segment.pk)
        return _page(request, problems=[problem.message for problem in error.problems], status=422)
    return redirect("segments:discovery", made.pk)


@require_GET
@signed_in
def discovery(request: HttpRequest, discovery_id: int) -> HttpResponseBase:
    """What a search found, or how far it is."""
    shown = _discovery(discovery_id)
    context = _context(request, shown)
    if htmx.wants_part(request, "discovery"):
        answer = render(request, "segments/discovery/result.html", context)
        if not context["running"]:
            answer["HX-Refresh"] = "true"
        return htmx.varying(answer)
    return htmx.varying(render(request, "segments/discovery/page.html", context))


@require_GET
@signed_in
def lookalikes(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The tab of a list: who is like its members, by the last search, and a new one."""
    segment = segment_of(segment_id)
    last = Discovery.objects.select_related("job").filter(segment=segment_id, kind=Discovery.Kind.LOOKALIKES)
    newest = last.order_by("-pk").first()
    context = {"tab": "lookalikes", "missing": learning.missing(), "newest": newest}
    if newest:
        context |= _context(request, newest)
    return render(request, "segments/discovery/lookalikes.html", shared(request, segment) | context)


@require_POST
@role_required("marketer")
def save(request: HttpRequest, discovery_id: int) -> HttpResponseBase:
    """One definition as a list."""
    _discovery(discovery_id)
    number = _id(request.POST.get("number", ""), least=0)
    name = request.POST.get("name", "").replace("\x00", "").strip()
    try:
        made = services.save_found(
            discovery_id,
            -1 if number is None else number,
            name=free_name(name) if name else "",
            actor=actor_of(request),
        )
    except InvalidInput as error:
        messages.error(request, " ".join(problem.message for problem in error.problems))
        return redirect("segments:discovery", discovery_id)
    return redirect("segments:segment", made.pk)


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, discovery_id: int) -> HttpResponseBase:
    _discovery(discovery_id)
    try:
        services.delete_discovery(discovery_id, actor=actor_of(request))
    except Conflict as refused:
        messages.error(request, " ".join(problem.message for problem in refused.problems))
        return redirect("segments:discovery", discovery_id)
    return redirect("segments:discover")


def _page(request: HttpRequest, problems: list[str] | None = None, status: int = 200) -> HttpResponse:
    known = catalogue.current()
    table = Table(request, Discovery.objects.select_related("job", "segment"), COLUMNS, sort="-at", id="discoveries")
    context = {
        "table": table,
        "problems": problems or [],
        "missing": learning.missing(),
        "choices": _choices(known, request.POST.getlist("about")),
        "lists": sorted(((one.id, one.name) for one in known.segments.values()), key=lambda one: one[1].casefold()),
        "events": questions.events(known),
        "numbers": list(discovering.GROUPS),
        "may_write": has_role(request.user, Role.MARKETER),
        "asked": request.POST,
    }
    return render(request, "segments/discovery/discover.html", context, status=status)


def _choices(known: Catalogue, asked: Sequence[str]) -> list[tuple[str, bool, list[Choice]]]:
    """Everything that may be asked, in the groups of the builder, and whether a group has something chosen: what was
    asked, or what people did and need."""
    groups: dict[str, list[Choice]] = {}
    events = [Choice(key := f"event:{name}", name, not asked or key in asked) for name in questions.events(known)]
    if events:
        groups[_("What they did")] = events
    for one in questions.properties(known, Params(known.zone, known.currency, known.fiscal_start)):
        about = one.about
        usual = about.key in (asked or USUAL)
        groups.setdefault(questions.group_of(about), []).append(Choice(about.key, label_of(about), usual))
    return [(name, any(one.usual for one in choices), choices) for name, choices in groups.items()]


def _asked(request: HttpRequest, kind: str) -> Json:
    """The form's fields in the words of the service."""
    form = request.POST
    about = [one for one in form.getlist("about") if "\x00" not in one]
    if kind == Discovery.Kind.LOOKALIKES:
        return {"segment": _id(form.get("segment", "")), "own": form.get("own") == "1"}
    asked: Json = {"about": about} if kind == Discovery.Kind.GROUPS else {}
    if form.get("among"):
        asked["among"] = _id(form["among"])
        asked["among"] = 0 if asked["among"] is None else asked["among"]
    if kind == Discovery.Kind.GROUPS:
        return asked | ({"k": _id(form["k"]) or 0} if form.get("k") else {})
    if form.get("event"):
        return asked | {"goal": {"event": form["event"], "days": _id(form.get("days", "")) or 0}}
    return asked | {"goal": {"segment": _id(form.get("goal_list", ""))}}


def _context(request: HttpRequest, shown: Discovery) -> Json:
    job, result, known = shown.job, shown.result, catalogue.current()
    saved = Segment.unarchived.in_bulk([one["saved"] for one in (result or {}).get("groups", []) if one.get("saved")])
    return {
        "discovery": shown,
        "job": job,
        "item": tray.item_of(job, person_of(request)) if job else None,
        "running": bool(job and job.is_open and result is None),
        "result": result,
        "groups": [
            _found(shown, number, one, known, saved) for number, one in enumerate((result or {}).get("groups", []))
        ],
        "tree": _tree(result["tree"], known) if result and result.get("tree") else None,
        "left_out": [_about_name(one, known) for one in (result or {}).get("left_out", [])],
        "base": formats.percent(result["base"], 1) if result and "base" in result else "",
        "tried": (result or {}).get("tried", []),
        "dots": [(f"{75 + 69 * x:.1f}", f"{50 + 46 * y:.1f}", g % 8) for x, y, g in (result or {}).get("points", [])],
        "stable_from": formats.number(learning.STABLE),
        "may_write": has_role(request.user, Role.MARKETER),
    }


def _short(traits: Sequence[str]) -> str:
    """As many traits as a name has room for: none is cut, unless the first alone is too long."""
    name = traits[0] if traits else ""
    for trait in traits[1:]:
        name = longer if len(longer := f"{name} · {trait}") <= LONGEST_NAME else name
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME].rsplit(' ', 1)[0]} …"


def _found(shown: Discovery, number: int, one: Json, known: Catalogue, saved: dict[int, Segment]) -> Found:
    definition, fit = one.get("definition"), one.get("fit")
    traits = [sentences.sentence_of(node, known) for node in one.get("naming", [])]
    return Found(
        number=number,
        name=" · ".join(traits),
        suggested=_short(traits) if shown.kind == Discovery.Kind.GROUPS else f"{shown.name} ({number + 1})",
        said=sentences.sentence_of(definition, known) if definition else "",
        count=one.get("count"),
        people=one.get("people"),
        share=formats.percent(one["share"], 1) if "share" in one else "",
        fit=fit,
        precision=_between(fit, "precision"),
        recall=_between(fit, "recall"),
        lift=_times(fit),
        traits=[_trait(trait, known) for trait in one.get("traits", [])],
        means=[_mean(mean, known) for mean in one.get("means", [])],
        saved=saved.get(one.get("saved") or 0),
        text=readable(definition) if definition else "",
    )


def _between(fit: Json | None, name: str) -> str:
    if not fit:
        return ""
    ends = {"low": formats.percent(fit[f"{name}_low"], 1), "high": formats.percent(fit[f"{name}_high"], 1)}
    return _("%(low)s to %(high)s") % ends


def _times(fit: Json | None) -> str:
    if not fit:
        return ""
    ends = {name: formats.number(f"{fit[f'lift_{name}']:.1f}") for name in ("low", "high")}
    return _("%(low)s to %(high)s") % ends


def _trait(trait: Json, known: Catalogue) -> Trait:
    return Trait(
        sentences.sentence_of(trait["node"], known),
        formats.percent(trait["share"], 1),
        formats.percent(trait["base"], 1),
        formats.number(round(trait["index"])),
    )


def _mean(mean: Json, known: Catalogue) -> Trait:
    index = formats.number(round(mean["mean"] / mean["base"] * 100)) if mean["base"] > 0 else "–"
    own, every = (formats.number(f"{mean[name]:.1f}") for name in ("mean", "base"))
    return Trait(_about_name(mean["about"], known), own, every, index)


def _about_name(about: str, known: Catalogue) -> str:
    if about.startswith("event:"):
        return about.removeprefix("event:")
    if about.startswith("reachable:"):
        return _("Reachable by e-mail")
    return label_of(known.properties[about]) if about in known.properties else about


def _tree(here: Json, known: Catalogue) -> Json:
    told: Json = {"rate": formats.percent(here["rate"], 1), "people": here["people"], "leaf": "leaf" in here}
    if "node" in here:
        told |= {
            "said": sentences.sentence_of(here["node"], known),
            "yes": _tree(here["yes"], known),
            "no": _tree(here["no"], known),
        }
    return told


def _discovery(discovery_id: int) -> Discovery:
    return get_object_or_404(Discovery.objects.select_related("job", "segment"), pk=discovery_id)


def _id(text: str, least: int = 1) -> int | None:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        return None
    return int(text) if int(text) >= least else None
