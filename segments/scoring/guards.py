"""What score models read is not deleted under them, and what their scores would lose is told before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from contacts.fields import Field
from contacts.reading import Effect, Use
from crmseg.common.problems import InvalidInput

from .. import catalogue
from ..definition import depends
from ..guards import Place
from ..models import ScoreModel
from ..reading import forms_of
from . import load


def models_asking(segment_ids: Sequence[int]) -> Iterator[tuple[int, Place]]:
    """The score models whose rules ask one of these lists, about the contact or a colleague."""
    asked = {f"{prefix}segment:{pk}": pk for pk in segment_ids for prefix in ("", depends.COLLEAGUE)}
    readers = ScoreModel.objects.filter(keys__overlap=list(asked)).order_by("name")
    for pk, name, keys in readers.values_list("pk", "name", "keys"):
        for segment_id in sorted({asked[key] for key in keys if key in asked}):
            yield segment_id, Place(_called(name), _page(pk))


def models_reading(keys: Sequence[str]) -> list[str]:
    """The score models whose rules read any of these dependency keys, in words."""
    read = [form for key in keys for form in forms_of(key)]
    names = ScoreModel.objects.filter(keys__overlap=read).order_by("name").values_list("name", flat=True)
    return [_called(name) for name in names]


def models_by_key(keys: Collection[str]) -> Mapping[str, list[Use]]:
    """What reads each of the keys, for the pages of attributes, events and consents."""
    meant = {form: key for key in keys for form in forms_of(key)}
    found: dict[str, list[Use]] = {}
    rows = ScoreModel.objects.filter(keys__overlap=list(meant)).order_by("name").values_list("pk", "name", "keys")
    for pk, name, read in rows:
        for key in dict.fromkeys(meant[one] for one in read if one in meant):
            found.setdefault(key, []).append(Use("score", name, _page(pk)))
    return found


def models_judged(key: str, field: Field) -> Iterator[Effect]:
    """Each model that reads the attribute is read again as if the attribute were of the other type."""
    reading_it = list(ScoreModel.objects.filter(keys__overlap=list(forms_of(key))).order_by("name"))
    if not reading_it:
        return
    known = catalogue.current()
    name = key.removeprefix("attribute:")
    retyped = replace(known.properties[name], type=field.type, options=field.options)
    other = replace(known, properties={**known.properties, name: retyped})
    for model in reading_it:
        use = Use("score", model.name, _page(model.pk))
        try:
            load.load(model.definition, other)
        except InvalidInput as error:
            yield Effect(use, tuple(one.message for one in error.problems))
        else:
            yield Effect(use)


def _called(name: str) -> str:
    return _("the score “%(name)s”") % {"name": name}


def _page(model_id: int) -> str:
    try:
        return reverse("leads:model", args=[model_id])
    except NoReverseMatch:
        return ""
