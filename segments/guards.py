"""What uses a list, told by every room that does; a list in use is not deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .definition import depends
from .models import Segment


@dataclass(frozen=True)
class CampaignUse:
    """A campaign that uses a list, as the room above tells it."""

    id: int
    name: str
    state: str


Finder = Callable[[int], list[str]]
CampaignFinder = Callable[[Sequence[int]], list[CampaignUse]]
_finders: list[Finder] = []
_campaign_finders: list[CampaignFinder] = []


def register(finder: Finder) -> None:
    """`finder` names the places that use a list, given its id."""
    _finders.append(finder)


def register_campaigns(finder: CampaignFinder) -> None:
    """`finder` names the campaigns that use any of the lists, given their ids."""
    _campaign_finders.append(finder)


def campaigns_using(segment_ids: Sequence[int]) -> list[CampaignUse]:
    """Every campaign that uses one of the lists, or did."""
    return [use for finder in _campaign_finders for use in finder(segment_ids)]


def uses(segment_id: int) -> list[str]:
    """Every place that uses the list, in words."""
    return [place for finder in _finders for place in finder(segment_id)]


def other_lists(segment_id: int) -> list[str]:
    """The lists whose definitions ask this one, or that are snapshots of it."""
    readers = Segment.objects.filter(keys__contains=[f"segment:{segment_id}"])
    snapshots = Segment.unarchived.filter(snapshot_of=segment_id)
    names = [*readers.values_list("name", flat=True), *snapshots.values_list("name", flat=True)]
    return [_("the list “%(name)s”") % {"name": name} for name in names]


def lists_reading(keys: Sequence[str]) -> list[str]:
    """The lists whose definitions read any of these dependency keys, in words."""
    read = [
        form for key in keys for form in (key, f"{depends.COLLEAGUE}{key}", key.replace("attribute:", "percentile:"))
    ]
    names = Segment.objects.filter(keys__overlap=read).values_list("name", flat=True)
    return [_("the list “%(name)s”") % {"name": name} for name in names]
