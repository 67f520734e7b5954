"""From a CSV file to contacts: look at it, match its columns, try it, run it apart, mend what was refused."""

from .problems import problems_csv
from .running import run, waiting
from .steps import cancel, configure, dry_run, guess_mapping, receive, sample, start
from .targets import targets

__all__ = [
    "cancel",
    "configure",
    "dry_run",
    "guess_mapping",
    "problems_csv",
    "receive",
    "run",
    "sample",
    "start",
    "targets",
    "waiting",
]
