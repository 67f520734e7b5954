"""Where lists are filed: the tree of folders, the tags in use, and how many lists each holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count

from .models import Folder, Segment

MOST_TAGS = 20
LONGEST_TAG = 50


@dataclass
class Shelf:
    """A folder, how many lists stand in it or in the folders inside it, and those folders."""

    id: int
    name: str
    count: int
    inside: list[Shelf] = field(default_factory=list)


@dataclass(frozen=True)
class Tree:
    """All folders by name, and how many lists stand in none."""

    shelves: list[Shelf]
    unfiled: int
    everything: int

    def each(self) -> Iterable[tuple[Shelf, Shelf | None]]:
        """Every folder with the one it stands in, as they are read from above."""
        for shelf in self.shelves:
            yield shelf, None
            yield from ((inner, shelf) for inner in shelf.inside)


def tree() -> Tree:
    """The folders as one sees them. Counts are of unarchived lists."""
    counts = dict(Segment.unarchived.order_by().values_list("folder").annotate(Count("pk")))
    made = {
        pk: (Shelf(pk, name, counts.get(pk, 0)), parent)
        for pk, name, parent in Folder.objects.values_list("pk", "name", "parent_id")
    }
    roots: list[Shelf] = []
    for shelf, parent in sorted(made.values(), key=lambda one: one[0].name.casefold()):
        if parent is None:
            roots.append(shelf)
        else:
            made[parent][0].inside.append(shelf)
            made[parent][0].count += shelf.count
    return Tree(roots, counts.get(None, 0), sum(counts.values()))


def with_inside(folder_id: int) -> list[int]:
    """The folder and those inside it."""
    return [folder_id, *Folder.objects.filter(parent=folder_id).values_list("pk", flat=True)]


def tags_in_use() -> dict[str, int]:
    """Every tag of an unarchived list, by name, with how many lists have it."""
    rows = Segment.unarchived.exclude(tags=[]).values_list("tags", flat=True)
    counts = Counter(tag for tags in rows for tag in tags)
    return dict(sorted(counts.items(), key=lambda one: one[0].casefold()))


def spelled(given: Iterable[str]) -> list[str]:
    """The tags once each, without needless spaces, spelled as they are in use already."""
    used = {tag.casefold(): tag for tag in tags_in_use()}
    found: dict[str, str] = {}
    for tag in (" ".join(one.split()) for one in given):
        if tag:
            found.setdefault(tag.casefold(), used.get(tag.casefold(), tag))
    return list(found.values())
