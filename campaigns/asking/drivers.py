"""What goes with a high score: each other answer by itself, by its correlation with the score.

Pearson's correlation (for an option chosen or not, the point-biserial one, which is the same formula), its interval by
R. A. Fisher's transformation (Statistical Methods for Research Workers, 1925, section 35), and how likely chance alone
is, corrected for the number of looks by S. Holm (Scandinavian Journal of Statistics 6 (1979), 65–70). A correlation is
no cause: what is high on this list is where to look first.
"""

from __future__ import annotations

from math import atanh, sqrt, tanh
from typing import Any

from ..measuring.statistics import two_sided, z_of
from . import figures
from .schema import NUMBERS, Form, Kind, say

LEAST = 30
"""Answers below which nothing is said of drivers; an option must also be chosen, and not chosen, by so many."""
LEAST_EACH = 5
ALPHA = 0.05


def drivers(asked: figures.Asked, form: Form, language: str) -> dict[str, Any]:
    """Sorted by strength. `state` says why there is nothing: no score is asked, nothing else, or too few answers."""
    target = form.first(Kind.NPS) or form.first(Kind.CSAT)
    if target is None:
        return {"state": "no_score", "rows": []}
    wanted = figures.features(form, target)
    if not wanted:
        return {"state": "nothing_else", "rows": [], "target": target.kind.value}
    rows: list[dict[str, Any]] = []
    most = 0
    for (question, option), found in zip(wanted, figures.correlations(asked, target, wanted), strict=True):
        n, r = int(found["n"] or 0), found["r"]
        most = max(most, n)
        chosen = round(n * float(found["mean"] or 0)) if option else n
        if n < LEAST or r is None or (option and min(chosen, n - chosen) < LEAST_EACH):
            continue
        low, high = between(float(r), n)
        label = question.option(option)
        rows.append(
            {
                "question": question.key,
                "option": option,
                "text": say(question.text, language, form.main),
                "said": say(label.text, language, form.main) if label else "",
                "r": float(r),
                "low": low,
                "high": high,
                "answers": n,
                "chosen": chosen if option else None,
                "mean": float(found["mean"]) if question.kind in NUMBERS else None,
                "of": question.range[1] if question.kind in NUMBERS else None,
                "with_it": found["with_it"] if option else None,
                "without": found["without"] if option else None,
                "p": p_of(float(r), n),
            }
        )
    for row, corrected in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p"], row["is_sure"] = corrected, corrected < ALPHA
    rows.sort(key=lambda row: -abs(row["r"]))
    state = "told" if rows else "too_few"
    return {"state": state, "rows": rows, "target": target.kind.value, "answers": most, "needed": LEAST}


def between(r: float, n: int) -> tuple[float, float]:
    if abs(r) >= 1:
        return r, r
    half = z_of() / sqrt(n - 3)
    return tanh(atanh(r) - half), tanh(atanh(r) + half)


def p_of(r: float, n: int) -> float:
    return 0.0 if abs(r) >= 1 else two_sided(atanh(r) * sqrt(n - 3))


def holm(found: list[float]) -> list[float]:
    """Each p, corrected: the smallest times all, the next times one less, never less than the one before."""
    corrected, worst = [0.0] * len(found), 0.0
    for rank, place in enumerate(sorted(range(len(found)), key=found.__getitem__)):
        worst = max(worst, min(1.0, found[place] * (len(found) - rank)))
        corrected[place] = worst
    return corrected
