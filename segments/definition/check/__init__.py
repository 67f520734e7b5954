"""Warnings: definitions that are allowed, and probably not meant."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crmseg.common.problems import Problem

from ..nodes import Compare, InSegment, Node, Performed, walk
from ..schema import Catalogue


def warnings(node: Node, catalogue: Catalogue) -> list[Problem]:
    """Everything worth a second look, each at its node."""
    found = []
    for pointer, leaf in walk(node):
        match leaf:
            case Performed(event) if event not in catalogue.event_types:
                said = _("No event named “%(event)s” has been seen yet.") % {"event": event}
                found.append(Problem(f"{pointer}/event", said))
            case Performed() | Compare() | InSegment():
                pass
    return found
