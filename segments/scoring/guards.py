"""What score models read is not deleted under them, and what their scores would lose is told before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from ..definition import depends
from ..guards import Place
from ..models import ScoreModel
from ..reading import forms_of


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


def _called(name: str) -> str:
    return _("the score “%(name)s”") % {"name": name}


def _page(model_id: int) -> str:
    try:
        return reverse("leads:model", args=[model_id])
    except NoReverseMatch:
        return ""
