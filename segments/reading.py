"""Which lists read an attribute, an event type or a consent; and what another type of an attribute means to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.urls import reverse

from contacts import reading
from contacts.fields import Field
from contacts.reading import Effect, Use
from contacts.signals import attribute_retyped
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import InvalidInput

from . import catalogue
from .definition import depends
from .definition.load import load
from .models import Segment


def connect() -> None:
    """Called once, when the apps are ready."""
    reading.register(lists_by_key)
    reading.register_judge(lists_judged)
    attribute_retyped.connect(_rebuild, dispatch_uid="segments.retyped")


def forms_of(key: str) -> tuple[str, ...]:
    """How the keys of a list may name what it reads by `key`."""
    return key, f"{depends.COLLEAGUE}{key}", key.replace("attribute:", depends.PERCENTILE)


def lists_by_key(keys: Collection[str]) -> Mapping[str, list[Use]]:
    meant = {form: key for key in keys for form in forms_of(key)}
    found: dict[str, list[Use]] = {}
    rows = Segment.objects.filter(keys__overlap=list(meant)).order_by("name").values_list("pk", "name", "keys")
    for pk, name, read in rows:
        for key in dict.fromkeys(meant[one] for one in read if one in meant):
            found.setdefault(key, []).append(_use(pk, name))
    return found


def lists_judged(key: str, field: Field) -> Iterable[Effect]:
    """Each list that reads the attribute is read again as if the attribute were of the other type."""
    reading_it = list(Segment.objects.filter(keys__overlap=list(forms_of(key))).order_by("name"))
    if not reading_it:
        return []
    known = catalogue.current()
    name = key.removeprefix("attribute:")
    retyped = replace(known.properties[name], type=field.type, options=field.options)
    other = replace(known, properties={**known.properties, name: retyped})
    found = []
    for segment in reading_it:
        try:
            load(segment.definition, other, reader_of=segment.pk)
        except InvalidInput as error:
            found.append(Effect(_use(segment.pk, segment.name), tuple(one.message for one in error.problems)))
        else:
            found.append(Effect(_use(segment.pk, segment.name)))
    return found


def _use(pk: int, name: str) -> Use:
    return Use("list", name, reverse("segments:segment", args=[pk]))


def _rebuild(key: str, **_signal: Any) -> None:
    """The same definition asks another question of a value of another type."""
    from . import services

    services.rebuild_readers(forms_of(key), actor=SYSTEM, cause="attribute")
