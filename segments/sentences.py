"""What the definitions of saved lists say: now, and as of the version that somebody used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput

from . import catalogue
from .definition import describe
from .definition.load import load
from .definition.schema import Catalogue
from .models import Segment, SegmentVersion

LONGEST_AT_A_GLANCE = 2_000
MOST_KEPT = 2_000


@dataclass
class _Kept:
    """Sentences by definition, in one language and by the words of one moment's catalogue."""

    words: object
    said: dict[str, str] = field(default_factory=dict)


_kept: dict[str | None, _Kept] = {}


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
    """The sentences of those whose definitions are short enough to be read for a table.

    Read once while the process runs, and anew once an attribute, an event or a list is another or called otherwise.
    """
    known = catalogue.current()
    kept, found = _kept_with(_words(known)), {}
    for segment in segments:
        text = str(segment.definition)
        if segment.definition is None or len(text) > LONGEST_AT_A_GLANCE:
            continue
        if text not in kept.said:
            if len(kept.said) >= MOST_KEPT:
                kept.said.clear()
            kept.said[text] = sentence_of(segment.definition, known)
        found[segment.pk] = kept.said[text]
    return found


def _kept_with(words: object) -> _Kept:
    language = get_language()
    kept = _kept.get(language)
    if kept is None or kept.words != words:
        kept = _kept[language] = _Kept(words)
    return kept


def _words(known: Catalogue) -> object:
    """Everything of the catalogue that a sentence may say, or that decides whether there is one."""
    properties = [(one.key, one.type, one.label, one.options, one.option_labels) for one in known.properties.values()]
    segments = {listed.id: (listed.name, listed.reads) for listed in known.segments.values()}
    return properties, segments, known.event_types, known.zone, known.currency, known.fiscal_start
