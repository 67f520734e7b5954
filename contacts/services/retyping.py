"""Another type for an attribute with values: every value converted at once or kept for the undo, in one transaction.

Set-based: each different value is converted once, the database rewrites the rows. What a writer with an old catalogue
adds meanwhile is settled by a second look. Lists that read the attribute are built anew afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from crmseg.access import account, audit
from crmseg.common import clock
from crmseg.common import json as exact
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import Conflict, InvalidInput, Problem
from crmseg.common.sql import scratch_table

from .. import reading, signals, values
from ..converting import convert
from ..fields import Field, FieldType
from ..filling import table_of
from ..models import AttributeDefinition, RetypedValue, Retyping
from ..trial import NEED_OPTIONS, target_field

UNDO_WITHIN = timedelta(days=30)
_KEEP = """
    INSERT INTO contacts_retypedvalue (retyping_id, row_id, old, new)
    SELECT %(retyping)s, row.id, turned.old, turned.new
      FROM {table} AS row JOIN retyping_turned AS turned ON turned.old = row.attributes -> %(key)s
     WHERE turned.new IS DISTINCT FROM turned.old
        ON CONFLICT DO NOTHING
"""
# The value is looked at once more when the row is ours: another hand may have changed it meanwhile.
_WRITE = """
    UPDATE {table} AS row
       SET attributes = CASE WHEN kept.new IS NULL THEN row.attributes - %(key)s
                             ELSE jsonb_set(row.attributes, ARRAY[%(key)s], kept.new) END,
           updated_at = statement_timestamp()
      FROM contacts_retypedvalue AS kept
     WHERE kept.retyping_id = %(retyping)s AND kept.row_id = row.id AND row.attributes -> %(key)s = kept.old
"""
_RESTORE = """
    UPDATE {table} AS row
       SET attributes = jsonb_set(row.attributes, ARRAY[%(key)s], kept.old), updated_at = statement_timestamp()
      FROM contacts_retypedvalue AS kept
     WHERE kept.retyping_id = %(retyping)s AND kept.row_id = row.id
       AND row.attributes -> %(key)s IS NOT DISTINCT FROM kept.new
"""
_TURN = """
    UPDATE {table} AS row
       SET attributes = jsonb_set(row.attributes, ARRAY[%(key)s], turned.new), updated_at = statement_timestamp()
      FROM retyping_turned AS turned
     WHERE turned.old = row.attributes -> %(key)s AND turned.new IS NOT NULL AND turned.new <> turned.old
