"""What may be kept as a draft: it may be unfinished, so only what cannot be kept or shown is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from crmseg.common import json
from crmseg.common.problems import InvalidInput, Problem

from .schema import STEP_KINDS

MOST_STEPS: Final = 100
LARGEST: Final = 500_000
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_BLANK: Final[dict[str, Any]] = {
    "trigger": None,
    "filter": None,
    "steps": [],
    "goal": None,
    "goal_event": None,
    "goal_days": 30,
    "exit": None,
    "reentry": "never",
    "holdout": 0,
}


def shape(raw: object) -> dict[str, Any]:
    """What may be kept as a draft, with every key there is; InvalidInput where it cannot even be shown."""
    if not isinstance(raw, Mapping):
        raise InvalidInput(_("Expected an object."))
    problems = [
        Problem(f"/{json.escape(str(key)[:100])}", _("There is no field “%(key)s”.") % {"key": str(key)[:100]})
        for key in raw
        if key not in _BLANK
    ]
    kept = {key: raw.get(key, blank) for key, blank in _BLANK.items()}
    if problems := [*problems, *json.unstorable(kept)]:
        raise InvalidInput(problems)
    if len(json.dumps(kept)) > LARGEST:
        raise InvalidInput(_("This definition is too large."))
    steps = kept["steps"]
    if not isinstance(steps, list) or len(steps) > MOST_STEPS:
        raise InvalidInput([Problem("/steps", _("Expected a list of at most %(n)s steps.") % {"n": MOST_STEPS})])
    seen: set[str] = set()
    for place, step in enumerate(steps):
        problems += _shape_of_step(step, f"/steps/{place}", seen)
    if problems:
        raise InvalidInput(problems)
    return kept


def _shape_of_step(step: object, at: str, seen: set[str]) -> list[Problem]:
    if not isinstance(step, Mapping):
        return [Problem(at, _("Expected an object."))]
    name, kind, problems = step.get("id"), step.get("kind"), []
    if not isinstance(name, str) or not _ID.fullmatch(name):
        problems.append(Problem(f"{at}/id", _("Expected a name of letters, digits, - and _, at most 40.")))
    elif name in seen:
        problems.append(Problem(f"{at}/id", _("Another step has this name.")))
    else:
        seen.add(name)
    if not isinstance(kind, str) or kind not in STEP_KINDS:
        problems.append(Problem(f"{at}/kind", _("Expected one of: %(words)s.") % {"words": ", ".join(STEP_KINDS)}))
    return problems
