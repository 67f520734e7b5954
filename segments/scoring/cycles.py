"""Lists read scores, scores read lists, and neither may come back to itself: the way is named where it would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from crmseg.common.problems import Problem

from ..definition import depends
from ..definition.nodes import Compare, Node, active, walk
from ..models import ScoreModel, Segment
from . import history

Place = tuple[str, int]
"""A list or a score model, and its number."""
LIST, SCORE = "list", "score"


@dataclass(frozen=True)
class Graph:
    """What every list and model reads, in dependency keys, and what they are called."""

    names: dict[Place, str]
    keys: dict[Place, Sequence[str]]
    scores: dict[str, Place]
    """The model of each property that is a score."""

    def read(self, keys: Sequence[str]) -> Iterator[Place]:
        """The lists and models that these keys are about."""
        for key in keys:
            kind, _colon, name = key.removeprefix(depends.COLLEAGUE).partition(":")
            if kind in {"segment", "ledger"} and name.isdecimal():
                yield LIST, int(name)
            elif kind in {"attribute", "percentile"} and name in self.scores:
                yield self.scores[name]

    def way(self, keys: Sequence[str], home: Place) -> list[str]:
        """The names on the way from what `keys` read back to `home`, which begins and ends it; empty without one."""
        came_from: dict[Place, Place | None] = dict.fromkeys(self.read(keys))
        waiting = list(came_from)
        while waiting:
            here = waiting.pop()
            if here == home:
                path = [here]
                while (before := came_from[path[-1]]) is not None:
                    path.append(before)
                return [self.names.get(place, str(place[1])) for place in [home, *reversed(path)]]
            for place in self.read(self.keys.get(here, ())):
                if place not in came_from:
                    came_from[place] = here
                    waiting.append(place)
        return []


def graph() -> Graph:
    lists = {(LIST, pk): (name, keys) for pk, name, keys in Segment.unarchived.values_list("pk", "name", "keys")}
    rows = ScoreModel.objects.filter(archived_at=None).values_list("pk", "name", "keys", "key")
    models = {(SCORE, pk): (name, keys) for pk, name, keys, _key in rows}
    scores = {own: (SCORE, pk) for pk, _name, _keys, key in rows for own in history.names_of(key)}
    every = lists | models
    return Graph(
        {place: name for place, (name, _keys) in every.items()},
        {place: keys for place, (_name, keys) in every.items()},
        scores,
    )


def of_list(tree: Node, segment_id: int | None) -> list[Problem]:
    """Why a list may not have this definition: a score that it reads comes back to it."""
    if segment_id is None or not (known := graph()).scores:
        return []
    circle = _("A list cannot depend on itself: %(path)s.")
    return [Problem(at, circle % {"path": path}) for at, path in _ways(tree, (LIST, segment_id), known)]


def of_model(rules: Sequence[tuple[str, Node]], model_id: int) -> list[Problem]:
    """Why a model may not have these rules, given with their pointers: what they read comes back to it."""
    known, home = graph(), (SCORE, model_id)
    circle = _("A score cannot depend on itself: %(path)s.")
    ways = [(pointer + at, path) for pointer, tree in rules for at, path in _ways(tree, home, known)]
    return [Problem(at, circle % {"path": path}) for at, path in ways]


def _ways(tree: Node, home: Place, known: Graph) -> Iterator[tuple[str, str]]:
    """The conditions that come back to `home`, each with the way."""
    for pointer, leaf in walk(tree):
        kept = active(leaf)
        path = known.way(sorted(depends.keys(kept)), home) if kept is not None else []
        if path:
            yield f"{pointer}/property" if isinstance(leaf, Compare) else pointer, " → ".join(path)
