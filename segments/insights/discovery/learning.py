"""A shallow tree over conditions, and groups of alike people: what scikit-learn does for a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput

from .rules import Fit, Leaf, Split, Tree, leaves
from .truth import Matrix

SEED = 20
LEAST_IN_A_LEAF, LEAST_SHARE = 20, 0.005
KS = range(2, 9)
RESAMPLES = 10
STABLE, NEARLY = 0.75, 0.9
SILHOUETTE_OF = 2_000
Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


def missing() -> str:
    """Which packages are not there, as a sentence; empty where a search can run."""
    if find_spec("sklearn") is not None:
        return ""
    return _("Searching needs scikit-learn, and it is not installed here: install the extra “insights”.")


def refuse_without_packages() -> None:
    if said := missing():
        raise InvalidInput(said)


def grow(truth: Matrix, sought: Flags, *, depth: int, most_leaves: int) -> Tree:
    """A tree that tells the sought from the others, both sides weighing the same, whatever their numbers.

    L. Breiman, J. Friedman, R. Olshen, C. Stone: Classification and Regression Trees, 1984 (scikit-learn's CART with
    the Gini index).
    """
    from sklearn.tree import DecisionTreeClassifier

    least = max(LEAST_IN_A_LEAF, round(LEAST_SHARE * len(sought)))
    model = DecisionTreeClassifier(
        max_depth=depth,
        max_leaf_nodes=most_leaves,
        min_samples_leaf=least,
        class_weight="balanced",
        random_state=SEED,
    )
    model.fit(truth.astype(np.float32), sought)
    reached = model.apply(truth.astype(np.float32))
    tree = model.tree_

    def read(place: int) -> Tree:
        if tree.children_left[place] == tree.children_right[place]:
            here = reached == place
            return Leaf(int(place), int((here & sought).sum()), int((here & ~sought).sum()))
        # At or below one half is: it does not hold.
        yes, no = read(int(tree.children_right[place])), read(int(tree.children_left[place]))
        return Split(int(tree.feature[place]), yes, no)

    return read(0)


def best_leaves(tree: Tree, base: float) -> list[Leaf]:
    """Those that hold the sought more often than everybody does, the densest first."""
    positive = sum(leaf.positive for leaf in leaves(tree))
    others = sum(leaf.others for leaf in leaves(tree))

    def density(leaf: Leaf) -> float:
        return Fit(leaf.positive, positive, leaf.others, others, base).precision

    dense = [leaf for leaf in leaves(tree) if density(leaf) > base]
    return sorted(dense, key=lambda leaf: (-density(leaf), leaf.number))


def best_together(tree: Tree, base: float) -> frozenset[int]:
    """The densest leaves, as many as together fit best: the harmonic mean of precision and recall is largest."""
    positive = sum(leaf.positive for leaf in leaves(tree))
    others = sum(leaf.others for leaf in leaves(tree))
    chosen: list[int] = []
    best, score, found, wrong = frozenset[int](), 0.0, 0, 0
    for leaf in best_leaves(tree, base):
        chosen.append(leaf.number)
        found, wrong = found + leaf.positive, wrong + leaf.others
        f1 = Fit(found, positive, wrong, others, base).f1
        if f1 > score:
            best, score = frozenset(chosen), f1
    return best


def fit_of(inside: Flags, sought: Flags, base: float) -> Fit:
    return Fit(
        int((inside & sought).sum()), int(sought.sum()), int((inside & ~sought).sum()), int((~sought).sum()), base
    )


@dataclass(frozen=True)
class Tried:
    """What speaks for a number of groups: how much nearer people are to their own group than to the next (from −1
    to 1), and how alike the groups come out when other people are drawn (1 is the same)."""

    k: int
    silhouette: float
    stability: float
    least: float


@dataclass(frozen=True)
class Grouping:
    tried: list[Tried]
    k: int
    """The number chosen, or 0 where no number gives groups that come out alike again."""
    labels: Ints
    centres: Floats


def try_groups(points: Floats, k: int) -> Tried:
    """P. Rousseeuw: Silhouettes, Journal of Computational and Applied Mathematics 20 (1987), 53-65. Stability by
    resamples with the adjusted Rand index: C. Hennig, Cluster-wise assessment of cluster stability, Computational
    Statistics & Data Analysis 52 (2007), 258-271; L. Hubert, P. Arabie: Comparing partitions, Journal of
    Classification 2 (1985), 193-218."""
    from sklearn.metrics import adjusted_rand_score, silhouette_score
    from threadpoolctl import threadpool_limits

    draw = np.random.default_rng(SEED + k)
    with threadpool_limits(1):
        labels = _means(points, k, SEED, 4).labels_
        alike = []
        for seed in range(RESAMPLES):
            again = points[draw.integers(0, len(points), len(points))]
            alike.append(float(adjusted_rand_score(labels, _means(again, k, seed, 1).predict(points))))
        if len(set(labels.tolist())) < 2:
            return Tried(k, 0.0, 0.0, 0.0)
        some = draw.permutation(len(points))[:SILHOUETTE_OF]
        if len(set(labels[some].tolist())) < 2:
            return Tried(k, 0.0, 0.0, 0.0)
        silhouette = float(silhouette_score(points[some], labels[some]))
    return Tried(k, silhouette, float(np.mean(alike)), float(np.min(alike)))


def choose(tried: Sequence[Tried]) -> int:
    """Of the numbers whose groups come out alike again, the fewest groups that are nearly as clear as the clearest; 0
    where none come out alike again."""
    stable = [one for one in tried if one.stability >= STABLE]
    clearest = max((one.silhouette for one in stable), default=0.0)
    return min((one.k for one in stable if one.silhouette >= NEARLY * clearest), default=0)


def group(points: Floats, k: int) -> tuple[Ints, Floats]:
    """The group of each, the largest group first, and their middles.

    S. Lloyd: Least squares quantization in PCM, IEEE Transactions on Information Theory 28 (1982), 129-137; begun as
    by D. Arthur, S. Vassilvitskii: k-means++, SODA 2007.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        model = _means(points, k, SEED, 10)
    order = np.argsort(-np.bincount(model.labels_, minlength=k), kind="stable")
    place = np.empty(k, np.int64)
    place[order] = np.arange(k)
    return place[model.labels_], model.cluster_centers_[order]


def nearest(points: Floats, centres: Floats) -> Ints:
    distances = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    found: Ints = distances.argmin(axis=1)
    return found


def plane(points: Floats) -> Floats:
    """Each point as seen from the two directions in which the points differ most (principal components), within −1
    and 1."""
    centred = points - points.mean(axis=0)
    _left, _sizes, axes = np.linalg.svd(centred[:SILHOUETTE_OF], full_matrices=False)
    seen = centred @ axes[:2].T
    if seen.shape[1] < 2:
        seen = np.column_stack([seen, np.zeros(len(seen))])
    found: Floats = seen / (np.abs(seen).max(axis=0) + 1e-9)
    return found


def _means(points: Floats, k: int, seed: int, begun: int) -> Any:
    from sklearn.cluster import KMeans

    return KMeans(k, n_init=begun, random_state=seed).fit(points)
