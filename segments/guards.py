"""What uses a list, told by every room that does; a list in use is not deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from crmseg.common import once

from .definition import depends
from .models import Segment


@dataclass(frozen=True)
class CampaignUse:
    """A campaign that uses a list, as the room above tells it."""

    id: int
    name: str
    state: str


@dataclass(frozen=True)
class Place:
    """One place that uses a list, in words that fit into a sentence, and where it is looked at."""

    said: str
    url: str = ""


Finder = Callable[[Sequence[int]], Iterable[tuple[int, Place]]]
CampaignFinder = Callable[[Sequence[int]], list[CampaignUse]]
_finders: list[Finder] = []
_campaign_finders: list[CampaignFinder] = []


def register(finder: Finder) -> None:
    """`finder` names the places that use any of the lists, given their ids, each with the list it uses."""
    _finders.append(finder)


def register_campaigns(finder: CampaignFinder) -> None:
    """`finder` names the campaigns that use any of the lists, given their ids."""
    _campaign_finders.append(finder)


def campaigns_using(segment_ids: Sequence[int]) -> list[CampaignUse]:
    """Every campaign that uses one of the lists, or did."""
    return [use for finder in _campaign_finders for use in finder(segment_ids)]


def uses(segment_id: int) -> list[str]:
    """Every place that uses the list, in words."""
    return [place.said for place in places([segment_id]).get(segment_id, [])]


def places(segment_ids: Sequence[int]) -> dict[int, list[Place]]:
    """Every place that uses one of the lists, by list; without those that nothing uses."""
    asked = tuple(segment_ids)
    return once.a_page(("places", asked), lambda: _places(asked))


def _places(segment_ids: Sequence[int]) -> dict[int, list[Place]]:
    found: dict[int, list[Place]] = {}
    for finder in _finders if segment_ids else ():
        for segment_id, place in finder(segment_ids):
            found.setdefault(segment_id, []).append(place)
    return found


def other_lists(segment_ids: Sequence[int]) -> Iterator[tuple[int, Place]]:
    """The lists whose definitions ask one of these, about the contact or a colleague, or that are its snapshots."""
    asked = {f"{prefix}segment:{pk}": pk for pk in segment_ids for prefix in ("", depends.COLLEAGUE)}
    readers = Segment.objects.filter(keys__overlap=list(asked)).order_by("name")
    for pk, name, keys in readers.values_list("pk", "name", "keys"):
        for segment_id in sorted({asked[key] for key in keys if key in asked}):
            yield segment_id, _list_named(pk, name)
    snapshots = Segment.unarchived.filter(snapshot_of__in=segment_ids).order_by("name")
    for pk, name, source in snapshots.values_list("pk", "name", "snapshot_of"):
        if source is not None:
            yield source, _list_named(pk, name)


def _list_named(pk: int, name: str) -> Place:
    return Place(_("the list “%(name)s”") % {"name": name}, reverse("segments:segment", args=[pk]))


def lists_reading(keys: Sequence[str]) -> list[str]:
    """The lists whose definitions read any of these dependency keys, in words."""
    read = [
        form for key in keys for form in (key, f"{depends.COLLEAGUE}{key}", key.replace("attribute:", "percentile:"))
    ]
    names = Segment.objects.filter(keys__overlap=read).values_list("name", flat=True)
    return [_("the list “%(name)s”") % {"name": name} for name in names]
