"""Lists that are hardly two: with the same definition in other words, or with nearly the same people.

Whose people might be nearly the same is told from a sample of each list by a hash of the contact, a few hundred of
each; those pairs are then counted exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from django.db import connection

from crmseg.common import json
from crmseg.common.problems import InvalidInput

from ..definition.dump import dump
from ..definition.load import load
from ..definition.nodes import active
from ..definition.schema import Catalogue
from ..models import Segment

ALIKE = 0.95
"""Of all in either list, the share in both from which on one of the lists is hardly needed."""
PERHAPS = 0.9
FEW = 20
"""Lists of fewer people are not compared: they are alike by accident."""
SAMPLED = 256
MOST_COUNTED = 300
_SAMPLE = """
    SELECT segment_id, hashint8(contact_id) FROM segments_membership
      JOIN unnest(%s::bigint[], %s::int[]) AS list (segment_id, mask) USING (segment_id)
     WHERE hashint8(contact_id) & mask = 0
"""
_IN_BOTH = """
    SELECT count(*) FROM segments_membership AS one JOIN segments_membership AS other USING (contact_id)
     WHERE one.segment_id = %s AND other.segment_id = %s
"""


@dataclass(frozen=True)
class Twin:
    """The younger list of a pair and the elder; the share of people in both, or None for the same definition."""

    segment: Segment
    other: Segment
    share: float | None


def find(segments: Sequence[Segment], known: Catalogue) -> list[Twin]:
    """Every pair among the lists. A snapshot and its source are no pair."""
    same = list(_same_definition(segments, known))
    told = {(twin.segment.pk, twin.other.pk) for twin in same}
    return same + [twin for twin in _same_people(segments) if (twin.segment.pk, twin.other.pk) not in told]


def normal(definition: object, known: Catalogue) -> bytes | None:
    """The same for definitions that say the same in another order, with labels, or with needless groups."""
    try:
        tree = active(load(definition, known))
    except InvalidInput:
        return None
    return None if tree is None else json.canonical(_normal(dump(tree)))


def _normal(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    plain = {key: value for key, value in node.items() if key not in ("label", "off")}
    for kind in ("all", "any"):
        if kind in plain:
            children: list[Any] = []
            for child in map(_normal, plain[kind]):
                children += child[kind] if isinstance(child, dict) and kind in child else [child]
            by_words = {json.canonical(child): child for child in children}
            ordered = [by_words[words] for words in sorted(by_words)]
            return ordered[0] if len(ordered) == 1 else {kind: ordered}
    if "at_least" in plain:
        return plain | {"of": sorted(map(_normal, plain["of"]), key=json.canonical)}
    return plain | {key: _normal(plain[key]) for key in ("not", "of", "where") if key in plain}


def _same_definition(segments: Sequence[Segment], known: Catalogue) -> Iterator[Twin]:
    first: dict[object, Segment] = {}
    for segment in sorted(segments, key=lambda one: one.pk):
        if segment.kind != Segment.Kind.ACTIVE:
            continue
        words = normal(segment.definition, known)
        if words is None:
            continue
        key = (words, segment.entry_delay, segment.exit_delay)
        if key in first:
            yield Twin(segment, first[key], None)
        else:
            first[key] = segment


def _same_people(segments: Sequence[Segment]) -> Iterator[Twin]:
    pairs = list(_of_like_size([one for one in segments if one.size >= FEW]))
    samples = _samples({one.pk: one for pair in pairs for one in pair})
    guessed = sorted(((_alike(samples, *pair), pair) for pair in pairs), key=lambda one: -one[0])
    for _guess, pair in takewhile(lambda one: one[0] >= PERHAPS, guessed[:MOST_COUNTED]):
        younger, elder = sorted(pair, key=lambda one: -one.pk)
        with connection.cursor() as cursor:
            cursor.execute(_IN_BOTH, [younger.pk, elder.pk])
            both = cursor.fetchone()[0]
        share = both / max(younger.size + elder.size - both, 1)
        if share >= ALIKE:
            yield Twin(younger, elder, min(share, 1.0))


def _of_like_size(segments: Sequence[Segment]) -> Iterator[tuple[Segment, Segment]]:
    """Two lists whose sizes differ by more cannot share as much."""
    by_size = sorted(segments, key=lambda one: one.size)
    for place, one in enumerate(by_size):
        for other in by_size[place + 1 :]:
            if one.size < ALIKE * other.size:
                break
            if one.pk != other.snapshot_of_id and other.pk != one.snapshot_of_id:
                yield one, other


def _samples(segments: Mapping[int, Segment]) -> dict[int, tuple[int, set[int]]]:
    """By list, a mask and the hashes of those of its people whose hash has none of its bits."""
    if not segments:
        return {}
    masks = {pk: _mask(one.size) for pk, one in segments.items()}
    found = {pk: (mask, set[int]()) for pk, mask in masks.items()}
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, [list(masks), list(masks.values())])
        for segment_id, hashed in cursor:
            found[segment_id][1].add(hashed)
    return found


def _mask(size: int) -> int:
    """So many bits that a few hundred are left."""
    return (1 << (size // SAMPLED).bit_length() - 1) - 1 if size >= SAMPLED else 0


def _alike(samples: Mapping[int, tuple[int, set[int]]], one: Segment, other: Segment) -> float:
    (mask, ones), (also, others) = samples[one.pk], samples[other.pk]
    both = mask | also
    ones, others = {hashed for hashed in ones if not hashed & both}, {hashed for hashed in others if not hashed & both}
    return len(ones & others) / max(len(ones | others), 1)
