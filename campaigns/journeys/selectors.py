"""What pages and programs read of automations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from contacts.models import Contact

from ..models import Automation, AutomationVersion, Campaign, Run, StepDone


def automations_table(*, q: str = "", state: str = "") -> QuerySet[Automation]:
    """Each with `entered`, `on_the_way`, `reached_goal` and `held_out`: runs. Archived ones only where asked for."""
    found = Automation.objects.all()
    found = found.filter(state=state) if state else found.exclude(state=Automation.State.ARCHIVED)
    if q.strip():
        found = found.filter(Q(name__icontains=q.strip()) | Q(description__icontains=q.strip()))
    return found.annotate(
        entered=_counted(Q()),
        on_the_way=_counted(Q(state=Run.State.ACTIVE)),
        reached_goal=_counted(Q(goal_at__isnull=False, held_out=False)),
        held_out=_counted(Q(held_out=True)),
    ).order_by("name", "pk")


def _counted(which: Q) -> Coalesce:
    runs = Run.objects.filter(which, automation=OuterRef("pk")).order_by().values("automation")
    return Coalesce(Subquery(runs.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


@dataclass(frozen=True)
class AtStep:
    """How many are at a step now, how many passed it, and how often each outcome came."""

    here: int = 0
    passed: int = 0
    outcomes: tuple[tuple[str, int], ...] = ()


def people_per_step(automation_id: int, *, version: int | None = None) -> dict[str, AtStep]:
    """By step id; of all versions, or of one. Two statements."""
    runs = Run.objects.filter(automation=automation_id, state=Run.State.ACTIVE)
    done = StepDone.objects.filter(run__automation=automation_id)
    if version is not None:
        runs, done = runs.filter(version__number=version), done.filter(run__version__number=version)
    here = dict(runs.order_by().values_list("step").annotate(n=Count("pk")))
    passed: dict[str, dict[str, int]] = {}
    for step, outcome, n in done.order_by().values_list("step", "outcome").annotate(n=Count("pk")):
        passed.setdefault(step, {})[outcome] = n
    return {
        step: AtStep(
            here.get(step, 0),
            sum(passed.get(step, {}).values()),
            tuple(sorted(passed.get(step, {}).items(), key=lambda one: (-one[1], one[0]))),
        )
        for step in {*here, *passed}
    }


def totals(automation_id: int) -> dict[str, int]:
    """Runs by state; every state of `Run.State`, and `entered` for all."""
    found = dict(Run.objects.filter(automation=automation_id).order_by().values_list("state").annotate(n=Count("pk")))
    return {"entered": sum(found.values())} | {state: found.get(state, 0) for state in Run.State.values}


def runs_table(automation_id: int, *, state: str = "", step: str = "", q: str = "") -> QuerySet[Run]:
    """Newest first; `q` is looked for in names and addresses."""
    found = Run.objects.filter(automation=automation_id).select_related("version")
    if state in Run.State.values:
        found = found.filter(state=state)
    if step:
        found = found.filter(step=step, state=Run.State.ACTIVE)
    if q.strip():
        word = q.strip()
        named = Contact.objects.filter(pk=OuterRef("contact_id")).filter(
            Q(email__icontains=word) | Q(first_name__icontains=word) | Q(last_name__icontains=word)
        )
        found = found.filter(Exists(named))
    return found.order_by("-entered_at", "-pk")


def runs_of_contact(contact_id: int) -> QuerySet[Run]:
    return (
        Run.objects.filter(contact_id=contact_id).select_related("automation", "version").order_by("-entered_at", "-pk")
    )


def people_of(runs: Iterable[Run]) -> dict[int, Contact]:
    """The contacts of runs; without those that are gone."""
    return Contact.objects.in_bulk({run.contact_id for run in runs})


def versions_of(automation_id: int) -> QuerySet[AutomationVersion]:
    """Newest first, each with `people`: the runs that follow it."""
    return AutomationVersion.objects.filter(automation=automation_id).annotate(people=Count("runs")).order_by("-number")


def campaigns_to_send() -> QuerySet[Campaign]:
    """What a step may send."""
    kind = Campaign.objects.filter(kind=Campaign.Kind.AUTOMATED)
    return kind.exclude(state=Campaign.State.CANCELLED).order_by("name", "pk")


def using(keys: Iterable[str]) -> QuerySet[AutomationVersion]:
    """The versions that matter now and read any of the keys: the newest, the live, and those somebody is still on."""
    return (
        AutomationVersion.objects.filter(keys__overlap=list(keys))
        .exclude(automation__state=Automation.State.ARCHIVED)
        .filter(
            Q(number=F("automation__live_version"))
            | Q(number=F("automation__version"))
            | Exists(Run.objects.filter(version=OuterRef("pk"), state=Run.State.ACTIVE))
        )
        .select_related("automation")
        .order_by("automation__name", "automation_id", "number")
    )
