"""Long pages drawn fast: rows of one shape differ in their id, their plain values and what stands inside them.

The first two of a shape are drawn by the template, and the second is compared with a cast of the shape. Only where they
are equal to the last letter are further rows cast instead of drawn. A mould lasts as long as one page is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from secrets import randbelow

from .draft import Draft, Fields

Draw = Callable[[Draft, str], str]
"""Draws a row around the HTML of its children."""
FREE = ("value", "value_to", "window_n")
"""Fields that rows show as they are."""
_KINDS = (("number", re.compile(r"[0-9]{1,15}")), ("word", re.compile(r"[A-Za-z][\w .@-]{0,80}")))
_CHOSEN = re.compile(r'<select [^>]*data-field="(?:value|value_to|window_n)"| data-called>')
"""Values shown otherwise than as they are written."""
_ID, _CHILDREN = "nm0u1d1d", "<!-- children -->"


@dataclass
class Moulds:
    """`None` stands for shapes that cannot be cast, and a shape that was drawn once stands in `_seen`."""

    _token: str = field(default_factory=lambda: f"{randbelow(10**8):08}")
    """Part of what stands for a value, so that no value can look like it."""
    _seen: set[Hashable] = field(default_factory=set)
    _kept: dict[Hashable, str | None] = field(default_factory=dict)

    def draw(self, place: Hashable, draft: Draft, children: str, draw: Draw) -> str:
        """The row at its `place`: among conditions or inside an event."""
        shape, values = self._shape(draft)
        key = (place, shape)
        mould = self._kept.get(key)
        if mould is not None:
            return _cast(mould, draft.id, values, children)
        drawn = draw(draft, children)
        if key not in self._seen:
            self._seen.add(key)
        elif key not in self._kept:
            mould = draw(replace(draft, id=_ID, fields=self._marked(draft.fields)), _CHILDREN)
            fits = not _CHOSEN.search(mould) and _cast(mould, draft.id, values, children) == drawn
            self._kept[key] = mould if fits else None
        return drawn

    def _shape(self, draft: Draft) -> tuple[Hashable, list[tuple[str, str]]]:
        """All but the free values, each of which leaves its kind; and these values, each with its mark."""
        values: list[tuple[str, str]] = []
        shape: list[Hashable] = [draft.kind, bool(draft.children)]
        for name, texts in draft.fields.items():
            if name not in FREE:
                shape.append((name, *texts))
                continue
            for text in texts:
                kind, mark = self._mark(text, len(values))
                shape.append((name, kind))
                values.append((mark, text))
        return tuple(shape), values

    def _marked(self, fields: Fields) -> Fields:
        number, found = 0, {}
        for name, texts in fields.items():
            found[name] = texts
            if name in FREE:
                found[name] = [self._mark(text, number + place)[1] for place, text in enumerate(texts)]
                number += len(texts)
        return found

    def _mark(self, text: str, number: int) -> tuple[str, str]:
        """The kind of a text and what stands for it in the mould: itself, where it is neither word nor number."""
        for kind, pattern in _KINDS:
            if pattern.fullmatch(text):
                return kind, f"9{self._token}{number}7" if kind == "number" else f"Zq{self._token}x{number}Z"
        return f"={text}", text


def _cast(mould: str, id: str, values: list[tuple[str, str]], children: str) -> str:
    cast = mould.replace(_ID, id)
    for mark, text in values:
        if mark != text:
            cast = cast.replace(mark, text)
    return cast.replace(_CHILDREN, children)
