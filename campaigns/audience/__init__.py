"""Whom a campaign reaches, and why it does not reach the others."""

from .judge import bucket
from .outcomes import REASONS, SKIPPED, SKIPPED_LATER
from .snapshot import add, ask, freeze, people_at, reached, refusals, so_far, some_of, versions_of, waterfall

__all__ = [
    "REASONS",
    "SKIPPED",
    "SKIPPED_LATER",
    "add",
    "ask",
    "bucket",
    "freeze",
    "people_at",
    "reached",
    "refusals",
    "so_far",
    "some_of",
    "versions_of",
    "waterfall",
]
