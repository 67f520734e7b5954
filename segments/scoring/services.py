"""Create, change and delete score models. A definition that is saved is a version, and none is ever lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from contacts import guards
from crmseg.access import audit
from crmseg.common import clock, json
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import catalogue
from ..definition import depends
from ..engine import cutoffs, locks
from ..models import Score, ScoreModel, ScoreModelVersion
from . import build, cycles, load
from .checks import MOST_TEXT, key_problems, number_problems, text_problems
from .history import names_of
from .schema import Scheme, dump


def create_model(
    *,
    key: str,
    name: str,
    definition: object,
    description: str = "",
    link: str = ScoreModel.Link.SUM,
    intercept: Decimal | int = 0,
    draft: bool = False,
    reason: str = "",
    actor: Actor,
) -> ScoreModel:
    """Create a score model. Unless it is a draft, everyone is scored by it at once, in the background."""
    with transaction.atomic():
        locks.lock_graph()
        problems = key_problems(key) + text_problems(name, description) + number_problems(link, intercept)
        scheme, refused = _read(definition, draft=draft)
        if problems or refused:
            raise InvalidInput(problems + refused)
        assert scheme is not None
        model = ScoreModel(key=key, name=name.strip(), description=description.strip())
        model.link, model.intercept, model.definition = link, Decimal(intercept), dump(scheme)
        model.save()
        _save_version(model, scheme, actor, reason)
        audit.record(actor, "created", model, {"key": key, "definition": model.definition})
        if not draft:
            _follow(model, scheme)
    return model


def update_model(
    model_id: int,
    *,
    actor: Actor,
    name: str | None = None,
    description: str | None = None,
    definition: object = None,
    link: str | None = None,
    intercept: Decimal | int | None = None,
    reason: str = "",
) -> ScoreModel:
    """Change a score model. What alters the score is a new version, and everyone is scored anew by it."""
    with transaction.atomic():
        locks.lock_graph()
        model = _hold(model_id)
        draft = model.state == ScoreModel.State.DRAFT
        named = model.name if name is None else name
        told = model.description if description is None else description
        wanted = model.link if link is None else link
        base = model.intercept if intercept is None else intercept
        problems = text_problems(named, told) + number_problems(wanted, base)
        scheme, refused = _read(model.definition if definition is None else definition, draft=draft)
        if problems or (refused and definition is not None):
            raise InvalidInput(problems + refused)
        if definition is not None and scheme is not None:
            _refuse_circles(scheme, model.pk)
        before = {field: getattr(model, field) for field in ("name", "description", "definition", "link", "intercept")}
        model.name, model.description, model.link, model.intercept = named.strip(), told.strip(), wanted, Decimal(base)
        if definition is not None and scheme is not None:
            model.definition = dump(scheme)
        after = {field: getattr(model, field) for field in before}
        changes = {field: now for field, now in after.items() if not _same(now, before[field])}
        model.save(update_fields=[*before, "updated_at"])
        if not {"definition", "link", "intercept"}.isdisjoint(changes):
            if scheme is None:
                raise InvalidInput(refused)
            _save_version(model, scheme, actor, reason)
            if not draft:
                build.queue(model)
        if changes:
            audit.record(actor, "updated", model, changes, before=before)
    return model


def publish_model(model_id: int, *, actor: Actor) -> ScoreModel:
    """Let a draft give every contact a score from now on."""
    with transaction.atomic():
        locks.lock_graph()
        model = _hold(model_id)
        if model.state != ScoreModel.State.DRAFT:
            raise Conflict(_("This score model is no draft any more."))
        scheme, refused = _read(model.definition, draft=False)
        if scheme is None or refused:
            raise InvalidInput(refused)
        _follow(model, scheme)
        audit.record(actor, "started", model)
    return model


def rebuild_model(model_id: int, *, actor: Actor) -> ScoreModel:
    """Look at everybody again, in the background."""
    with transaction.atomic():
        locks.lock_graph()
        model = _hold(model_id)
        if model.state == ScoreModel.State.DRAFT:
            raise Conflict(_("This score model is a draft: it gives nobody a score yet."))
        build.queue(model)
        audit.record(actor, "refreshed", model)
    return model


def rebuild_everything() -> int:
    """Look at everybody again by every model, in the background; return how many those are."""
    with transaction.atomic():
        locks.lock_graph()
        models = list(build.followed().select_for_update(no_key=True))
        for model in models:
            build.queue(model)
    return len(models)


def rollback_model(model_id: int, number: int, *, actor: Actor, reason: str = "") -> ScoreModel:
    """Save an earlier version as a new one."""
    version = ScoreModelVersion.objects.filter(model=model_id, number=number).first()
    if version is None:
        raise InvalidInput([Problem("/version", _("There is no such version of this score model."))])
    with transaction.atomic():
        locks.lock_graph()
        before = ScoreModel.objects.get(pk=model_id).version
        model = update_model(
            model_id,
            definition=version.definition,
            link=version.link,
            intercept=version.intercept,
            reason=reason or _("Back to version %(number)s.") % {"number": number},
            actor=actor,
        )
        if model.version == before:
            raise Conflict([Problem("/version", _("The score model is like this already."))])
    return model


def make_default(model_id: int, *, actor: Actor) -> ScoreModel:
    """Show this model first, wherever one score is shown."""
    with transaction.atomic():
        locks.lock_graph()
        model = _hold(model_id)
        if not model.is_default:
            ScoreModel.objects.filter(is_default=True).update(is_default=False)
            model.is_default = True
            model.save(update_fields=["is_default", "updated_at"])
            audit.record(actor, "updated", model, {"is_default": True}, before={"is_default": False})
    return model


def archive_model(model_id: int, *, actor: Actor) -> ScoreModel:
    """Put a model away, or refuse and name what reads its score. Nobody has its score from now on."""
    with transaction.atomic():
        locks.lock_graph()
        locks.lock_everyone()
        model = _hold(model_id)
        _stop(model)
        model.archived_at, model.keys, model.is_default = clock.now(), [], False
        model.save(update_fields=["archived_at", "keys", "is_default", "updated_at"])
        audit.record(actor, "archived", model)
    return model


def restore_model(model_id: int, *, actor: Actor) -> ScoreModel:
    """Take a model back as a draft: what it reads may be gone by now."""
    with transaction.atomic():
        locks.lock_graph()
        model = ScoreModel.objects.select_for_update(no_key=True).get(pk=model_id)
        if model.archived_at is None:
            raise Conflict(_("This score model is not archived."))
        model.archived_at, model.state, model.error = None, ScoreModel.State.DRAFT, ""
        model.save(update_fields=["archived_at", "state", "error", "updated_at"])
        audit.record(actor, "restored", model)
    return model


def delete_model(model_id: int, *, actor: Actor) -> None:
    """Delete a model with its scores, or refuse and name what reads them. Its history stays with the contacts."""
    with transaction.atomic():
        locks.lock_graph()
        locks.lock_everyone()
        model = ScoreModel.objects.select_for_update().get(pk=model_id)
        _stop(model)
        audit.record(actor, "deleted", model)
        model.delete()


def _stop(model: ScoreModel) -> None:
    """Take the scores away, where nothing reads them."""
    if places := guards.used_in([f"attribute:{name}" for name in names_of(model.key)]):
        used = _("This score is used: %(places)s. Remove it there first.") % {"places": "; ".join(places)}
        raise Conflict([Problem("", used)])
    build.supersede(model)
    Score.objects.filter(model=model).delete()


def _hold(model_id: int) -> ScoreModel:
    model = ScoreModel.objects.select_for_update(no_key=True).get(pk=model_id)
    if model.archived_at is not None:
        raise Conflict(_("The score model “%(name)s” is archived. Restore it first.") % {"name": model.name})
    return model


def _read(definition: object, *, draft: bool) -> tuple[Scheme | None, list[Problem]]:
    try:
        scheme = load.load(definition, catalogue.current())
    except InvalidInput as invalid:
        return None, [problem.under("/definition") for problem in invalid.problems]
    if not scheme.has_rules and not draft:
        return None, [Problem("/definition/groups", _("This score model has no rules yet: it needs at least one."))]
    return scheme, []


def _follow(model: ScoreModel, scheme: Scheme) -> None:
    """Everyone gets the score of this model from now on; the first such model is the default."""
    _refuse_circles(scheme, model.pk)
    model.is_default = model.is_default or not ScoreModel.objects.filter(is_default=True).exists()
    model.keys = _keys(scheme)
    model.save(update_fields=["is_default", "keys"])
    build.queue(model)


def _save_version(model: ScoreModel, scheme: Scheme, actor: Actor, reason: str) -> None:
    model.version += 1
    model.keys = _keys(scheme)
    ScoreModelVersion.objects.create(
        model=model,
        number=model.version,
        definition=model.definition,
        link=model.link,
        intercept=model.intercept,
        saved_by=str(actor),
        reason=reason[:MOST_TEXT],
    )
    model.save(update_fields=["version", "keys", "updated_at"])


def _refuse_circles(scheme: Scheme, model_id: int) -> None:
    rules = [(f"{at}/definition", rule.tree) for at, rule in scheme.rules()]
    if problems := cycles.of_model(rules, model_id):
        raise InvalidInput([problem.under("/definition") for problem in problems])


def _keys(scheme: Scheme) -> list[str]:
    """What the rules read. What they compare with is there from now on, too."""
    trees = [tree for _at, rule in scheme.rules() for tree in rule.ladder]
    for tree in trees:
        cutoffs.ensure(tree)
    return sorted(frozenset[str]().union(*(depends.keys(tree) for tree in trees)))


def _same(one: Any, other: Any) -> bool:
    return json.canonical(one) == json.canonical(other)
