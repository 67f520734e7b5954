"""From a CSV file to contacts: look at it, match its columns, try it, run it apart, mend what was refused."""

from .files import shown_name
from .problems import problems_csv
from .running import run, waiting
from .steps import cancel, configure, dry_run, guess_mapping, receive, sample, start
from .targets import targets
from .undoing import forget_old, is_undoable, reason_of, run_undo, shown, undo, undo_report, waiting_undo

__all__ = [
    "cancel",
    "configure",
    "dry_run",
    "forget_old",
    "guess_mapping",
    "is_undoable",
    "problems_csv",
    "reason_of",
    "receive",
    "run",
    "run_undo",
    "sample",
    "shown",
    "shown_name",
    "start",
    "targets",
    "undo",
    "undo_report",
    "waiting",
    "waiting_undo",
]
