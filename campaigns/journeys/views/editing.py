"""The editor: the picture of the steps, and beside it what is chosen. Every change is kept as a version at once, and
nobody follows it until it is switched on; so undoing is going back to an earlier version.

The address says what is open beside the picture: `?step=ID`, `?add=SLOT`, `?part=trigger` or `?part=rules`. A POST
says in `act` what is done. `seen` is the state that its page showed; `back` and `forth` are the versions to go to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx, locking
from crmseg.web.problems import tell

from ...models import Automation, AutomationVersion
from .. import services
from . import forms, presenting, saying
from .acts import Wrong, perform, text
from .finding import automation_or_404
from .panel import panel

MOST_BACK: Final = 50
_SHOWN: Final = ("version", "state")


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def edit(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    automation = automation_or_404(automation_id)
    if automation.state == Automation.State.ARCHIVED:
        messages.error(request, _("This automation is archived. Restore it first."))
        return redirect("automations:automation", automation_id)
    if request.method == "POST":
        return _change(request, automation)
    opened = {key: text(request.GET, key) for key in ("step", "add", "part")}
    return _page(request, automation, opened, _history(request.GET, automation))


def _change(request: HttpRequest, automation: Automation) -> HttpResponseBase:
    opened = {key: text(request.POST, key) for key in ("step", "add", "part")}
    history = _history(request.POST, automation)
    form: forms.OpenForm | None = None
    try:
        with locking.unchanged(request, Automation.objects.all(), automation.pk, _SHOWN) as now:
            before = now.latest
            act = text(request.POST, "act")
            if act in ("undo", "redo"):
                _go(request, now, before, history, act)
            else:
                definition, opened, form = perform(act, request.POST, dict(before.definition), opened)
                made = services.save_definition(now.pk, definition, actor=actor_of(request))
                if made.number != before.number:
                    history["back"] = [*history["back"], before.number][-MOST_BACK:]
                    history["forth"] = []
    except locking.ChangedMeanwhile:
        messages.warning(
            request, _("Somebody else changed this meanwhile. Here it is as it is now; your last step was not done.")
        )
        history = _history({}, automation_or_404(automation.pk))
        return _page(request, automation_or_404(automation.pk), opened, history, status=409)
    except Wrong as error:
        messages.error(request, str(error))
        return _page(request, automation_or_404(automation.pk), opened, history, status=400)
    except InvalidInput as error:
        tell(request, error)
        return _page(request, automation_or_404(automation.pk), opened, history, status=400)
    if form is not None and form.errors:
        return _page(request, automation_or_404(automation.pk), opened, history, form=form, status=400)
    if not htmx.wants_part(request):
        return redirect(_address(automation.pk, opened))
    response = _page(request, automation_or_404(automation.pk), opened, history, focus=text(request.POST, "act"))
    response["HX-Push-Url"] = _address(automation.pk, opened)
    return response


def _go(
    request: HttpRequest, automation: Automation, now: AutomationVersion, history: dict[str, list[int]], act: str
) -> None:
    """To the version before, or to the one that was gone back from."""
    source, other = ("back", "forth") if act == "undo" else ("forth", "back")
    if not history[source]:
        raise Wrong(_("Nothing to undo.") if act == "undo" else _("Nothing to redo."))
    number = history[source].pop()
    try:
        services.restore_version(automation.pk, number, actor=actor_of(request))
    except AutomationVersion.DoesNotExist:
        raise Wrong(_("There is no such version.")) from None
    history[other].append(now.number)


def _page(
    request: HttpRequest,
    automation: Automation,
    opened: dict[str, str],
    history: dict[str, list[int]],
    *,
    form: forms.OpenForm | None = None,
    focus: str = "",
    status: int = 200,
) -> HttpResponse:
    definition = automation.latest.definition
    problems, names = presenting.problems_of(definition), saying.Names([definition])
    picture = presenting.draw(definition, names, problems=problems)
    context = {
        "automation": automation,
        "definition": definition,
        "picture": picture,
        "seen": locking.state_of(automation, _SHOWN),
        "history": history,
        "back": ",".join(map(str, history["back"])),
        "forth": ",".join(map(str, history["forth"])),
        "again": saying.again(definition.get("reentry")),
        "focus": focus,
        "filter_said": names.sentence(definition["filter"]) if definition.get("filter") else "",
        **panel(definition, picture, opened, problems, names, form),
    }
    return render(request, "automations/edit.html", context, status=status)


def _history(given: Any, automation: Automation) -> dict[str, list[int]]:
    """The versions to go back and forth to: those the page knows, or all before this one."""
    if "back" not in given:
        return {"back": list(range(max(1, automation.version - MOST_BACK), automation.version)), "forth": []}
    return {key: _numbers(given.get(key, "")) for key in ("back", "forth")}


def _numbers(text: str) -> list[int]:
    parts = text.split(",")[-MOST_BACK:]
    return [int(one) for one in parts if one.isascii() and one.isdigit() and len(one) < 9]


def _address(automation_id: int, opened: Mapping[str, str]) -> str:
    query = urlencode({key: value for key, value in opened.items() if value})
    return reverse("automations:edit", args=[automation_id]) + (f"?{query}" if query else "")
