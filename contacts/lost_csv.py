"""The values that a change of type could not keep, as CSV: whose each was, so that it can be mended and imported."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Model

from .export import line
from .models import AttributeDefinition, Company, Contact, RetypedValue, Retyping

BATCH = 2_000
_WHOSE: dict[str, tuple[type[Model], tuple[str, ...]]] = {
    AttributeDefinition.Entity.CONTACT: (Contact, ("external_id", "email")),
    AttributeDefinition.Entity.COMPANY: (Company, ("domain", "name")),
}


def lost_csv(retyping: Retyping) -> Iterator[str]:
    """Batch by batch, by id."""
    model, columns = _WHOSE[retyping.definition.entity]
    yield line(["id", *columns, retyping.definition.key])
    after = 0
    lost = RetypedValue.objects.filter(retyping=retyping, new__isnull=True).order_by("row_id")
    while rows := list(lost.filter(row_id__gt=after).values_list("row_id", "old")[:BATCH]):
        after = rows[-1][0]
        found = model._default_manager.filter(pk__in=[pk for pk, _old in rows]).values_list("pk", *columns)
        whose = {pk: cells for pk, *cells in found}
        for pk, old in rows:
            yield line([pk, *whose.get(pk, [None] * len(columns)), old])
