"""Lists, who is in them, how they are filed, and the ledger of every entry and exit."""

from .builds import AuditReport, Build, BuildTouched
from .discovery import Discovery
from .exact import ExactNumber, Percentile
from .figures import MoveCount, Target
from .filing import Folder, Follow, HintDismissed, HintFound, Look
from .fitting import Fitting, FittingPart
from .lists import Segment, SegmentVersion, Unarchived
from .membership import ContactDue, LedgerEntry, Membership, PendingMove, Pin
from .scoring import Score, ScoreBuild, ScoreModel, ScoreModelVersion

__all__ = [
    "AuditReport",
    "Build",
    "BuildTouched",
    "ContactDue",
    "Discovery",
    "ExactNumber",
    "Fitting",
    "FittingPart",
    "Folder",
    "Follow",
    "HintDismissed",
    "HintFound",
    "LedgerEntry",
    "Look",
    "Membership",
    "MoveCount",
    "PendingMove",
    "Percentile",
    "Pin",
    "Score",
    "ScoreBuild",
    "ScoreModel",
    "ScoreModelVersion",
    "Segment",
    "SegmentVersion",
    "Target",
    "Unarchived",
]
