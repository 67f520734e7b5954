"""What the definitions of saved lists say: now, and as of the version that somebody used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput

from . import catalogue
from .definition import describe
from .definition.load import load
from .definition.schema import Catalogue
from .models import Segment, SegmentVersion

LONGEST_AT_A_GLANCE = 2_000


def sentence_of(definition: object, known: Catalogue) -> str:
    """What a stored definition says; one that can no longer be read says so."""
    try:
        return describe.sentence(load(definition, known), known)
    except InvalidInput as error:
        return _("This definition can no longer be read: %(problem)s") % {"problem": error.problems[0].message}


def of_versions(used: Mapping[int, int | None]) -> dict[int, str]:
    """By list, the sentence of the version given, or of the present one; without those that have no definition."""
    known = catalogue.current()
    present = dict(Segment.objects.filter(pk__in=used, definition__isnull=False).values_list("pk", "definition"))
    versions = SegmentVersion.objects.filter(segment__in=used, number__in=[n for n in used.values() if n])
    past = {(pk, n): said for pk, n, said in versions.values_list("segment_id", "number", "definition")}
    found = {pk: past.get((pk, number)) if number else present.get(pk) for pk, number in used.items()}
    return {pk: sentence_of(definition, known) for pk, definition in found.items() if definition is not None}


def at_a_glance(segments: Iterable[Segment]) -> dict[int, str]:
    """The sentences of those whose definitions are short enough to be read for a table."""
    known = catalogue.current()
    return {
        segment.pk: sentence_of(segment.definition, known)
        for segment in segments
        if segment.definition is not None and len(str(segment.definition)) <= LONGEST_AT_A_GLANCE
    }
