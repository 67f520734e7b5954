"""A question as its page shows it, in the language of whoever answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .schema import CHOICES, NUMBERS, Form, Kind, Question, say


def question(
    form: Form, one: Question, language: str, *, value: Any = None, given: Sequence[str] | None = None, error: str = ""
) -> dict[str, Any]:
    """`value` is what was answered before; `given` what was sent just now and could not be kept."""
    chosen = list(given) if given is not None else _as_sent(value)
    said = {key: say(getattr(one, key), language, form.main) for key in ("text", "help", "low", "high")}
    return said | {
        "key": one.key,
        "kind": one.kind.value,
        "required": one.required,
        "is_scale": one.kind in NUMBERS,
        "is_choice": one.kind in CHOICES,
        "choices": _choices(form, one, language, chosen),
        "value": chosen[0] if chosen else "",
        "consent": say(one.consent.text, language, form.main) if one.consent else "",
        "error": error,
    }


def _as_sent(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _choices(form: Form, one: Question, language: str, chosen: Sequence[str]) -> list[dict[str, Any]]:
    if one.kind in NUMBERS:
        return [{"value": str(step), "label": str(step), "checked": str(step) in chosen} for step in one.steps]
    return [
        {"value": option.key, "label": say(option.text, language, form.main), "checked": option.key in chosen}
        for option in one.options
    ]


def told(form: Form, one: Question, value: Any, language: str) -> str:
    """An answer in words, for those who read it."""
    if value in (None, "", []):
        return ""
    if one.kind in CHOICES:
        chosen = value if isinstance(value, list) else [value]
        known = {option.key: say(option.text, language, form.main) for option in one.options}
        return ", ".join(known.get(key, str(key)) for key in chosen)
    return f"{value}/{one.range[1]}" if one.kind in {Kind.CSAT, Kind.SCALE} else str(value)
