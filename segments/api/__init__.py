"""Lists over HTTP: their definitions, their members, their past, and the feed of every entry and exit."""

from __future__ import annotations

from .checks import CheckActions
from .compare import CompareActions
from .discoveries import DiscoveryViewSet
from .explain import ExplainActions
from .feed import FeedActions
from .filing import FilingActions
from .fittings import FittingViewSet
from .lists import ListActions
from .members import ContactSegments, MemberActions
from .pins import PinActions
from .profile import ProfileActions
from .scores import ContactScore, ContactScoreHistory, ContactScores, ScoreModelViewSet
from .targets import TargetActions
from .versions import VersionActions
from .worth import WorthActions

__all__ = [
    "ContactScore",
    "ContactScoreHistory",
    "ContactScores",
    "ContactSegments",
    "DiscoveryViewSet",
    "FittingViewSet",
    "ScoreModelViewSet",
    "SegmentViewSet",
]


class SegmentViewSet(
    ListActions,
    CheckActions,
    CompareActions,
    ExplainActions,
    MemberActions,
    PinActions,
    ProfileActions,
    TargetActions,
    VersionActions,
    WorthActions,
    FilingActions,
    FeedActions,
):
    safe_posts = frozenset({"preview", "validate", "impact", "explain_definition"})