"""


def retype_attribute(
    definition_id: int,
    *,
    type_: FieldType,
    options: list[str],
    only_whole: bool = False,
    actor: Actor,
) -> Retyping:
    """`only_whole`: refused when any value would be lost. Otherwise those are kept for the undo, and in a file."""
    with acting(actor):
        definition = AttributeDefinition.objects.select_for_update().get(pk=definition_id)
        found = [value for value, _raw in _different(definition)]
        target = target_field(definition, type_, options, found)
        _check(definition, target)
        retyping = Retyping.objects.create(
            definition=definition,
            former_type=definition.type,
            former_options=definition.options,
            present_type=type_.value,
            present_options=list(target.options),
            at=clock.now(),
            actor=str(actor),
        )
        _rewrite(definition, retyping, target)
        lost = RetypedValue.objects.filter(retyping=retyping, new__isnull=True).count()
        if lost and only_whole:
            raise Conflict(_("%(count)s values would be lost, so nothing was changed.") % {"count": lost})
        definition.type, definition.options = type_.value, list(target.options)
        definition.save(update_fields=["type", "options"])
        _tally(retyping)
        audit.record(
            actor,
            "updated",
            definition,
            {"type": type_.value, "options": definition.options, "converted": retyping.converted, "lost": lost},
        )
        _announce(definition)
    with acting(actor):
        _rewrite(definition, retyping, target)
        _tally(retyping)
    return retyping


def undo_retyping(retyping_id: int, *, actor: Actor) -> int:
    """Every value as it was, where nobody changed it since. Newer ones are converted back, or stay as they are if they
    cannot be; returns how many rows were restored."""
    with acting(actor), connection.cursor() as cursor:
        held = Retyping.objects.select_for_update().get(pk=retyping_id)
        definition = AttributeDefinition.objects.select_for_update().get(pk=held.definition_id)
        if reason := why_not_undo(held):
            raise Conflict(reason)
        former = values.definition_field(
            AttributeDefinition(
                key=definition.key,
                label=definition.label,
                group=definition.group,
                type=held.former_type,
                options=held.former_options,
            )
        )
        _check_readers(definition, former)
        parameters: dict[str, str | int] = {"key": definition.key, "retyping": held.pk}
        cursor.execute(_RESTORE.format(table=table_of(definition.entity)), parameters)
        restored = int(cursor.rowcount)
        _prepare(definition, former)
        cursor.execute(_TURN.format(table=table_of(definition.entity)), parameters)
        definition.type, definition.options = held.former_type, held.former_options
        definition.save(update_fields=["type", "options"])
        held.undone_at, held.undone_by = clock.now(), str(actor)
        held.save(update_fields=["undone_at", "undone_by"])
        audit.record(actor, "undone", definition, {"type": held.former_type, "restored": restored})
        _announce(definition)
    return restored


def why_not_undo(retyping: Retyping) -> str:
    """Empty when it can be undone."""
    if retyping.undone_at is not None:
        return _("This was undone already.")
    if retyping.at < clock.now() - UNDO_WITHIN:
        return _("This can be undone for %(days)s days.") % {"days": UNDO_WITHIN.days}
    if Retyping.objects.filter(definition=retyping.definition_id, pk__gt=retyping.pk, undone_at=None).exists():
        return _("The type was changed again since: undo that first.")
    return ""


def forget_old_retypings() -> None:
    """The former values, when the time to undo has passed; what could not be kept stays for its file."""
    old = Retyping.objects.filter(at__lt=clock.now() - UNDO_WITHIN)
    RetypedValue.objects.filter(retyping__in=old).filter(new__isnull=False).delete()


def _check(definition: AttributeDefinition, target: Field) -> None:
    if (definition.type, tuple(definition.options)) == (target.type.value, target.options):
        raise InvalidInput([Problem("/type", _("It is of this type already."))])
    if target.type in NEED_OPTIONS and not target.options:
        raise InvalidInput([Problem("/options", _("Give the options that may be chosen."))])
    _check_readers(definition, target)


def _check_readers(definition: AttributeDefinition, target: Field) -> None:
    effects = reading.effects(reading.attribute_key(definition.entity, definition.key), target)
    blocked = [effect.use.name for effect in effects if effect.problems]
    if blocked:
        message = _("These lists could not read it any more: %(names)s. Change them first.")
        raise Conflict([Problem("/type", message % {"names": ", ".join(blocked)})])


def _rewrite(definition: AttributeDefinition, retyping: Retyping, target: Field) -> None:
    _prepare(definition, target)
    table = table_of(definition.entity)
    parameters: dict[str, str | int] = {"key": definition.key, "retyping": retyping.pk}
    with connection.cursor() as cursor:
        cursor.execute(_KEEP.format(table=table), parameters)
        if cursor.rowcount:
            cursor.execute(_WRITE.format(table=table), parameters)
            signals.ring()


def _prepare(definition: AttributeDefinition, target: Field) -> None:
    """The scratch table `retyping_turned`: each different value and what it becomes, NULL where it is lost."""
    zone = account.current().time_zone
    with connection.cursor() as cursor:
        scratch_table(cursor, "retyping_turned", "old jsonb, new jsonb")
        turned = [(raw, _turned(partial(convert, value, target, zone))) for value, raw in _different(definition)]
        with cursor.copy("COPY retyping_turned (old, new) FROM STDIN") as copy:
            for row in turned:
                copy.write_row(row)
        cursor.execute("ANALYZE retyping_turned")


def _turned(reading_it: Callable[[], Any]) -> str | None:
    try:
        return exact.dumps(reading_it()).decode()
    except ValueError:
        return None


def _different(definition: AttributeDefinition) -> Iterator[tuple[Any, str]]:
    """Each different value, as Python and as JSON."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT attributes -> %(key)s FROM {table_of(definition.entity)}"
            " WHERE attributes -> %(key)s <> 'null'",
            {"key": definition.key},
        )
        rows = cursor.fetchall()
    for (raw,) in rows:
        yield json.loads(raw, parse_float=Decimal), raw


def _tally(retyping: Retyping) -> None:
    kept = RetypedValue.objects.filter(retyping=retyping)
    counts = kept.aggregate(lost=Count("pk", filter=Q(new__isnull=True)), all=Count("pk"))
    retyping.lost, retyping.converted = counts["lost"], counts["all"] - counts["lost"]
    retyping.save(update_fields=["lost", "converted"])


def _announce(definition: AttributeDefinition) -> None:
    key = reading.attribute_key(definition.entity, definition.key)
    signals.ring()
    transaction.on_commit(lambda: signals.attribute_retyped.send_robust(sender=None, key=key), robust=True)
